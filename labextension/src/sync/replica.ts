import { apply } from '../core/apply';
import { Gone } from '../core/errors';
import { isAddressed, type MsgOp, type Op } from '../core/ops';
import { blank, type State } from '../core/state';
import { coalesce } from './coalesce';
import { late } from './late';
import type { Outcome, Reply, Tx } from './messages';

/** Edits that are to stay together: one transaction on the wire, alone in it where it has a mode. */
export interface Transaction {
  readonly mode?: 'atomic' | 'strict';
  readonly label?: string;
  /** The revision in which it was committed. */
  rev: number | null;
  /** Others have taken a part of it or, where it is strict, what it stands on: nothing of it may be sent. */
  broken?: boolean;
}

/** What became of an edit of this page that was not simply committed (SPEC 5.5). */
export interface Conflict {
  readonly kind: string;
  readonly op?: Op | undefined;
  readonly rev?: number | undefined;
  readonly by?: string | undefined;
  readonly code?: string | undefined;
  readonly text?: string | undefined;
  /** The transaction the edit is part of. */
  readonly of?: Transaction | undefined;
}

/** Pending edits are to be carried to another incarnation of the document, or to another client id. */
export interface Recovery {
  /** What was confirmed, and what is now. */
  readonly old: State;
  readonly now: State;
  /** Epochs. */
  readonly from: string;
  readonly to: string;
  /** Client ids. */
  readonly was: string;
  readonly client: string;
  /** Of how many edits, the first ones, nobody knows what became: all in another epoch (SPEC 5.6). */
  readonly doubt: number;
}

/** Who is told what happens to a replica, at once: in the middle of a step. */
export interface View {
  /** Run what changes the replica, and tell the application when the outermost step is complete. */
  step<T>(fn: () => T): T;
  /** An operation is about to change the state. */
  applying(op: Op): void;
  message(op: MsgOp): void;
  conflict(conflict: Conflict): void;
  resynced(from: number, to: number, lostMessages: number): void;
  /** What the edits are from now on, null for one that is given up, and what they stand on in place of `old`. */
  recover(recovery: Recovery, ops: readonly Op[]): [ops: (Op | null)[], base: State];
}

/** A transaction as to be sent. */
export interface Submission {
  readonly client: string;
  readonly seq: number;
  readonly base: number;
  readonly ops: readonly Op[];
  readonly mode: string | undefined;
  readonly label: string | undefined;
}

/** An operation that is not acknowledged; `undo` is empty while it is not in the view, as it does not resolve there. */
export interface Entry {
  op: Op;
  undo: Op[];
  of: Transaction | undefined;
  /** Whether it is in flight. */
  sent?: boolean;
}

/** A transaction that is under way. */
export interface Flight {
  seq: number;
  /** Exactly what was sent: this is what "verbatim" means (SPEC 5.2). */
  submitted: readonly Entry[];
  /** Edits that the rebase dropped; told when the rest is sent again, as the server cannot tell then. */
  readonly lost: Conflict[];
}

const REACH = 64;

/**
 * A mirror of a document: one state that shows what is committed with this page's own edits on top.
 *
 * The confirmed state is never stored; it is the view with the pending entries undone in reverse. What is here
 * makes a page live and lets it edit; what a concurrent edit or a loss needs is in rebase.ts and resume.ts.
 * Everything that changes the state is called within a `step` of the view.
 */
export class Replica {
  state: State = blank();
  epoch: string | null = null;
  rev = 0;
  seq = 0;
  client = '';
  /** Secret that proves `client` is ours; without one a connection gets a new client id. */
  resumeKey: string | null = null;

  /** Custom messages committed so far. */
  msgs = 0;
  /** What is not acknowledged: first what is in flight, then what is queued. */
  entries: Entry[] = [];
  flight: Flight | null = null;
  /**
   * What was in flight until a patch showed its commit, with conflicts that its OK is still to tell: nothing
   * else is sent before.
   */
  echoed: Flight | null = null;
  /** What comes before a reply is taken up. */
  begin: (() => void) | undefined;

  constructor(readonly view: View) {}

  /** How many operations are not acknowledged yet. */
  get pending(): number {
    return this.entries.length;
  }

  /** The transaction that is under way. */
  get inFlight(): number | null {
    return this.flight?.seq ?? null;
  }

  /** The transaction whose outcome is not known in full. */
  get waiting(): number | null {
    return (this.flight ?? this.echoed)?.seq ?? null;
  }

  /** What is under way of it, as it is now. */
  get sent(): Entry[] {
    return this.entries.filter(({ sent }) => sent);
  }

  /** Whether the outcome of a transaction is still open. */
  awaits(of: Transaction): boolean {
    const sent = [this.flight, this.echoed].flatMap((flight) => flight?.submitted ?? []);
    return [...this.entries, ...sent].some((entry) => entry.of === of);
  }

  // This page's edits

  /** Make an edit: at once in the view, later on the wire. Throws `Gone` where it does not resolve. */
  local(op: Op, of?: Transaction): void {
    const undo = this.run(op);
    if ((undo.length || op.op === 'msg') && !this.#coalesce(op, undo, of)) {
      this.entries.push({ op, undo, of });
    }
  }

  /** Take back the edits of a transaction, which were the last ones. */
  rollback(of: Transaction): void {
    while (this.entries.at(-1)?.of === of) this.#withdraw(this.entries.pop() as Entry);
  }

  /** The transaction in flight as to be sent now: the same `seq` again, or else what is queued. */
  take(limit = 10_000): Submission | null {
    if (!this.flight) {
      const [head] = this.entries;
      if (!head) return null;
      this.flight = { seq: ++this.seq, submitted: [], lost: [] };
      const { of } = head;
      const end = this.entries.findIndex((entry, i) =>
        of?.mode ? entry.of !== of : entry.of?.mode || entry.of?.label !== of?.label || i >= limit,
      );
      for (const entry of this.entries.slice(0, end < 0 ? undefined : end)) entry.sent = true;
    }
    if (this.sent[0]?.of?.broken) late.get().giveUp(this);
    this.tellLost();
    const { flight, sent, client, rev: base } = this;
    flight.submitted = sent;
    const ops = sent.map(({ op }) => op);
    const { mode, label } = sent[0]?.of ?? {};
    return { client, seq: flight.seq, base, ops, mode, label };
  }

  /** Tell what a rebase dropped of what is in flight. */
  tellLost(): void {
    for (const conflict of this.flight?.lost.splice(0) ?? []) this.view.conflict(conflict);
  }

  /** Join an edit with the last one of the same place, when nothing in between stands near it. */
  #coalesce(op: Op, [back]: Op[], of: Transaction | undefined): boolean {
    const near = this.entries
      .slice(-REACH)
      .reverse()
      .find(({ op: last }) => !isAddressed(last) || spot(last) === spot(op));
    const undo = near?.undo[0];
    if (!undo || !back || near.sent || near.of !== of) return false;
    const joined = coalesce([near.op, undo], [op, back]);
    if (!joined) return false;
    near.op = joined[0];
    near.undo = [joined[1]];
    return true;
  }

  // What is committed

  /** Apply committed transactions; false means that some are missing before them. */
  patch(since: number, rev: number, txs: readonly Tx[]): boolean {
    if (rev <= this.rev) return true;
    if (since !== this.rev) return false;
    if (this.flight || this.pending) late.get().commit(this, txs);
    else for (const tx of txs) this.play(tx);
    this.rev = rev;
    return true;
  }

  /** Apply what others have committed, and tell of their messages. */
  play({ by, ops }: Tx): void {
    for (const op of ops) {
      this.run(op);
      if (op.op !== 'msg') continue;
      this.msgs++;
      if (by !== this.client) this.view.message(op);
    }
  }

  /** End the transaction in flight by its OK or final ERROR; false means that patches are missing before it. */
  outcome(outcome: Outcome): boolean {
    const { seq, since, rev, ops, conflicts } = outcome;
    const next = seq === this.inFlight && since === this.rev && rev > since;
    if (!next || ops || conflicts || !this.shown) return late.get().outcome(this, outcome);
    this.confirm(rev);
    this.rev = rev;
    return true;
  }

  /** Whether the view shows exactly what was sent. */
  get shown(): boolean {
    const { sent, flight } = this;
    const same = ({ op, undo }: Entry, i: number): boolean =>
      op === flight?.submitted[i]?.op && (undo.length > 0 || op.op === 'msg');
    return sent.length === flight?.submitted.length && sent.every(same);
  }

  /** What is in flight was committed as it is shown. */
  confirm(rev: number | null): void {
    for (const { op, of } of this.sent) {
      if (of) of.rev = rev;
      if (op.op === 'msg') this.msgs++;
    }
    this.flight = null;
    this.entries = this.entries.filter(({ sent }) => !sent);
  }

  /** Catch up by a PULL reply or PUSH; false means that it does not fit and is ignored. */
  resume(reply: Reply): boolean {
    const { epoch, rev, doc, last_seq, msgs, client = '' } = reply;
    const spent = last_seq ?? 0;
    if (this.epoch !== null || this.pending || !doc) return late.get().resume(this, reply);
    // The first content changes nothing that anybody holds.
    const seq = client === this.client ? Math.max(this.seq, spent) : spent;
    Object.assign(this, { state: doc, epoch, rev, client, seq, msgs: msgs ?? 0 });
    return true;
  }

  // The state

  /** Change the confirmed state, or look at it: undo what is pending, and do again what is then left of it. */
  redo(fn: (pending: readonly Entry[]) => void): void {
    for (const entry of [...this.entries].reverse()) this.#withdraw(entry);
    fn(this.entries);
    for (const entry of this.entries) entry.undo = this.attempt(entry.op);
  }

  #withdraw(entry: Entry): void {
    for (const op of entry.undo) this.attempt(op);
    entry.undo = [];
  }

  /** Apply an operation and return what undoes it; throws `Gone`. */
  run(op: Op): Op[] {
    this.view.applying(op);
    return apply(this.state, op);
  }

  /** The same; what does not resolve changes nothing. */
  attempt(op: Op): Op[] {
    try {
      return this.run(op);
    } catch (error) {
      if (error instanceof Gone) return [];
      throw error;
    }
  }
}

/** The place an operation touches: a property, the roots or the title, else its kind. */
export function spot(op: Op): string {
  return isAddressed(op) ? `${op.m}\0${op.p[0]}` : op.op.slice(0, 4);
}
