import { isDict } from '../core/dicts';
import type { Op } from '../core/ops';
import type { Json } from '../core/values';
import type { Limits } from '../sync/messages';

/** Refuse an edit that is over a limit of the server, before anything is changed (SPEC 3.4). */
export function admit(op: Op, { depth = 32, string = 8 << 20 }: Limits): void {
  const { p = [], v, props, data }: Json = op;
  if (p.length > depth)
    throw new RangeError(`a path of ${p.length} steps is over the limit of ${depth}`);
  admitStrings([v, props, data], string);
}

function admitStrings(v: unknown, limit: number): void {
  // A character takes up to three bytes.
  if (typeof v === 'string' && v.length * 3 > limit && new TextEncoder().encode(v).length > limit) {
    throw new RangeError(`a text is over the limit of ${limit} bytes`);
  }
  if (Array.isArray(v)) for (const item of v) admitStrings(item, limit);
  else if (isDict(v)) for (const key of Object.keys(v)) admitStrings([key, v[key]], limit);
}
