import { overStream } from './bulk';
import { type Addressed, isAddressed, type Op, type Path, type SpliceOp, type Step } from './ops';
import { starts } from './paths';

/**
 * `a` as to be run after `b`, both defined on one state; an empty list drops it, one may become several.
 * `early` says that `a` stands before `b` in the server's order, so that ties go the other way (SPEC 5.3).
 */
export function xf(a: Op, b: Op, early = false): Op[] {
  if (b.op === 'drop') return !early && goesWith(a, b.ms) ? [] : [a];
  if (a.op === 'title' && b.op === 'title') return early ? [] : [a];
  if (!isAddressed(a) || !isAddressed(b) || a.m !== b.m || !starts(a.p, b.p)) return [a];
  // Of two writes of one place, and of two streams, the order alone decides.
  if (b.op === 'write' || b.op === 'stream')
    return early || b.op === 'write' ? [a] : overStream(a, b);
  return b.op === 'splice' ? overSplice(a, b, early) : overSet(a, b, early);
}

function goesWith(a: Op, ms: readonly string[]): boolean {
  return 'm' in a && a.op !== 'add' && ms.includes(a.m);
}

function overSet(a: Addressed, b: Addressed, early: boolean): Op[] {
  const below = a.p.slice(b.p.length);
  // Below a replaced container only plain keys still mean the same place.
  const kept = b.op === 'set' ? below.every(isKey) : a.op === 'set' && !below.length;
  return kept && !early && (a.op === 'set' || a.op === 'del') ? [a] : [];
}

function isKey(step: Step): boolean {
  return typeof step === 'string';
}

function overSplice(a: Addressed, b: SpliceOp, early: boolean): Op[] {
  const depth = b.p.length;
  if (b.i === null) return [a];
  if (a.p.length === depth) return a.op === 'splice' ? splices(a, b, b.i, early) : [a];
  const index = a.p[depth];
  if (typeof index !== 'number' || index < b.i) return [a];
  // An element that b removed takes a with it.
  if (index < b.i + b.d) return [];
  const p: Path = [...b.p, index - b.d + b.v.length, ...a.p.slice(depth + 1)];
  return [{ ...a, p }];
}

/** Two splices of one list: a delete never removes an item that its author had not seen. */
function splices(a: SpliceOp, b: SpliceOp, bStart: number, early: boolean): Op[] {
  if (a.i === null) return [a];
  const start = a.i;
  const end = start + a.d;
  const inserted = b.v.length;
  const first = start < bStart || (early && start === bStart);
  const i = first ? start : Math.max(bStart, start - b.d) + inserted;
  // What a deletes before and behind the items of b; these stand in between when a comes first.
  const left = Math.max(0, Math.min(end, bStart) - start);
  const right = Math.max(0, end - Math.max(start, bStart + b.d));
  const split = first && right && (left || inserted);
  const parts = [{ ...a, i, d: split ? left : left || right }];
  if (split) parts.push({ ...a, i: start + a.v.length + inserted, d: right, v: [] });
  return parts.filter((part) => part.d || part.v.length || !a.d);
}

/**
 * Carry two lists over each other; both start on one state, `earlier` precedes in the server's order.
 * Returns earlier after later, and later after earlier.
 */
export function transform(earlier: readonly Op[], later: readonly Op[]): [Op[], Op[]] {
  const carried: Op[] = [];
  let rest = [...later];
  for (const op of earlier) {
    let ahead = [op];
    rest = rest.flatMap((late) => {
      const [first = late] = ahead;
      const [a, b] =
        ahead.length === 1 ? [xf(first, late, true), xf(late, first)] : transform(ahead, [late]);
      ahead = a;
      return b;
    });
    carried.push(...ahead);
  }
  return [carried, rest];
}

/** The conflict's name when `xf(a, b)` dropped `a` (SPEC 5.5). */
export function reason(b: Op | null | undefined): string {
  if (b?.op === 'drop') return 'model-gone';
  if (b?.op === 'stream') return 'rolled-out';
  return b?.op === 'set' || b?.op === 'del' ? 'container-replaced' : 'target-gone';
}
