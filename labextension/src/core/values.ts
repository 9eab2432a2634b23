import { type Bytes, bytesOf, fromBase64, makeArray, NdArray, sameBytes, toBase64 } from './arrays';
import { BadValue } from './errors';

/** A reference to a model by its id. */
export class Ref {
  constructor(readonly id: string) {}
}

/** The JSON form of anything. */
// biome-ignore lint/suspicious/noExplicitAny: what came from JSON.parse is checked where it is read
export type Json = any;

/**
 * A tagged value that is replaced whole and sent again as it came: `time` and `dur` (milliseconds), `set` and
 * `tuple` of Python, and every tag this version does not know.
 */
export class Opaque {
  /** `raw` has the tag as `$` and the decoded fields, such as `v`. */
  constructor(readonly raw: Dict) {}
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
  | Opaque;

/** Binary buffers of one message; each may be referenced once. */
export type Buffers = (Bytes | undefined)[];

const NUMBERS = new Map<unknown, number>([
  ['nan', NaN],
  ['inf', Infinity],
  ['-inf', -Infinity],
]);

/** Whether a value is a dict with string keys. */
export function isDict(v: unknown): v is Dict {
  return typeof v === 'object' && v !== null && Object.getPrototypeOf(v) === null;
}

/** A dict with every value replaced. */
export function mapDict<A, B>(v: { [key: string]: A }, fn: (item: A) => B): { [key: string]: B } {
  const out = Object.create(null);
  for (const key of Object.keys(v)) out[key] = fn(v[key] as A);
  return out;
}

/** A dict of the given entries, or a `Map` where a key is not a string. */
function fromEntries(entries: [Value, Value][]): Dict | Map<Value, Value> {
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
  const inner = (item: Value): Json => encode(item, buffers);
  const attach = (bytes: Bytes): Json =>
    buffers ? { buf: buffers.push(bytes) - 1 } : { b64: toBase64(bytes) };
  if (typeof v === 'number' && !Number.isFinite(v)) {
    return { $: 'num', v: `${v}`.toLowerCase().replace('inity', '') };
  }
  if (typeof v === 'bigint') return { $: 'int', v: `${v}` };
  if (typeof v !== 'object' || v === null) return v;
  if (Array.isArray(v)) return v.map(inner);
  if (v instanceof Ref) return { $: 'ref', id: v.id };
  if (v instanceof NdArray) {
    return { $: 'nd', dtype: v.dtype, shape: v.shape, ...attach(bytesOf(v.data)) };
  }
  if (v instanceof Uint8Array) return { $: 'bytes', ...attach(v) };
  if (v instanceof Opaque) return mapDict(v.raw, inner);
  if (v instanceof Map || '$' in v) {
    return { $: 'map', v: inner(v instanceof Map ? [...v] : Object.entries(v)) };
  }
  return mapDict(v, inner);
}

/** The value of a JSON form; throws `BadValue` for a malformed one. */
export function decode(raw: Json, buffers: Buffers): Value {
  const inner = (item: Json): Value => decode(item, buffers);
  if (Array.isArray(raw)) return raw.map(inner);
  if (typeof raw !== 'object' || raw === null) return raw;
  if (!Object.hasOwn(raw, '$')) return mapDict(raw, inner);
  const { $: tag, v } = raw;
  switch (tag) {
    case 'ref':
      check(typeof raw.id === 'string', tag);
      return new Ref(raw.id);
    case 'nd':
      return makeArray(raw.dtype, raw.shape, detach(raw, buffers));
    case 'bytes':
      return detach(raw, buffers);
    case 'num':
      check(NUMBERS.has(v), tag);
      return NUMBERS.get(v) as number;
    case 'int':
      check(typeof v === 'string' && /^-?\d+$/.test(v), tag);
      return narrow(BigInt(v));
    case 'map':
      check(Array.isArray(v) && v.every((pair) => pair.length === 2 && isKey(pair[0])), tag);
      return fromEntries(inner(v) as [Value, Value][]);
    case 'set':
    case 'tuple':
      check(Array.isArray(v), tag);
  }
  return new Opaque(mapDict(raw, inner));
}

/** Refuse a value of the wire. */
function check(good: boolean, what: string): void {
  if (!good) throw new BadValue(`malformed ${what}`);
}

// Python's dicts take no list, dict or set as a key.
function isKey(v: Json): boolean {
  return typeof v !== 'object' || !v || (!!v.$ && v.$ !== 'map' && v.$ !== 'set');
}

function narrow(v: bigint): number | bigint {
  return Number.isSafeInteger(Number(v)) ? Number(v) : v;
}

function detach({ buf, b64 }: Json, buffers: Buffers): Bytes {
  check((buf === undefined) !== (b64 === undefined), 'array');
  if (b64 !== undefined) return fromBase64(b64);
  const bytes = buffers[buf];
  check(!!bytes, 'buffer');
  buffers[buf] = undefined;
  return bytes as Bytes;
}

/** Whether two values have the same canonical encoding (NaN equals NaN, the order of a set is free). */
export function equal(a: Value | undefined, b: Value | undefined): boolean {
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || !a || !b) return false;
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  if (ArrayBuffer.isView(a)) return sameBytes(a, b as Bytes);
  if (a instanceof Map) return sameMembers([...a], [...(b as typeof a)]);
  if (a instanceof Opaque && a.raw.$ === 'set') {
    return sameMembers(a.raw.v as Value[], (b as Opaque).raw.v as Value[]);
  }
  // Lists, dicts, and the fields of the classes of values.
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && equal((a as Dict)[key], (b as Dict)[key]))
  );
}

function sameMembers(a: Value[], b: Value[]): boolean {
  return a.length === b?.length && a.every((item) => b.some((other) => equal(item, other)));
}

/** A value of the document made from what a page gives; `leaf` may replace what it does not know. */
export function clone(v: unknown, leaf: (v: unknown) => unknown = (x) => x): Value {
  const value = leaf(v);
  const inner = (item: unknown): Value => clone(item, leaf);
  if (typeof value === 'bigint') return narrow(value);
  // The sign of zero does not survive JSON.stringify.
  if (value === 0) return 0;
  if (typeof value !== 'object' || value === null) return (value ?? null) as Value;
  if (Array.isArray(value)) return value.map(inner);
  if (value instanceof NdArray)
    return new NdArray(value.dtype, [...value.shape], value.data.slice());
  if (value instanceof Uint8Array) return value.slice() as Bytes;
  if (value instanceof Map) return fromEntries([...value].map(([k, x]) => [inner(k), inner(x)]));
  if (value instanceof Opaque) return new Opaque(mapDict(value.raw, inner));
  return value instanceof Ref ? value : mapDict(value as Dict, inner);
}

export { type Bytes, type Dtype, NdArray, type NdData } from './arrays';
export { BadValue } from './errors';
