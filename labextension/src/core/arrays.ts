import { check } from './errors';
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

/** The rows of one column: an array with one axis, or a list. */
export type Rows = NdArray | Value[];

/** Rows by the names of their columns. */
export type Table = { readonly [name: string]: Rows };

/** The elements of a column, bare. */
export function elements(rows: Rows): Elements {
  return rows instanceof NdArray ? rows.data : rows;
}

/** How many rows a table has, by its first column. */
export function height(table: Table): number {
  const [rows = []] = Object.values(table);
  return elements(rows).length;
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
