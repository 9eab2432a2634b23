import { elements } from '../core/arrays';
import { isAddressed, type Op } from '../core/ops';
import { reason, transform, xf } from '../core/transform';
import type { Json } from '../core/values';
import type { Outcome, Tx } from './messages';
import { type Flight, type Replica, spot } from './replica';

/** Apply committed transactions while edits of this page are pending. */
export function commit(replica: Replica, txs: readonly Tx[]): void {
  for (const { rev, by, seq, conflicts, ops } of txs) {
    const mine = by === replica.client;
    if (mine && seq === replica.inFlight) {
      if (conflicts) replica.echoed = replica.flight;
      conclude(replica, ops, rev);
    } else merge(replica, ops);
    for (const op of ops) {
      if (op.op === 'msg' && !mine) replica.view.message(op);
    }
  }
}

function merge(replica: Replica, ops: readonly Op[]): void {
  const places = new Set(ops.map(spot));
  const whole = places.has('add') || places.has('drop');
  const near = replica.entries.some(({ op }) => whole || places.has(spot(op)));
  if (near) replica.redo(() => rebase(replica, play(replica, ops)));
  else play(replica, ops);
}

/** Apply committed operations; returns them as they move others: a gap in a stream counts as rows. */
function play(replica: Replica, ops: readonly Op[], lax = false): Op[] {
  return ops.flatMap((op) => {
    if (op.op === 'msg') replica.msgs++;
    const [back] = lax ? replica.attempt(op) : replica.run(op);
    // What was committed on another state and has no place in this one moves nothing.
    if (!back) return [];
    if (op.op !== 'stream' || back.op !== 'stream') return op;
    return { ...op, at: back.at + back.n, n: -back.n };
  });
}

/** As `Replica.outcome`, whatever became of the transaction. */
export function outcome(replica: Replica, outcome: Outcome): boolean {
  const { seq, since, rev, ops } = outcome;
  const mine = seq === replica.inFlight;
  const news = rev > replica.rev;
  if (news && (since !== replica.rev || !mine)) return false;
  complain(replica, outcome);
  if (mine) conclude(replica, news ? ops : [], rev > since ? rev : null);
  replica.rev = Math.max(replica.rev, rev);
  return true;
}

/** End the transaction in flight by what was committed of it; null says exactly what was sent. */
export function conclude(
  replica: Replica,
  committed: readonly Op[] | null,
  rev: number | null,
  lax = false,
): void {
  if (!committed && replica.shown) {
    replica.confirm(rev);
    return;
  }
  const { submitted } = replica.flight as Flight;
  const shown = replica.sent.filter(({ undo }) => undo.length);
  const ops = committed ?? submitted.map(({ op }) => op);
  const moved = shape(shown) !== shape(ops.map((op) => ({ op, undo: [] })));
  const undone = shown.reverse().flatMap(({ undo }) => undo);
  for (const { of } of submitted) if (of) of.rev = rev;
  replica.redo(() => {
    replica.flight = null;
    replica.entries = replica.entries.filter(({ sent }) => !sent);
    const moving = play(replica, ops, lax);
    if (!moved) return;
    // What is queued was made on top of something else.
    rebase(replica, undone);
    rebase(replica, moving);
  });
}

/** Carry what is pending, and not in the view now, over committed operations. */
export function rebase(replica: Replica, committed: readonly Op[]): void {
  let ops = committed;
  replica.entries = replica.entries.flatMap((entry) => {
    const { op, of } = entry;
    const [carried, left] = transform(ops, [op]);
    const strict = of?.mode === 'strict' && ops.some((b) => overlaps(op, b));
    if (of?.mode && (strict || !left.length)) of.broken = true;
    if (loses(op, left)) {
      const cause = ops.find((b) => loses(op, xf(op, b)));
      const conflict = { kind: reason(cause), op, of };
      if (entry.sent) replica.flight?.lost.push(conflict);
      else replica.view.conflict(conflict);
    }
    ops = carried;
    return left.map((piece) => ({ ...entry, op: piece }));
  });
}

/**
 * Leave nothing of what is in flight, as it is committed whole or not at all; its number is spent by a
 * transaction without an operation.
 */
export function giveUp(replica: Replica): void {
  const { sent, view } = replica;
  view.step(() => {
    const undone = [...sent].reverse().flatMap(({ undo }) => undo);
    replica.redo(() => {
      replica.entries = replica.entries.filter(({ sent }) => !sent);
      rebase(replica, undone);
    });
    for (const { op, of } of sent) view.conflict({ kind: 'refused', code: 'conflict', op, of });
  });
}

/** Tell what an outcome says of the edits that were sent. */
export function complain(replica: Replica, outcome: Outcome): void {
  const { type, seq, conflicts = [] } = outcome;
  const flight = [replica.flight, replica.echoed].find((each) => each?.seq === seq);
  if (!flight) return;
  const { submitted } = flight;
  const all = type === 'ERROR' ? [...conflicts, { ...outcome, kind: 'refused' }] : conflicts;
  for (const each of all) {
    const entry = submitted[each.op as number];
    // Without an index it is about all that was sent.
    for (const one of entry || !submitted.length ? [entry] : submitted) {
      replica.view.conflict({ ...each, op: one?.op, of: one?.of });
    }
  }
  replica.echoed = null;
}

/** Whether one stands at, above or below the address of the other, which leaves something of it. */
function overlaps(a: Op, b: Op): boolean {
  const model = 'm' in a && 'm' in b && a.m === b.m;
  if (isAddressed(a) && isAddressed(b))
    return model && a.p.slice(0, b.p.length).every((step, i) => step === b.p[i]);
  const spots = spot(a) + spot(b);
  return spots === 'titltitl' || (model && spots === 'rootroot');
}

/** Whether what is left of an operation is nothing, or brings fewer rows. */
function loses(op: Op, left: readonly Op[]): boolean {
  const rows = (each: Op): number => (each.op === 'write' ? elements(each.v).length : 0);
  return !left.length || left.reduce((n, each) => n + rows(each), 0) < rows(op);
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
