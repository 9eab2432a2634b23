import type { Dtype, NdData } from './binary';
import type { Value } from './values';

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

/** The bytes of a view or of a buffer, shared with it. */
export function bytesOf(view: Partial<ArrayBufferView> | ArrayBuffer): Bytes {
  const { buffer = view, byteOffset, byteLength } = view as ArrayBufferView<ArrayBuffer>;
  return new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
}

/** Base64 with padding. */
export function toBase64(bytes: Bytes): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}
