import { type Bytes, NdArray } from './arrays';
import { check } from './errors';
import type { Buffers, Json } from './values';

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

/** The array of a JSON form over its bytes, which lie aligned as those of a frame do; throws on a misfit. */
export function makeArray(raw: Json, buffers: Buffers): NdArray {
  const { dtype, shape }: Pick<NdArray, 'dtype' | 'shape'> = raw;
  const bytes = takeBytes(raw, buffers);
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

/** The bytes that a JSON form names, each buffer once, or holds; throws where there are none. */
export function takeBytes({ buf, b64 }: Json, buffers: Buffers): Bytes {
  const bytes = b64 === undefined ? buffers[buf] : buf === undefined && fromBase64(b64);
  check(bytes, 'buffer');
  buffers[buf] = undefined;
  return bytes;
}

/** The bytes of base64 with padding; throws where it is malformed. */
export function fromBase64(text: string): Bytes {
  // `atob` would forgive these.
  check(text.length % 4 === 0 && !/\s/.test(text), 'base64');
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}
