import { BadValue } from './errors';

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

/** Bytes that stand in a buffer of their own or in a part of a frame's. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** A numeric array in C order. It is never changed in place. */
export class NdArray {
  constructor(
    readonly dtype: Dtype,
    readonly shape: readonly number[],
    readonly data: NdData,
  ) {}
}

/** Make the array over bytes, without a copy where they are aligned; throws `BadValue` on a misfit. */
export function makeArray(dtype: string, shape: readonly number[], bytes: Bytes): NdArray {
  const type = Object.hasOwn(TYPES, dtype) ? TYPES[dtype as Dtype] : null;
  const size = type?.BYTES_PER_ELEMENT ?? 0;
  const fits =
    Array.isArray(shape) &&
    shape.length <= MAX_RANK &&
    shape.every((n) => Number.isInteger(n) && n >= 0) &&
    shape.reduce((a, b) => a * b, size) === bytes.length;
  if (!type || !fits) throw new BadValue(`malformed array of ${dtype}`);
  const { buffer, byteOffset, length } = bytes.byteOffset % size ? bytes.slice() : bytes;
  return new NdArray(dtype as Dtype, shape, new type(buffer, byteOffset, length / size));
}

/** The bytes of a view, shared with it. */
export function bytesOf(view: ArrayBufferView): Bytes {
  return new Uint8Array(view.buffer as ArrayBuffer, view.byteOffset, view.byteLength);
}

/** Whether two views hold the same bytes. */
export function sameBytes(a: ArrayBufferView, b: ArrayBufferView): boolean {
  const x = bytesOf(a);
  const y = bytesOf(b);
  return x.length === y.length && x.every((byte, i) => byte === y[i]);
}

/** Base64 with padding. */
export function toBase64(bytes: Bytes): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 8192) {
    text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  }
  return btoa(text);
}

/** The bytes of base64 with padding; throws `BadValue`. */
export function fromBase64(text: unknown): Bytes {
  try {
    if (typeof text !== 'string' || text.length % 4 || /\s/.test(text)) throw 0;
    return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  } catch {
    throw new BadValue('malformed base64');
  }
}
