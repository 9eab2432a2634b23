import { apply } from '../core/apply';
import { elements } from '../core/arrays';
import { diff } from '../core/diff';
import { Gone } from '../core/errors';
import { isAddressed, type MsgOp, type Op } from '../core/ops';
import { blank, type State } from '../core/state';
import { reason, transform, xf } from '../core/transform';
import type { Json } from '../core/values';
import { coalesce } from './coalesce';
import type { Outcome, Reply, Tx } from './messages';

/** Edits that are to stay together: one transaction on the wire, alone in it where it has a mode. */
export interface Transaction {
  readonly mode?: 'atomic' | 'strict';
  readonly label?: string;
  /** The revision in which it was committed. */
  rev: number | null;
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

interface Flight {
  seq: number;
  // Exactly what was sent: this is what "verbatim" means (SPEC 5.2).
  submitted: readonly Entry[];
  // Edits that the rebase dropped; told when the rest is sent again, as the server cannot tell then.
  readonly lost: Conflict[];
}

const REACH = 64;

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
  // What was in flight until a patch showed its commit: its OK is still to tell the conflicts,
  // and nothing else is sent before.
  #echoed: Flight | null = null;
  // Custom messages committed so far.
  msgs = 0;
  /** What comes before a reply is taken up. */
  begin: (() => void) | undefined;

  constructor(readonly view: View) {}

  /** Go on with the edits of another page, the first ones of which are in flight as number `seq`. */
  adopt(pending: Entry[], seq: number | null): void {
    this.#pending = pending;
    if (seq) this.#flight = { seq, submitted: this.#sent(), lost: [] };
  }

  /** How many operations are not acknowledged yet. */
  get pending(): number {
    return this.#pending.length;
  }

  /** The transaction that is under way. */
  get inFlight(): number | null {
    return this.#flight?.seq ?? null;
  }

  /** The transaction whose outcome is not known in full. */
  get waiting(): number | null {
    return (this.#flight ?? this.#echoed)?.seq ?? null;
  }

  /** Whether the outcome of a transaction is still open. */
  awaits(of: Transaction): boolean {
    const sent = [this.#flight, this.#echoed].flatMap((flight) => flight?.submitted ?? []);
    return [...this.#pending, ...sent].some((entry) => entry.of === of);
  }

  /** Make an edit: at once in the view, later on the wire. Throws `Gone` where it does not resolve. */
  local(op: Op, of?: Transaction): void {
    const undo = this.#run(op);
    if ((undo.length || op.op === 'msg') && !this.#coalesce(op, undo, of)) {
      this.#pending.push({ op, undo, of });
    }
  }

  /** Take back the edits of a transaction, which were the last ones. */
  rollback(of: Transaction): void {
    while (this.#pending.at(-1)?.of === of) this.#withdraw(this.#pending.pop() as Entry);
  }

  /** The transaction in flight as to be sent now: the same `seq` again, or else what is queued. */
  take(limit = 10_000): Submission | null {
    if (!this.#flight) {
      const [head] = this.#pending;
      if (!head) return null;
      this.#flight = { seq: ++this.seq, submitted: [], lost: [] };
      const { of } = head;
      const end = this.#pending.findIndex((entry, i) =>
        of?.mode ? entry.of !== of : entry.of?.mode || entry.of?.label !== of?.label || i >= limit,
      );
      for (const entry of this.#pending.slice(0, end < 0 ? undefined : end)) entry.sent = true;
    }
    const flight = this.#flight;
    this.#tellLost();
    const sent = this.#sent();
    flight.submitted = sent;
    const ops = sent.map(({ op }) => op);
    const { mode, label } = sent[0]?.of ?? {};
    return { client: this.client, seq: flight.seq, base: this.rev, ops, mode, label };
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
    const { seq, since, rev } = outcome;
    const mine = seq === this.inFlight;
    const news = rev > this.rev;
    if (news && (since !== this.rev || !mine)) return false;
    this.#complain(outcome);
    if (mine) this.#conclude(news ? outcome.ops : [], rev > since ? rev : null);
    this.rev = Math.max(this.rev, rev);
    return true;
  }

  /** Catch up by a PULL reply or PUSH; false means that it does not fit and is ignored. */
  resume(reply: Reply): boolean {
    const { epoch, since, rev, doc, txs, outcome, last_seq, msgs, client = this.client } = reply;
    this.begin?.();
    const same = epoch === this.epoch;
    if (doc ? same && rev < this.rev : !same || since !== this.rev) return false;
    if (!doc) this.patch(this.rev, rev, txs);
    if (outcome) this.#complain(outcome);
    this.#echoed = null;
    const spent = last_seq ?? 0;
    if (this.#flight && spent >= this.#flight.seq) {
      // The new state has what was committed: it is not a change for the queue, which was made on top of it.
      const made = outcome && outcome.rev > outcome.since ? outcome.rev : null;
      this.#conclude((doc && outcome?.ops) ?? [], made, true);
    }
    const renamed = client !== this.client;
    const rebuilt = !same && this.epoch !== null;
    // A PUSH does not know yet what is on its way.
    const forgotten = renamed || (reply.client !== undefined && last_seq === null);
    const doubt = same ? (doc && forgotten ? this.#sent().length : 0) : this.pending;
    if (doc || renamed) this.#replace(doc, epoch, client, doubt);
    if (doc) {
      if (same) this.view.resynced(this.rev, rev, (msgs ?? this.msgs) - this.msgs);
      this.msgs = msgs ?? 0;
    }
    this.epoch = epoch;
    this.rev = rev;
    if (renamed || rebuilt) {
      // Another client id, and an id in another epoch, counts anew (SPEC 3.1 and 5.6).
      this.client = client;
      this.seq = spent;
      if (this.#flight) this.#flight.seq = ++this.seq;
    }
    this.seq = Math.max(this.seq, spent);
    return true;
  }

  // Committed transactions

  #commit({ rev, by, seq, ops }: Tx): void {
    const mine = by === this.client;
    if (mine && seq === this.inFlight) {
      this.#echoed = this.#flight;
      this.#conclude(ops, rev);
    } else this.#merge(ops);
    for (const op of ops) {
      if (op.op === 'msg' && !mine) this.view.message(op);
    }
  }

  #merge(ops: readonly Op[]): void {
    const places = new Set(ops.map(spot));
    const whole = places.has('add') || places.has('drop');
    const near = this.#pending.some(({ op }) => whole || places.has(spot(op)));
    if (near) this.redo(() => this.#rebase(this.#play(ops)));
    else this.#play(ops);
  }

  /** Apply committed operations; returns them as they move others: a gap in a stream counts as rows. */
  #play(ops: readonly Op[], lax = false): Op[] {
    return ops.flatMap((op) => {
      if (op.op === 'msg') this.msgs++;
      const [back] = lax ? this.#attempt(op) : this.#run(op);
      // What was committed on another state and has no place in this one moves nothing.
      if (!back) return [];
      if (op.op !== 'stream' || back?.op !== 'stream') return op;
      return { ...op, at: back.at + back.n, n: -back.n };
    });
  }

  /** End the transaction in flight by what was committed of it; null says exactly what was sent. */
  #conclude(committed: readonly Op[] | null, rev: number | null, lax = false): void {
    const { submitted } = this.#flight as Flight;
    const sent = this.#sent();
    const shown = sent.filter(({ undo }) => undo.length);
    const ops = committed ?? submitted.map(({ op }) => op);
    const moved = shape(shown) !== shape(ops.map((op) => ({ op, undo: [] })));
    const undone = shown.reverse().flatMap(({ undo }) => undo);
    const end = (): void => {
      this.#flight = null;
      this.#pending = this.#pending.filter((entry) => !entry.sent);
    };
    for (const { of } of submitted) if (of) of.rev = rev;
    const same = ({ op, undo }: Entry, i: number): boolean =>
      op === submitted[i]?.op && (undo.length > 0 || op.op === 'msg');
    if (!committed && sent.length === submitted.length && sent.every(same)) {
      // The view shows it already.
      this.msgs += ops.filter(({ op }) => op === 'msg').length;
      end();
    } else
      this.redo(() => {
        end();
        const moving = this.#play(ops, lax);
        if (!moved) return;
        // What is queued was made on top of something else.
        this.#rebase(undone);
        this.#rebase(moving);
      });
  }

  #replace(doc: State | undefined, to: string, client: string, doubt: number): void {
    const { epoch: from, client: was } = this;
    this.redo(() => {
      const old = this.state;
      const now = doc ?? old;
      // A first content changes nothing that anybody holds.
      const changes = old.models.size ? diff(old, now) : [];
      for (const op of changes) this.view.applying(op);
      this.state = now;
      if (from === null || (from === to && was === client && !doubt)) return this.#rebase(changes);
      const given = this.#pending;
      const about = { old, now, from, to, was, client, doubt };
      const [ops, base] = this.view.recover(
        about,
        given.map(({ op }) => op),
      );
      this.#pending = given.flatMap((entry, i) => {
        const op = ops[i];
        if (op) return [{ ...entry, op }];
        const { op: lost, of } = entry;
        this.view.conflict({ kind: 'refused', code: 'stale-epoch', op: lost, of });
        return [];
      });
      // What was lost in flight is told with the rest: nobody else can tell it any more.
      this.#tellLost();
      if (!this.#sent().length) this.#flight = null;
      this.#rebase(diff(base, now));
    });
  }

  // Pending entries

  #tellLost(): void {
    for (const conflict of this.#flight?.lost.splice(0) ?? []) this.view.conflict(conflict);
  }

  #sent(): Entry[] {
    return this.#pending.filter(({ sent }) => sent);
  }

  #withdraw(entry: Entry): void {
    for (const op of entry.undo) this.#attempt(op);
    entry.undo = [];
  }

  /** Change the confirmed state, or look at it: undo what is pending, and do again what is then left of it. */
  redo(fn: (pending: readonly Entry[]) => void): void {
    for (const entry of [...this.#pending].reverse()) this.#withdraw(entry);
    fn(this.#pending);
    for (const entry of this.#pending) entry.undo = this.#attempt(entry.op);
  }

  /** Carry what is pending, and not in the view now, over committed operations. */
  #rebase(committed: readonly Op[]): void {
    let ops = committed;
    this.#pending = this.#pending.flatMap((entry) => {
      const { op, of } = entry;
      const [carried, left] = transform(ops, [op]);
      if (loses(op, left)) {
        const cause = ops.find((b) => loses(op, xf(op, b)));
        const conflict = { kind: reason(cause), op, of };
        if (entry.sent) this.#flight?.lost.push(conflict);
        else this.view.conflict(conflict);
      }
      ops = carried;
      return left.map((piece) => ({ ...entry, op: piece }));
    });
  }

  /** Join an edit with the last one of the same place, when nothing in between stands near it. */
  #coalesce(op: Op, [back]: Op[], of: Transaction | undefined): boolean {
    const near = this.#pending
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
    const { submitted } = flight;
    const all = type === 'ERROR' ? [...conflicts, { ...outcome, kind: 'refused' }] : conflicts;
    for (const each of all) {
      const entry = submitted[each.op as number];
      // Without an index it is about all that was sent.
      for (const one of entry || !submitted.length ? [entry] : submitted) {
        this.view.conflict({ ...each, op: one?.op, of: one?.of });
      }
    }
    this.#echoed = null;
  }
}

/** Whether what is left of an operation is nothing, or brings fewer rows. */
function loses(op: Op, left: readonly Op[]): boolean {
  const rows = (each: Op): number => (each.op === 'write' ? elements(each.v).length : 0);
  return !left.length || left.reduce((n, each) => n + rows(each), 0) < rows(op);
}

/** The place an operation touches: a property, the roots or the title, else its kind. */
function spot(op: Op): string {
  return isAddressed(op) ? `${op.m}\0${op.p[0]}` : op.op.slice(0, 4);
}

/** What operations do to the places of others, whatever values they bring. */
function shape(entries: readonly { op: Json; undo: readonly Json[] }[]): string {
  const moves = entries.filter(({ op }) => op.op !== 'msg');
  return JSON.stringify(
    moves.map(({ op, undo: [back] }) => [
      op.op,
      op.m,
      op.p,
      op.i ?? back?.i,
      op.d,
      op.at,
      op.n,
      op.op === 'splice' && op.v.length,
    ]),
  );
}
