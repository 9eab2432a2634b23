import { late } from '../core/late';
import type { Op } from '../core/ops';
import type { Json } from '../core/values';

/** An operation, and what undoes it. */
export type Done = readonly [op: Op, undo: Op];

// What is longer stays as it is, so that joining many never grows quadratic.
const LONGEST = 1000;

/** What has to be the same for one operation to take in another. */
export function place({ op, m, p, gen, roll }: Json): string {
  return JSON.stringify([op, m, p, gen, roll]);
}

/** One operation for two on the same place, the second made on top of the first; null where there is none. */
export function coalesce(first: Done, second: Done): Done | null {
  const [[a, undo], [b, back]]: Json[] = [first, second];
  if (place(a) !== place(b)) return null;
  if (b.op === 'set' || b.op === 'title') return [b, undo];
  if (b.op === 'stream' && a.n <= LONGEST) {
    return [late.get().joined(a, b), { ...undo, at: back.at, n: undo.n + back.n }];
  }
  if (b.op !== 'splice' || a.v.length >= LONGEST) return null;
  // Within, or right behind, what the first one inserted.
  const from = back.i - undo.i;
  if (from < 0 || from + b.d > a.v.length || (b.i === null && a.i !== null)) return null;
  const v = [...a.v.slice(0, from), ...b.v, ...a.v.slice(from + b.d)];
  return [
    { ...a, v },
    { ...undo, d: v.length },
  ];
}
