import { fromBase64 } from '../../core/binary';
import type { Bytes, Json } from '../../core/values';

type Read = (view: DataView, at: number) => number | bigint | boolean;

const FORMATS: { readonly [dtype: string]: readonly [size: number, read: Read] } = {
  b1: [1, (view, at) => view.getUint8(at) !== 0],
  i1: [1, (view, at) => view.getInt8(at)],
  u1: [1, (view, at) => view.getUint8(at)],
  i2: [2, (view, at) => view.getInt16(at, true)],
  u2: [2, (view, at) => view.getUint16(at, true)],
  i4: [4, (view, at) => view.getInt32(at, true)],
  u4: [4, (view, at) => view.getUint32(at, true)],
  i8: [8, (view, at) => view.getBigInt64(at, true)],
  u8: [8, (view, at) => view.getBigUint64(at, true)],
  f4: [4, (view, at) => view.getFloat32(at, true)],
  f8: [8, (view, at) => view.getFloat64(at, true)],
  'M8[ms]': [8, (view, at) => view.getBigInt64(at, true)],
  'm8[ms]': [8, (view, at) => view.getBigInt64(at, true)],
};

/** numpy's "not a time". */
export const NAT = -(2n ** 63n);

/** How many there are, and what each is: a number, a boolean, a text, or a JSON form. */
export type Items = readonly [count: number, item: (i: number) => Json];

/** The elements of a list or an array in C order; of anything else none. */
export function itemsOf(raw: Json, buffers: readonly Bytes[]): Items {
  if (Array.isArray(raw)) return [raw.length, (i) => raw[i]];
  if (!isArray(raw)) return [0, () => null];
  const data = 'b64' in raw ? fromBase64(raw.b64) : (buffers[raw.buf] as Bytes);
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const [size, read] = FORMATS[raw.dtype] as (typeof FORMATS)[string];
  return [Math.floor(data.byteLength / size), (i) => read(view, i * size)];
}

/** Whether a JSON form is that of an array. */
export function isArray(raw: Json): boolean {
  return isObject(raw) && raw.$ === 'nd';
}

/** Whether a JSON form is that of a dict or a tagged value. */
export function isObject(raw: Json): boolean {
  return typeof raw === 'object' && raw !== null && !Array.isArray(raw);
}
