import { type Bytes, bytesOf, fromBase64, makeArray, NdArray, sameBytes, toBase64 } from './arrays';
import { BadValue } from './errors';

/** A reference to a model by its id. */
export class Ref {
  constructor(readonly id: string) {}
}

/** A value with a tag this version does not know: kept, and sent again as it came. */
export class Opaque {
  constructor(readonly raw: Json) {}
}

/** An instant or duration in milliseconds, or a set or tuple of Python: replaced whole, sent again as it came. */
export class Tagged {
  constructor(
    readonly tag: 'time' | 'dur' | 'set' | 'tuple',
    readonly v: Value,
  ) {}
}

/** A dict with string keys; it has no prototype, so that every key is safe. */
export interface Dict {
  [key: string]: Value;
}

/** Any value of a document. Lists, dicts and arrays are never changed in place. */
export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | Value[]
  | Dict
  | Map<Value, Value>
  | Ref
  | NdArray
  | Bytes
  | Tagged
  | Opaque;

/** The JSON form of anything. */
// biome-ignore lint/suspicious/noExplicitAny: what came from JSON.parse is checked where it is read
export type Json = any;

/** Binary buffers of one message; each may be referenced once. */
export type Buffers = (Bytes | undefined)[];

const NUMBERS: Record<string, number> = { nan: NaN, inf: Infinity, '-inf': -Infinity };

/** Whether a value is a dict with string keys. */
export function isDict(v: unknown): v is Dict {
  return typeof v === 'object' && v !== null && Object.getPrototypeOf(v) === null;
}

/** A dict of the given entries, or a `Map` where a key is not a string. */
export function dict(entries: Iterable<readonly [Value, Value]>): Dict | Map<Value, Value> {
  const map = new Map(entries);
  const out: Dict = Object.create(null);
  for (const [key, v] of map) {
    if (typeof key !== 'string') return map;
    out[key] = v;
  }
  return out;
}

/** The JSON form of a value; array data is appended to `buffers`, or inlined when it is null. */
export function encode(v: Value, buffers: Bytes[] | null): Json {
  if (typeof v === 'number') {
    if (Number.isFinite(v)) return v;
    return { $: 'num', v: Object.keys(NUMBERS).find((name) => Object.is(NUMBERS[name], v)) };
  }
  if (typeof v === 'bigint') return { $: 'int', v: `${v}` };
  if (typeof v !== 'object' || v === null) return v;
  if (Array.isArray(v)) return v.map((item) => encode(item, buffers));
  if (v instanceof Ref) return { $: 'ref', id: v.id };
  if (v instanceof NdArray) {
    return { $: 'nd', dtype: v.dtype, shape: v.shape, ...attach(bytesOf(v.data), buffers) };
  }
  if (v instanceof Uint8Array) return { $: 'bytes', ...attach(v, buffers) };
  if (v instanceof Tagged) return { $: v.tag, v: encode(v.v, buffers) };
  if (v instanceof Opaque) return v.raw;
  if (v instanceof Map || '$' in v) {
    const entries = v instanceof Map ? [...v] : Object.entries(v);
    return { $: 'map', v: entries.map((pair) => encode(pair, buffers)) };
  }
  return encodeDict(v, buffers);
}

/** The JSON forms of a dict's values, whatever its keys. */
export function encodeDict(v: Dict, buffers: Bytes[] | null): Json {
  const out: Json = Object.create(null);
  for (const key of Object.keys(v)) out[key] = encode(v[key] as Value, buffers);
  return out;
}

function attach(bytes: Bytes, buffers: Bytes[] | null): Json {
  return buffers ? { buf: buffers.push(bytes) - 1 } : { b64: toBase64(bytes) };
}

/** The value of a JSON form; throws `BadValue` for a malformed one. */
export function decode(raw: Json, buffers: Buffers): Value {
  if (Array.isArray(raw)) return raw.map((item) => decode(item, buffers));
  if (typeof raw !== 'object' || raw === null) return raw;
  if (!Object.hasOwn(raw, '$')) return decodeDict(raw, buffers);
  const { $: tag, v } = raw;
  switch (tag) {
    case 'ref':
      return new Ref(need(raw.id, 'string'));
    case 'nd':
      return makeArray(raw.dtype, raw.shape, detach(raw, buffers));
    case 'bytes':
      return detach(raw, buffers);
    case 'num':
      return need(Object.hasOwn(NUMBERS, v) ? NUMBERS[v] : null, 'number');
    case 'int':
      return integer(v);
    case 'time':
    case 'dur':
      return new Tagged(tag, need(v, 'number'));
    case 'set':
    case 'tuple':
      return new Tagged(tag, decode(list(v), buffers));
    case 'map':
      return dict(list(v).map((pair) => decode(list(pair, 2), buffers) as [Value, Value]));
    default:
      return new Opaque(raw);
  }
}

/** The values of a dict's JSON forms, whatever its keys. */
export function decodeDict(raw: Json, buffers: Buffers): Dict {
  const out: Dict = Object.create(null);
  for (const key of Object.keys(raw)) out[key] = decode(raw[key], buffers);
  return out;
}

function need(v: Json, type: string): Json {
  // biome-ignore lint/suspicious/useValidTypeof: the name of a type is an argument here
  if (typeof v !== type) throw new BadValue(`expected a ${type}`);
  return v;
}

function list(v: Json, length?: number): Json[] {
  if (!Array.isArray(v) || (length ?? v.length) !== v.length) throw new BadValue('expected a list');
  return v;
}

function integer(v: Json): number | bigint {
  if (!/^-?\d+$/.test(need(v, 'string'))) throw new BadValue('malformed integer');
  return narrow(BigInt(v));
}

function narrow(v: bigint): number | bigint {
  return Number.isSafeInteger(Number(v)) ? Number(v) : v;
}

function detach({ buf, b64 }: Json, buffers: Buffers): Bytes {
  if ((buf === undefined) === (b64 === undefined)) {
    throw new BadValue('expected exactly one of buf and b64');
  }
  if (b64 !== undefined) return fromBase64(b64);
  const bytes = buffers[buf];
  if (!bytes) throw new BadValue(`buffer ${buf} is absent or referenced twice`);
  buffers[buf] = undefined;
  return bytes;
}

/** Whether two values have the same canonical encoding (NaN equals NaN, the order of a set is free). */
export function equal(a: Value | undefined, b: Value | undefined): boolean {
  if (a === b) return true;
  if (typeof a === 'number') return a !== a && b !== b;
  if (typeof a !== 'object' || typeof b !== 'object' || !a || !b) return false;
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  if (Array.isArray(a)) return sameItems(a, b as Value[]);
  if (a instanceof NdArray) {
    const other = b as NdArray;
    return (
      a.dtype === other.dtype && `${a.shape}` === `${other.shape}` && sameBytes(a.data, other.data)
    );
  }
  if (a instanceof Uint8Array) return sameBytes(a, b as Bytes);
  if (a instanceof Map) return sameMembers([...a], [...(b as typeof a)]);
  if (a instanceof Tagged && a.tag === 'set' && (b as Tagged).tag === 'set') {
    return sameMembers(a.v as Value[], (b as Tagged).v as Value[]);
  }
  return sameKeys(a as Dict, b as Dict);
}

function sameItems(a: Value[], b: Value[]): boolean {
  return a.length === b.length && a.every((item, i) => equal(item, b[i]));
}

function sameMembers(a: Value[], b: Value[]): boolean {
  return a.length === b.length && a.every((item) => b.some((other) => equal(item, other)));
}

// Also compares Ref, Tagged and the raw JSON of Opaque, which differ from a dict in nothing but the prototype.
function sameKeys(a: Dict, b: Dict): boolean {
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && equal(a[key], b[key]))
  );
}

/** A value of the document made from what a page gives; `leaf` may replace what it does not know. */
export function clone(v: unknown, leaf: (v: unknown) => unknown = (x) => x): Value {
  const value = leaf(v);
  if (typeof value === 'bigint') return narrow(value);
  // The sign of zero does not survive JSON.stringify.
  if (typeof value === 'number') return value || (value === 0 ? 0 : value);
  if (typeof value !== 'object' || value === null) return (value ?? null) as Value;
  const inner = (item: unknown): Value => clone(item, leaf);
  if (Array.isArray(value)) return value.map(inner);
  if (value instanceof NdArray)
    return new NdArray(value.dtype, [...value.shape], value.data.slice());
  if (value instanceof Uint8Array) return value.slice() as Bytes;
  if (value instanceof Tagged) return new Tagged(value.tag, inner(value.v));
  if (value instanceof Map) return dict([...value].map(([k, x]) => [inner(k), inner(x)]));
  if (value instanceof Ref || value instanceof Opaque) return value;
  return dict(Object.entries(value).map(([k, x]) => [k, inner(x)]));
}

/** The ids of all models a value refers to, once per occurrence. */
export function refs(v: Value, out: string[] = []): string[] {
  if (typeof v !== 'object' || v === null) return out;
  if (v instanceof Ref) out.push(v.id);
  else if (Array.isArray(v)) for (const item of v) refs(item, out);
  else if (v instanceof Tagged) refs(v.v, out);
  else if (v instanceof Map) for (const item of v.values()) refs(item, out);
  else if (isDict(v)) for (const key of Object.keys(v)) refs(v[key] as Value, out);
  return out;
}

export { type Bytes, type Dtype, NdArray, type NdData } from './arrays';
export { BadValue } from './errors';
