import { bulk } from '../core/late';
import type { Op } from '../core/ops';

/** An operation, and what undoes it. */
export type Done = readonly [op: Op, undo: Op];

// What is longer stays as it is, so that joining many never grows quadratic.
const LONGEST = 1000;

/** One operation for two on the same place, the second made on top of the first; null where there is none. */
export function coalesce([a, undo]: Done, [b, back]: Done): Done | null {
  if (b.op === 'set' || b.op === 'title') return [b, undo];
  if (a.op === 'stream' && b.op === 'stream' && undo.op === 'stream' && back.op === 'stream') {
    if (a.gen !== b.gen || a.roll !== b.roll || a.n > LONGEST) return null;
    return [bulk().joined(a, b), { ...undo, at: back.at, n: undo.n + back.n }];
  }
  if (a.op === 'splice' && b.op === 'splice' && undo.op === 'splice' && back.op === 'splice') {
    // Within, or right behind, what the first one inserted.
    const from = (back.i as number) - (undo.i as number);
    const fits = 0 <= from && from + b.d <= a.v.length && a.v.length < LONGEST;
    if (!fits || (b.i === null && a.i !== null)) return null;
    const v = [...a.v.slice(0, from), ...b.v, ...a.v.slice(from + b.d)];
    return [
      { ...a, v },
      { ...undo, d: v.length },
    ];
  }
  return null;
}
