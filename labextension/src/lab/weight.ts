import { Columns, NdArray, type Value } from '../core/values';

/** At least how many bytes a value takes in a file, without writing it. */
export function weight(value: Value | undefined): number {
  if (value instanceof NdArray) return value.data.byteLength;
  if (value instanceof Uint8Array) return value.byteLength;
  if (value instanceof Columns) return total(Object.values(value.cols));
  if (typeof value === 'string') return value.length;
  return Array.isArray(value) ? 2 * value.length + total(value) : 0;
}

function total(values: readonly Value[]): number {
  let sum = 0;
  for (const value of values) sum += weight(value);
  return sum;
}
