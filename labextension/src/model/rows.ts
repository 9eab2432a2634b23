import type { Rows } from '../core/arrays';
import { NdArray, type Value } from '../core/values';

/** Rows of the same kind as a column's, made from what a page gives; a list where there is no column. */
export function rowsLike(column: Rows | undefined, given: ArrayLike<unknown>): Rows {
  if (!(column instanceof NdArray)) return Array.from(given) as Value[];
  const { dtype, data } = column;
  const type = data.constructor as unknown as { from(items: ArrayLike<unknown>): NdArray['data'] };
  return new NdArray(dtype, [given.length], type.from(given));
}
