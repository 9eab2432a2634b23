import { apply } from '../core/apply';
import { diff } from '../core/diff';
import { Gone } from '../core/errors';
import { isAddressed, type MsgOp, type Op } from '../core/ops';
import { blank, type State } from '../core/state';
import { reason, transform, xf } from '../core/transform';
import type { Json } from '../core/values';
import type { Outcome, Reply, Tx } from './messages';

/** What became of an edit of this page that was not simply committed (SPEC 5.5). */
export interface Conflict {
  readonly kind: string;
  readonly op?: Op | undefined;
  readonly rev?: number | undefined;
  readonly by?: string | undefined;
  readonly code?: string | undefined;
  readonly text?: string | undefined;
}

/** Who is told what happens to a replica, at once: in the middle of a step. */
export interface View {
  /** Run what changes the replica, and tell the application when the outermost step is complete. */
  step<T>(fn: () => T): T;
  /** An operation is about to change the state. */
  applying(op: Op): void;
  message(op: MsgOp): void;
  conflict(conflict: Conflict): void;
}

/** A transaction as to be sent. */
export interface Submission {
  readonly client: string;
  readonly seq: number;
  readonly base: number;
  readonly ops: readonly Op[];
}

// `undo` is empty while the operation is not in the view, because it does not resolve there.
interface Entry {
  op: Op;
  undo: Op[];
  sent?: boolean;
}

interface Flight {
  seq: number;
  // Exactly what was sent: this is what "verbatim" means (SPEC 5.2).
  submitted: readonly Op[];
  // Edits that the rebase dropped; told when the rest is sent again, as the server cannot tell then.
  readonly lost: Conflict[];
}

const COALESCE = 64;

/**
 * A mirror of a document: one state that shows what is committed with this page's own edits on top.
 *
 * The confirmed state is never stored; it is the view with the pending entries undone in reverse.
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

  // What is not acknowledged: first what is in flight, then what is queued.
  #pending: Entry[] = [];
  #flight: Flight | null = null;
  // My last commit that came as a patch: its OK is still to tell the conflicts.
  #echoed: Flight | null = null;

  constructor(readonly view: View) {}

  /** How many operations are not acknowledged yet. */
  get pending(): number {
    return this.#pending.length;
  }

  /** The transaction that is under way. */
  get inFlight(): number | null {
    return this.#flight?.seq ?? null;
  }

  /** Make an edit: at once in the view, later on the wire. Throws `Gone` where it does not resolve. */
  local(op: Op): void {
    const undo = this.#run(op);
    if ((undo.length || op.op === 'msg') && !this.#coalesce(op, undo)) {
      this.#pending.push({ op, undo });
    }
  }

  /** The transaction in flight as to be sent now: the same `seq` again, or else what is queued. */
  take(limit = 10_000): Submission | null {
    if (!this.#flight && this.#pending.length) {
      for (const entry of this.#pending.slice(0, limit)) entry.sent = true;
      this.#flight = { seq: ++this.seq, submitted: [], lost: [] };
    }
    const flight = this.#flight;
    if (!flight) return null;
    for (const conflict of flight.lost.splice(0)) this.view.conflict(conflict);
    const ops = this.#sent().map(({ op }) => op);
    flight.submitted = ops;
    return { client: this.client, seq: flight.seq, base: this.rev, ops };
  }

  /** Apply committed transactions; false means that some are missing before them. */
  patch(since: number, rev: number, txs: readonly Tx[]): boolean {
    if (rev <= this.rev) return true;
    if (since !== this.rev) return false;
    for (const tx of txs) this.#commit(tx);
    this.rev = rev;
    return true;
  }

  /** End the transaction in flight by its OK or final ERROR; false means that patches are missing before it. */
  outcome(outcome: Outcome): boolean {
    const { type, seq, since, rev } = outcome;
    const mine = seq === this.inFlight;
    const news = rev > this.rev;
    if (news && (since !== this.rev || !mine)) return false;
    this.#complain(outcome);
    if (mine) this.#conclude(news ? outcome.ops : [], type === 'ERROR');
    this.rev = Math.max(this.rev, rev);
    return true;
  }

  /** Catch up by a PULL reply or PUSH; false means that it does not fit and is ignored. */
  resume({ epoch, since, rev, doc, txs, outcome, client = this.client, last_seq }: Reply): boolean {
    const same = epoch === this.epoch;
    if (doc ? same && rev < this.rev : !same || since !== this.rev) return false;
    if (!doc) this.patch(this.rev, rev, txs);
    const spent = last_seq ?? 0;
    if (this.#flight && spent >= this.#flight.seq) {
      // The new state has what was committed: it is not a change for the queue, which was made on top of it.
      if (outcome) this.#complain(outcome);
      this.#conclude((doc && outcome?.ops) ?? [], outcome?.type === 'ERROR', true);
    }
    if (doc) this.#replace(doc);
    this.epoch = epoch;
    this.rev = rev;
    if (client !== this.client) {
      // Another client id starts counting anew (SPEC 3.1).
      this.client = client;
      this.seq = 0;
      if (this.#flight) this.#flight.seq = ++this.seq;
    }
    this.seq = Math.max(this.seq, spent);
    return true;
  }

  // Committed transactions

  #commit({ by, seq, ops }: Tx): void {
    const mine = by === this.client;
    if (mine && seq === this.inFlight) {
      this.#echoed = this.#flight;
      this.#conclude(ops);
    } else this.#merge(ops);
    for (const op of ops) {
      if (op.op === 'msg' && !mine) this.view.message(op);
    }
  }

  #merge(ops: readonly Op[]): void {
    const places = new Set(ops.map(spot));
    const whole = places.has('add') || places.has('drop');
    const run = (): unknown => ops.map((op) => this.#run(op));
    if (this.#pending.some(({ op }) => whole || places.has(spot(op)))) {
      this.#redo(() => {
        run();
        this.#rebase(ops);
      });
    } else run();
  }

  /** End the transaction in flight by what was committed of it; null says exactly what was sent. */
  #conclude(committed: readonly Op[] | null, refused = false, lax = false): void {
    const { submitted } = this.#flight as Flight;
    const undone = this.#sent()
      .reverse()
      .flatMap(({ undo }) => undo);
    this.#redo(() => {
      this.#flight = null;
      this.#pending = this.#pending.filter(({ sent }) => !sent);
      for (const op of committed ?? submitted) lax ? this.#attempt(op) : this.#run(op);
      // What is queued was made on top of a refused transaction.
      if (refused) this.#rebase(undone);
    });
  }

  #replace(doc: State): void {
    this.#redo(() => {
      const changes = diff(this.state, doc);
      for (const op of changes) this.view.applying(op);
      this.state = doc;
      this.#rebase(changes);
    });
  }

  // Pending entries

  #sent(): Entry[] {
    return this.#pending.filter(({ sent }) => sent);
  }

  /** Change the confirmed state: undo what is pending, and do again what is then left of it. */
  #redo(fn: () => void): void {
    for (const entry of [...this.#pending].reverse()) {
      for (const op of entry.undo) this.#attempt(op);
      entry.undo = [];
    }
    fn();
    for (const entry of this.#pending) entry.undo = this.#attempt(entry.op);
  }

  /** Carry what is pending, and not in the view now, over committed operations. */
  #rebase(committed: readonly Op[]): void {
    let ops = committed;
    this.#pending = this.#pending.flatMap((entry) => {
      const { op } = entry;
      const [carried, left] = transform(ops, [op]);
      if (!left.length) {
        const conflict = { kind: reason(ops.find((b) => !xf(op, b).length)), op };
        if (entry.sent) this.#flight?.lost.push(conflict);
        else this.view.conflict(conflict);
      }
      ops = carried;
      return left.map((piece) => ({ ...entry, op: piece }));
    });
  }

  /** Replace an earlier set of the same place, when nothing in between stands near it. */
  #coalesce(op: Op, undo: Op[]): boolean {
    const near = this.#pending
      .slice(-COALESCE)
      .reverse()
      .find(({ op: last }) => last.op !== 'set' || spot(last) === spot(op));
    if (op.op !== 'set' || !near || near.sent || place(near.op) !== place(op)) return false;
    near.op = op;
    if (!near.undo.length) near.undo = undo;
    return true;
  }

  // The state

  #run(op: Op): Op[] {
    this.view.applying(op);
    return apply(this.state, op);
  }

  #attempt(op: Op): Op[] {
    try {
      return this.#run(op);
    } catch (error) {
      if (error instanceof Gone) return [];
      throw error;
    }
  }

  #complain(outcome: Outcome): void {
    const { type, seq, conflicts = [] } = outcome;
    const flight = [this.#flight, this.#echoed].find((each) => each?.seq === seq);
    if (!flight) return;
    const all = type === 'ERROR' ? [...conflicts, { ...outcome, kind: 'refused' }] : conflicts;
    for (const each of all) this.view.conflict({ ...each, op: flight.submitted[each.op ?? 0] });
    this.#echoed = null;
  }
}

/** What has to be the same for one set to replace another. */
function place({ op, m, p }: Json): string {
  return JSON.stringify([op, m, p]);
}

/** The place an operation touches: a property, the roots or the title, else its kind. */
function spot(op: Op): string {
  return isAddressed(op) ? `${op.m}\0${op.p[0]}` : op.op.slice(0, 4);
}
