import { type Elements, NdArray } from './arrays';
import { Gone } from './errors';
import type { Span } from './ops';

/**
 * Put `v`, of a shape of its own, into a region of elements, in place; return what was there.
 *
 * The region has one span per axis. Throws `Gone` where one is outside, or the shapes differ.
 */
export function exchange<T extends Elements>(
  data: T,
  shape: readonly number[],
  spans: readonly Span[],
  v: T,
  own: readonly number[],
): T {
  const sizes = shape.map((length, axis) => extent(spans[axis], length));
  if (spans.length !== shape.length || `${sizes}` !== `${own}`) throw new Gone();
  const before = v.slice() as T;
  let k = 0;
  const walk = (axis: number, offset: number): void => {
    const span = spans[axis];
    if (!span) {
      before[k] = data[offset] as never;
      data[offset] = v[k++] as never;
      return;
    }
    const inner = offset * (shape[axis] as number);
    for (let i = span[0]; i < span[1]; i += span[2]) walk(axis + 1, inner + i);
  };
  walk(0, 0);
  return before;
}

/** How many indices a span of an axis has; NaN where it does not fit. */
function extent([start, stop, step]: Span = [0, 0, 0], length: number): number {
  const fits = 0 <= start && start < stop && stop <= length && step >= 1;
  return fits && [start, step].every(Number.isInteger) ? Math.ceil((stop - start) / step) : NaN;
}

/** An array with a block of it overwritten, and what stood there; throws `Gone` where it does not fit. */
export function writeBlock(array: NdArray, spans: readonly Span[], v: NdArray): [NdArray, NdArray] {
  if (!(array instanceof NdArray) || array.dtype !== v.dtype) throw new Gone();
  const data = array.data.slice();
  const before = exchange(data, array.shape, spans, v.data, v.shape);
  return [new NdArray(array.dtype, array.shape, data), new NdArray(v.dtype, v.shape, before)];
}
