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
  rebased: boolean;
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

  #flight: Flight | null = null;
  #queue: Entry[] = [];
  #echoed: { seq: number; submitted: readonly Op[] } | null = null;
  #marks: Set<string> | null = null;
  readonly #view: View;
  readonly #changes = new Changes();
  #after: (() => void)[] = [];
  #depth = 0;

  constructor(view: View) {
    this.#view = view;
  }

  /** How many operations are not acknowledged yet. */
  get pending(): number {
    return (this.#flight?.entries.length ?? 0) + this.#queue.length;
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
    this.#flight = { seq: ++this.seq, submitted: [], entries, rebased: false, lost: [] };
    return this.resend();
  }

  /** The transaction in flight as to be sent now: the same `seq`, on the present revision. */
  resend(): Submission | null {
    const flight = this.#flight;
    if (!flight) return null;
    for (const conflict of flight.lost) this.#say(conflict);
    flight.lost = [];
    flight.rebased = false;
    flight.submitted = flight.entries.map(({ op }) => op);
    return { seq: flight.seq, base: this.rev, ops: flight.submitted };
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
    const { seq, since, rev, ok, verbatim, ops } = outcome;
    const news = rev > this.rev;
    const mine = this.#flight?.seq === seq;
    if (news && (since !== this.rev || !mine)) return false;
    this.step(() => {
      this.#complain(outcome);
      if (!mine) return;
      if (!ok) this.#refuse();
      else this.#settle(news ? (verbatim ? null : ops) : []);
      this.rev = Math.max(rev, this.rev);
    });
    return true;
  }

  /** Catch up by a PULL reply or PUSH; false means that it does not fit and is ignored. */
  resume(reply: Reply): boolean {
    const { epoch, rev, since, txs, doc, client, lastSeq } = reply;
    const same = epoch === this.epoch;
    if (doc ? same && rev < this.rev : !same || since !== this.rev) return false;
    this.step(() => {
      if (doc) this.#replace(doc, reply);
      else {
        this.patch(this.rev, rev, txs);
        if (this.#ended(reply)) this.#conclude(reply.result);
      }
      this.epoch = epoch;
      this.rev = rev;
      if (client !== this.client) this.#rename(client);
      this.seq = Math.max(this.seq, lastSeq);
    });
    return true;
  }

  /** Take a new client id at the next connection: another one has taken over ours. */
  forget(): void {
    this.resumeKey = null;
  }

  // Committed transactions

  #commit(tx: Tx): void {
    const mine = tx.by === this.client;
    if (mine && tx.seq === this.#flight?.seq) {
      this.#echoed = this.#flight as Flight;
      this.#settle(tx.ops);
    } else this.#merge(tx.ops);
    if (mine) return;
    for (const op of tx.ops) {
      if (op.op === 'msg') this.#after.push(() => this.#view.message(op.m, op.name, op.data));
    }
  }

  #merge(ops: readonly Op[]): void {
    const free = !this.#touched(ops);
    if (!free) this.#unwind();
    for (const op of ops) this.#run(op);
    if (free) return;
    this.#rebase(ops);
    this.#rewind();
  }

  /** End the transaction in flight by what was committed of it; null says exactly what was sent. */
  #settle(committed: readonly Op[] | null): void {
    const { submitted, entries, rebased } = this.#flight as Flight;
    this.#marks = null;
    if (!committed && !rebased && entries.every(({ undo }) => undo)) {
      // The view holds it already, right on top of the confirmed state.
      this.#flight = null;
      return;
    }
    this.#unwind();
    this.#flight = null;
    for (const op of committed ?? submitted) this.#run(op);
    this.#rewind();
  }

  /** Drop the transaction in flight, and carry the queue over its absence. */
  #refuse(): void {
    const { entries } = this.#flight as Flight;
    const inverse = [...entries].reverse().flatMap(({ undo }) => undo ?? []);
    this.#unwind();
    this.#flight = null;
    this.#rebase(inverse);
    this.#rewind();
  }

  #replace(doc: State, reply: Reply): void {
    const { result } = reply;
    const ended = this.#ended(reply);
    if (ended && !(result?.ok && result.rev > result.since)) this.#conclude(result);
    this.#unwind();
    if (ended && this.#flight) {
      // Committed, so the new state has it: not a change for the queue, which was made on top of it.
      this.#complain(result as Outcome);
      for (const op of (result as Outcome).ops) this.#attempt(op);
      this.#flight = null;
    }
    const changes = diff(this.state, doc);
    for (const op of changes) this.#changes.note(this.state, op);
    this.state = doc;
    this.#rebase(changes);
    this.#rewind();
  }

  #ended({ lastSeq }: Reply): boolean {
    return this.#flight !== null && lastSeq >= this.#flight.seq;
  }

  /** End the transaction in flight where nothing of it is left to apply. */
  #conclude(result: Outcome | undefined): void {
    if (result) this.#complain(result);
    if (result && !result.ok) this.#refuse();
    else this.#settle([]);
  }

  #rename(client: string): void {
    // Another client id starts counting anew (SPEC 8, amendment 18).
    this.client = client;
    this.seq = 0;
    if (this.#flight) this.#flight.seq = ++this.seq;
  }

  // Pending entries

  get #entries(): Entry[] {
    return [...(this.#flight?.entries ?? []), ...this.#queue];
  }

  #unwind(): void {
    for (const entry of this.#entries.reverse()) {
      for (const op of entry.undo ?? []) this.#attempt(op);
      entry.undo = null;
    }
  }

  #rewind(): void {
    this.#marks = null;
    for (const entry of this.#entries) entry.undo = this.#attempt(entry.op);
  }

  #rebase(committed: readonly Op[]): void {
    let ops = committed;
    const over = (entries: Entry[], lost: (conflict: Conflict) => void): Entry[] =>
      entries.flatMap((entry) => {
        const [carried, left] = transform(ops, [entry.op]);
        if (!left.length) lost({ kind: whyLost(ops, entry.op), op: entry.op });
        ops = carried;
        return left.length === 1 && left[0] === entry.op
          ? entry
          : left.map((op) => ({ op, undo: null }));
      });
    const flight = this.#flight;
    if (flight) {
      const entries = over(flight.entries, (conflict) => flight.lost.push(conflict));
      flight.rebased ||=
        entries.length !== flight.entries.length || entries.some((e, i) => e !== flight.entries[i]);
      flight.entries = entries;
    }
    this.#queue = over(this.#queue, (conflict) => this.#say(conflict));
  }

  /** Replace an earlier set of the same place, when nothing in between stands near it. */
  #coalesce(op: Op): boolean {
    if (op.op !== 'set') return false;
    const place = spot(op);
    const end = Math.max(0, this.#queue.length - COALESCE);
    for (let i = this.#queue.length - 1; i >= end; i--) {
      const { op: last, undo } = this.#queue[i] as Entry;
      if (last.op !== 'set') return false;
      if (spot(last) !== place) continue;
      if (!undo || last.p.length !== op.p.length || !starts(last.p, op.p)) return false;
      this.#queue[i] = { op, undo };
      return true;
    }
    return false;
  }

  /** Whether committed operations touch a place that pending ones touch. */
  #touched(ops: readonly Op[]): boolean {
    if (!this.pending) return false;
    if (!this.#marks) {
      this.#marks = new Set();
      for (const { op } of this.#entries) this.#mark(op);
    }
    const marks = this.#marks;
    return ops.some((op) =>
      op.op === 'drop' ? op.ms.some((m) => marks.has(m)) : marks.has(spot(op)),
    );
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

  #complain({ ok, seq, conflicts, code, text, op: index }: Outcome): void {
    const sent = [this.#flight, this.#echoed].find((flight) => flight?.seq === seq)?.submitted;
    if (!sent) return;
    for (const conflict of conflicts) this.#say({ ...conflict, op: sent[conflict.op] });
    if (!ok) this.#say({ kind: 'refused', op: sent[index ?? 0], code, text });
    this.#echoed = null;
  }

  #say(conflict: Conflict): void {
    this.#after.push(() => this.#view.conflict(conflict));
    if (!this.#depth) this.#tell();
  }

  #tell(): void {
    const after = this.#after;
    this.#after = [];
    const change = this.#changes.take(this.state);
    if (change) this.#view.changed(change);
    for (const call of after) call();
  }
}

function whyLost(committed: readonly Op[], op: Op): string {
  const cause = committed.find((b) => !transform([b], [op])[1].length);
  return cause ? reason(cause) : 'target-gone';
}

export type { Change } from './changes';
