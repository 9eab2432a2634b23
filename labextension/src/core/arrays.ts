import { check, Gone } from './errors';
import type { Span } from './ops';
import type { Value } from './values';

const TYPES = {
  b1: Uint8Array,
  i1: Int8Array,
  u1: Uint8Array,
  i2: Int16Array,
  u2: Uint16Array,
  i4: Int32Array,
  u4: Uint32Array,
  i8: BigInt64Array,
  u8: BigUint64Array,
  f4: Float32Array,
  f8: Float64Array,
  'M8[ms]': BigInt64Array,
  'm8[ms]': BigInt64Array,
};
const MAX_RANK = 8;

/** The wire's name of an element type. */
export type Dtype = keyof typeof TYPES;

/** Elements of an array in the form the browser computes with. */
export type NdData = InstanceType<(typeof TYPES)[Dtype]>;

/** Elements of an array or of a list. */
export type Elements = NdData | Value[];

/** Bytes that stand in a buffer of their own or in a part of a frame's. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** A numeric array in C order. It is never changed in place. */
export class NdArray {
  declare readonly dtype: Dtype;
  declare readonly shape: readonly number[];
  declare readonly data: NdData;

  constructor(dtype: Dtype, shape: readonly number[], data: NdData) {
    this.dtype = dtype;
    this.shape = shape;
    this.data = data;
  }
}

/** Make the array over bytes, which lie aligned as those of a frame do; throws on a misfit. */
export function makeArray(dtype: Dtype, shape: readonly number[], bytes: Bytes): NdArray {
  const type = TYPES[dtype];
  const size = type?.BYTES_PER_ELEMENT;
  check(
    shape.length <= MAX_RANK &&
      shape.every((n) => n >>> 0 === n) &&
      shape.reduce((a, b) => a * b, size) === bytes.length,
    'array',
  );
  return new NdArray(dtype, shape, new type(bytes.buffer, bytes.byteOffset, bytes.length / size));
}

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

/** The bytes of a view or of a buffer, shared with it. */
export function bytesOf(view: Partial<ArrayBufferView> | ArrayBuffer): Bytes {
  const { buffer = view, byteOffset, byteLength } = view as ArrayBufferView<ArrayBuffer>;
  return new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
}

/** Base64 with padding. */
export function toBase64(bytes: Bytes): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}

/** The bytes of base64 with padding; throws where it is malformed. */
export function fromBase64(text: string): Bytes {
  // `atob` would forgive these.
  check(text.length % 4 === 0 && !/\s/.test(text), 'base64');
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}
