import type { Op } from '../core/ops';
import type { Conflict, Transaction as Group } from '../sync/replica';

/** How the edits of a transaction stand together: see SPEC 5.1. */
export type Mode = 'merge' | 'atomic' | 'strict';

/** An edit of this page that was not simply committed (SPEC 5.5). */
export interface ConflictEvent extends Conflict {
  readonly op?: Op | undefined;
  /** What the edit would have set. */
  readonly local: unknown;
  /** What stands there now; undefined where there is no such place any more. */
  readonly current: unknown;
}

/** What a transaction came to. */
export interface Outcome {
  /** The revision it was committed in; null when nothing of it was. */
  readonly rev: number | null;
  readonly conflicts: readonly ConflictEvent[];
}

/** Edits that are committed together. */
export class Transaction implements Group {
  readonly mode?: 'atomic' | 'strict';
  readonly label?: string;
  rev: number | null = null;
  broken = false;
  readonly conflicts: ConflictEvent[] = [];
  /** Resolves when the server has decided; offline edits wait until then. */
  readonly done: Promise<Outcome>;
  private resolve: (outcome: Outcome) => void = () => {};

  constructor(mode: Mode = 'merge', label?: string) {
    if (mode !== 'merge') this.mode = mode;
    if (label !== undefined) this.label = label;
    this.done = new Promise((resolve) => {
      this.resolve = resolve;
    });
  }

  /** It is decided; called by the document. */
  settle(): void {
    this.resolve({ rev: this.rev, conflicts: this.conflicts });
  }
}
