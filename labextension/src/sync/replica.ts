import { apply } from '../core/apply';
import { diff } from '../core/diff';
import { Gone } from '../core/errors';
import type { Op } from '../core/ops';
import { starts } from '../core/paths';
import { blank, type State } from '../core/state';
import { reason, transform } from '../core/transform';
import type { Value } from '../core/values';
import { type Change, Changes, spot } from './changes';
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

/** Who is told what happens to a replica, always after the step is complete. */
export interface View {
  changed(change: Change): void;
  message(m: string, name: string, data: Value): void;
  conflict(conflict: Conflict): void;
}

/** A transaction as to be sent. */
export interface Submission {
  readonly seq: number;
  readonly base: number;
  readonly ops: readonly Op[];
}

// `undo` is null while the operation is not in the view, because it does not resolve there.
interface Entry {
  readonly op: Op;
  undo: Op[] | null;
}

interface Flight {
  seq: number;
  // Exactly what was sent: this is what "verbatim" means (SPEC 8, amendment 1).
  submitted: readonly Op[];
  // What is left of it, over what was committed since.
  entries: Entry[];
  // Edits that the rebase dropped; told when the rest is sent again, as the server cannot tell then.
  lost: Conflict[];
}

const COALESCE = 64;

/**
 * A mirror of a document: one state that shows what is committed with this page's own edits on top.
 *
 * The confirmed state is never stored; it is the view with the pending entries undone in reverse.
 */
export class Replica {
  state: State = blank();
  epoch: string | null = null;
  rev = 0;
  seq = 0;
  client = '';
  /** Secret that proves `client` is ours; without one a connection gets a new client id. */
  resumeKey: string | null = null;

  readonly #view: View;
  readonly #changes = new Changes();
  #flight: Flight | null = null;
  #queue: Entry[] = [];
  // My last commit that came as a patch: its OK is still to tell the conflicts.
  #echoed: Flight | null = null;
  #marks: Set<string> | null = null;
  #after: (() => void)[] = [];
  #depth = 0;

  constructor(view: View) {
    this.#view = view;
  }

  /** How many operations are not acknowledged yet. */
  get pending(): number {
    return this.#pending().length;
  }

  /** The transaction that is under way. */
  get inFlight(): number | null {
    return this.#flight?.seq ?? null;
  }

  /** Run something and tell the view of its effects, once, at the end of the outermost step. */
  step<T>(fn: () => T): T {
    this.#depth++;
    try {
      return fn();
    } finally {
      if (!--this.#depth) this.#tell();
    }
  }

  /** Make an edit: at once in the view, later on the wire. Throws `Gone` where it does not resolve. */
  local(op: Op): void {
    this.step(() => {
      const undo = this.#run(op);
      if (!undo.length && op.op !== 'msg') return;
      if (!this.#coalesce(op)) this.#queue.push({ op, undo });
      this.#mark(op);
    });
  }

  /** Take what is queued as the next transaction; null while one is in flight or nothing is queued. */
  take(limit = 10_000): Submission | null {
    if (this.#flight || !this.#queue.length) return null;
    const entries = this.#queue.splice(0, limit);
    this.#flight = { seq: ++this.seq, submitted: [], entries, lost: [] };
    return this.resend();
  }

  /** The transaction in flight as to be sent now: the same `seq`, on the present revision. */
  resend(): Submission | null {
    const flight = this.#flight;
    if (!flight) return null;
    const ops = flight.entries.map(({ op }) => op);
    this.step(() => flight.lost.splice(0).map((conflict) => this.#say(conflict)));
    flight.submitted = ops;
    return { seq: flight.seq, base: this.rev, ops };
  }

  /** Apply committed transactions; false means that some are missing before them. */
  patch(since: number, rev: number, txs: readonly Tx[]): boolean {
    if (rev <= this.rev) return true;
    if (since !== this.rev) return false;
    this.step(() => {
      for (const tx of txs) this.#commit(tx);
      this.rev = rev;
    });
    return true;
  }

  /** End the transaction in flight by its OK or final ERROR; false means that patches are missing before it. */
  outcome(outcome: Outcome): boolean {
    const { seq, since, rev } = outcome;
    const mine = seq === this.inFlight;
    const news = rev > this.rev;
    if (news && (since !== this.rev || !mine)) return false;
    this.step(() => {
      if (mine) this.#conclude(outcome, news ? outcome.ops : []);
      else this.#complain(outcome);
      if (news) this.rev = rev;
    });
    return true;
  }

  /** Catch up by a PULL reply or PUSH; false means that it does not fit and is ignored. */
  resume(reply: Reply): boolean {
    const { epoch, rev, doc, client, last_seq } = reply;
    const same = epoch === this.epoch;
    if (doc ? same && rev < this.rev : !same || reply.since !== this.rev) return false;
    this.step(() => {
      if (doc) this.#replace(doc, reply);
      else {
        this.patch(this.rev, rev, reply.txs);
        if (this.#ended(reply)) this.#conclude(reply.outcome, []);
      }
      this.epoch = epoch;
      this.rev = rev;
      if (client !== this.client) this.#rename(client);
      this.seq = Math.max(this.seq, last_seq ?? 0);
    });
    return true;
  }

  /** Take a new client id at the next connection: another one has taken over ours. */
  forget(): void {
    this.resumeKey = null;
  }

  // Committed transactions

  #commit({ by, seq, ops }: Tx): void {
    const mine = by === this.client;
    if (mine && seq === this.inFlight) {
      this.#echoed = this.#flight;
      this.#settle(ops);
    } else this.#merge(ops);
    for (const op of ops) {
      if (op.op === 'msg' && !mine) {
        this.#after.push(() => this.#view.message(op.m, op.name, op.data));
      }
    }
  }

  #merge(ops: readonly Op[]): void {
    if (this.#touched(ops)) {
      this.#redo(() => {
        ops.map((op) => this.#run(op));
        this.#rebase(ops);
      });
    } else ops.map((op) => this.#run(op));
  }

  /** End the transaction in flight by what was committed of it; null says exactly what was sent. */
  #settle(committed: readonly Op[] | null): void {
    const { submitted, entries } = this.#flight as Flight;
    const kept = entries.length === submitted.length;
    this.#marks = null;
    if (!committed && kept && entries.every(({ op, undo }, i) => undo && op === submitted[i])) {
      // The view holds it already, right on top of the confirmed state.
      this.#flight = null;
    } else {
      this.#redo(() => {
        this.#flight = null;
        (committed ?? submitted).map((op) => this.#run(op));
      });
    }
  }

  /** Drop the transaction in flight, and carry the queue over its absence. */
  #refuse(): void {
    const undone = [...(this.#flight as Flight).entries].reverse();
    const inverse = undone.flatMap(({ undo }) => undo ?? []);
    this.#redo(() => {
      this.#flight = null;
      this.#rebase(inverse);
    });
  }

  #replace(doc: State, reply: Reply): void {
    const { outcome } = reply;
    const committed = outcome && outcome.rev > outcome.since && outcome.ops;
    const ended = this.#ended(reply);
    if (ended && !committed) this.#conclude(outcome, []);
    this.#redo(() => {
      if (ended && committed) {
        // The new state has it: it is not a change for the queue, which was made on top of it.
        this.#complain(outcome);
        for (const op of committed) this.#attempt(op);
        this.#flight = null;
      }
      const changes = diff(this.state, doc);
      for (const op of changes) this.#changes.note(this.state, op);
      this.state = doc;
      this.#rebase(changes);
    });
  }

  #ended({ last_seq }: Reply): boolean {
    return !!this.#flight && (last_seq ?? 0) >= this.#flight.seq;
  }

  /** End the transaction in flight by its outcome, with what of it is still to be applied. */
  #conclude(outcome: Outcome | undefined, ops: readonly Op[] | null): void {
    if (outcome) this.#complain(outcome);
    if (outcome?.type === 'ERROR') this.#refuse();
    else this.#settle(ops);
  }

  #rename(client: string): void {
    // Another client id starts counting anew (SPEC 8, amendment 18).
    this.client = client;
    this.seq = 0;
    if (this.#flight) this.#flight.seq = ++this.seq;
  }

  // Pending entries

  #pending(): Entry[] {
    return [...(this.#flight?.entries ?? []), ...this.#queue];
  }

  /** Change the confirmed state: undo what is pending, and do again what is then left of it. */
  #redo(fn: () => void): void {
    for (const entry of this.#pending().reverse()) {
      for (const op of entry.undo ?? []) this.#attempt(op);
      entry.undo = null;
    }
    fn();
    this.#marks = null;
    for (const entry of this.#pending()) entry.undo = this.#attempt(entry.op);
  }

  #rebase(committed: readonly Op[]): void {
    let ops = committed;
    const over = (entries: Entry[], lost: (conflict: Conflict) => void): Entry[] =>
      entries.flatMap((entry) => {
        const { op } = entry;
        const [carried, left] = transform(ops, [op]);
        const cause = left.length ? null : ops.find((b) => !transform([b], [op])[1].length);
        if (!left.length) lost({ kind: reason(cause), op });
        ops = carried;
        return left.map((piece) => (piece === op ? entry : { op: piece, undo: null }));
      });
    const flight = this.#flight;
    if (flight) flight.entries = over(flight.entries, (conflict) => flight.lost.push(conflict));
    this.#queue = over(this.#queue, (conflict) => this.#say(conflict));
  }

  /** Replace an earlier set of the same place, when nothing in between stands near it. */
  #coalesce(op: Op): boolean {
    const end = this.#queue.length;
    for (let i = end - 1; op.op === 'set' && i >= 0 && i > end - COALESCE; i--) {
      const { op: last, undo } = this.#queue[i] as Entry;
      if (last.op !== 'set') return false;
      if (spot(last) !== spot(op)) continue;
      if (!undo || last.p.length !== op.p.length || !starts(last.p, op.p)) return false;
      this.#queue[i] = { op, undo };
      return true;
    }
    return false;
  }

  /** Whether committed operations touch a place that pending ones touch. */
  #touched(ops: readonly Op[]): boolean {
    const pending = this.#pending();
    if (!this.#marks) {
      this.#marks = new Set();
      for (const { op } of pending) this.#mark(op);
    }
    const marks = this.#marks;
    const places = ops.flatMap((op) => (op.op === 'drop' ? op.ms : spot(op)));
    return pending.length > 0 && places.some((place) => marks.has(place));
  }

  #mark(op: Op): void {
    this.#marks?.add(spot(op));
    // The model too, for the case that it is dropped.
    if ('m' in op) this.#marks?.add(op.m);
  }

  // The state

  #run(op: Op): Op[] {
    this.#changes.note(this.state, op);
    return apply(this.state, op);
  }

  #attempt(op: Op): Op[] | null {
    try {
      return this.#run(op);
    } catch (error) {
      if (error instanceof Gone) return null;
      throw error;
    }
  }

  // The view

  #complain({ type, seq, conflicts = [], code, text, op = 0 }: Outcome): void {
    const flight = [this.#flight, this.#echoed].find((each) => each?.seq === seq);
    if (!flight) return;
    for (const conflict of conflicts) this.#say({ ...conflict, op: flight.submitted[conflict.op] });
    if (type === 'ERROR') this.#say({ kind: 'refused', op: flight.submitted[op], code, text });
    this.#echoed = null;
  }

  #say(conflict: Conflict): void {
    this.#after.push(() => this.#view.conflict(conflict));
  }

  #tell(): void {
    const change = this.#changes.take(this.state);
    const after = this.#after;
    this.#after = [];
    if (change) this.#view.changed(change);
    for (const call of after) call();
  }
}

export type { Change } from './changes';
