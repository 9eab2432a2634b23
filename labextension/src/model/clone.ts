import { mapDict } from '../core/dicts';
import { type Bytes, Columns, type Dict, NdArray, Opaque, Ref, type Value } from '../core/values';

/** A value of the document made from what a page gives; `leaf` may replace what it does not know. */
export function clone(v: unknown, leaf: (v: unknown) => unknown = (x) => x): Value {
  const value = leaf(v);
  const inner = (item: unknown): Value => clone(item, leaf);
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (typeof value !== 'object' || value === null) return (value ?? null) as Value;
  if (Array.isArray(value)) return value.map(inner);
  if (value instanceof NdArray) {
    return new NdArray(value.dtype, [...value.shape], value.data.slice());
  }
  if (value instanceof Uint8Array) return value.slice() as Bytes;
  if (value instanceof Map) return fromMap(value, inner);
  if (value instanceof Opaque) return new Opaque(mapDict(value.raw, inner));
  return value instanceof Ref || value instanceof Columns ? value : mapDict(value as Dict, inner);
}

/** A dict, or where a key is not a string what stands for one (SPEC 2.1). */
function fromMap(map: Map<unknown, unknown>, inner: (item: unknown) => Value): Value {
  const keys = [...map.keys()];
  if (keys.every((key) => typeof key === 'string')) return mapDict(Object.fromEntries(map), inner);
  return new Opaque(mapDict({ $: 'map', v: [...map] }, inner));
}
