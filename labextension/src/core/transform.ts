import { type Addressed, isAddressed, type Op, type Path, type SpliceOp } from './ops';
import { starts } from './paths';

/**
 * `a` as to be run after `b`, both defined on one state; an empty list drops it, one may become several.
 * `early` says that `a` stands before `b` in the server's order, so that ties go the other way (SPEC 5.3).
 */
export function xf(a: Op, b: Op, early = false): Op[] {
  if (b.op === 'drop') return !early && goesWith(a, b.ms) ? [] : [a];
  if (a.op === 'title' && b.op === 'title') return early ? [] : [a];
  if (!isAddressed(a) || !isAddressed(b) || a.m !== b.m || !starts(a.p, b.p)) return [a];
  return b.op === 'splice' ? overSplice(a, b, early) : overSet(a, b, early);
}

function goesWith(a: Op, ms: readonly string[]): boolean {
  return 'm' in a && a.op !== 'add' && ms.includes(a.m);
}

function overSet(a: Addressed, b: Addressed, early: boolean): Op[] {
  const depth = b.p.length;
  if (early || a.op === 'splice') return [];
  if (a.p.length === depth) return a.op === 'del' && b.op === 'del' ? [] : [a];
  // Below a replaced container only plain keys still mean the same place.
  const keysOnly = a.p.every((step, i) => i < depth || typeof step === 'string');
  return b.op === 'set' && keysOnly ? [a] : [];
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
  const bEnd = bStart + b.d;
  const inserted = b.v.length;
  const i = insertion(start, bStart, bEnd, inserted, early);
  if (!a.d) return [{ ...a, i }];
  const left = Math.max(0, Math.min(end, bStart) - start);
  const right = Math.max(0, end - Math.max(start, bEnd));
  const split = left > 0 || (early && start === bStart && inserted > 0);
  if (split && right) {
    const rest: SpliceOp = { ...a, i: start + a.v.length + inserted, d: right, v: [] };
    return left || a.v.length ? [{ ...a, d: left }, rest] : [rest];
  }
  if (left) return [{ ...a, d: left }];
  if (right) return [{ ...a, i: start >= bEnd ? i : bStart + inserted, d: right }];
  return a.v.length ? [{ ...a, i, d: 0 }] : [];
}

function insertion(
  start: number,
  bStart: number,
  bEnd: number,
  inserted: number,
  early: boolean,
): number {
  if (start < bStart || (start === bStart && early)) return start;
  if (start === bStart) return start + inserted;
  return start < bEnd ? bStart + inserted : start + inserted - (bEnd - bStart);
}

/**
 * Carry two lists over each other; both start on one state, `earlier` precedes in the server's order.
 * Returns earlier after later, and later after earlier.
 */
export function transform(earlier: readonly Op[], later: readonly Op[]): [Op[], Op[]] {
  const carried: Op[] = [];
  let rest = [...later];
  for (const op of earlier) {
    let ahead: Op[] = [op];
    const out: Op[] = [];
    for (const late of rest) {
      const [a, b] = cross(ahead, late);
      ahead = a;
      out.push(...b);
    }
    carried.push(...ahead);
    rest = out;
  }
  return [carried, rest];
}

function cross(early: Op[], late: Op): [Op[], Op[]] {
  if (early.length === 1) {
    const [only] = early as [Op];
    return [xf(only, late, true), xf(late, only)];
  }
  return transform(early, [late]);
}

/** The conflict's name when `xf(a, b)` dropped `a` (SPEC 5.5). */
export function reason(b: Op | null | undefined): string {
  if (b?.op === 'drop') return 'model-gone';
  return b?.op === 'set' || b?.op === 'del' ? 'container-replaced' : 'target-gone';
}
