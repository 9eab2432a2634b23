import { type Bytes, bytesOf, type Elements, NdArray, type Table, toBase64 } from './arrays';
import { mapDict } from './dicts';
import { check } from './errors';
import { late } from './late';

/** A reference to a model by its id. */
export class Ref {
  declare readonly id: string;

  constructor(id: string) {
    this.id = id;
  }
}

/** The JSON form of anything. */
// biome-ignore lint/suspicious/noExplicitAny: what came from JSON.parse is checked where it is read
export type Json = any;

/**
 * A tagged value that is replaced whole and sent again as it came: `time` and `dur` (milliseconds), `set` and
 * `tuple` of Python, `map` with other than string keys, and every tag this version does not know.
 */
export class Opaque {
  /** The tag as `$` and the decoded fields, such as `v`. */
  declare readonly raw: Dict;

  constructor(raw: Dict) {
    this.raw = raw;
  }
}

/**
 * A columnar source: columns of one length, whose rows keep their absolute numbers (SPEC 2).
 *
 * It is a snapshot and never changes. What it does is in columns.ts.
 */
export abstract class Columns {
  abstract readonly gen: string;
  /** The number of the first row that is still there. */
  abstract readonly first: number;
  /** The number of the row that comes next. */
  abstract readonly end: number;
  /** The columns by their names; never change one in place. */
  abstract readonly cols: Table;
  /** The elements of a column, undefined where there is none; never change them in place. */
  abstract column(name: string): Elements | undefined;
  /** The JSON form, with values as `inner` encodes them. */
  abstract encode(inner: (v: Value) => Json): Json;
  /** Whether another one has the same rows under the same numbers. */
  abstract equals(other: Columns): boolean;
  /** The same rows as another generation. */
  abstract renamed(gen: string): Columns;
}

/** A dict with string keys; no key is inherited, so that every one is safe. */
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
  | Ref
  | NdArray
  | Columns
  | Bytes
  | Opaque;

/** Binary buffers of one message; each may be referenced once. */
export type Buffers = (Bytes | undefined)[];

const NUMBERS: Json = { __proto__: null, nan: NaN, inf: Infinity, '-inf': -Infinity, '-0': -0 };

/** The JSON form of a value; array data is appended to `buffers`, or inlined when it is null. */
export function encode(v: Value, buffers: Bytes[] | null): Json {
  const inner = (item: Value): Json => encode(item, buffers);
  const attach = (bytes: Bytes): Json =>
    buffers ? { buf: buffers.push(bytes) - 1 } : { b64: toBase64(bytes) };
  // JSON.stringify would lose the sign of zero.
  if (typeof v === 'number' && (!Number.isFinite(v) || Object.is(v, -0))) {
    return { $: 'num', v: v > 0 ? 'inf' : v < 0 ? '-inf' : v === 0 ? '-0' : 'nan' };
  }
  if (typeof v === 'bigint') return { $: 'int', v: `${v}` };
  if (typeof v !== 'object' || v === null) return v;
  if (Array.isArray(v)) return v.map(inner);
  if (v instanceof Ref) return { $: 'ref', id: v.id };
  if (v instanceof NdArray) {
    return { $: 'nd', dtype: v.dtype, shape: v.shape, ...attach(bytesOf(v.data)) };
  }
  if (v instanceof Uint8Array) return { $: 'bytes', ...attach(v) };
  if (v instanceof Columns) return v.encode(inner);
  if (v instanceof Opaque) return mapDict(v.raw, inner);
  return '$' in v ? { $: 'map', v: inner(Object.entries(v)) } : mapDict(v, inner);
}

/** The value of a JSON form; throws where it is malformed. */
export function decode(raw: Json, buffers: Buffers): Value {
  if (typeof raw !== 'object' || raw === null) return raw;
  // Most values are plain: for them no call is made.
  const inner = (item: Json): Value => (typeof item === 'object' ? decode(item, buffers) : item);
  if (Array.isArray(raw)) return raw.map(inner);
  if (!('$' in raw)) return mapDict(raw, inner);
  const { $: tag, v, id } = raw;
  if (tag === 'ref') {
    check(typeof id === 'string', tag);
    return new Ref(id);
  }
  if (tag === 'nd') return late.get().makeArray(raw, buffers);
  if (tag === 'bytes') return late.get().takeBytes(raw, buffers);
  if (tag === 'cols') return late.get().makeColumns(raw, inner);
  if (tag === 'num') {
    check(v in NUMBERS, tag);
    return NUMBERS[v];
  }
  if (tag === 'int') return BigInt(v.match(/^-?\d+$/)[0]);
  if (tag === 'map') {
    // Python's dicts take no list as a key.
    check(
      v.every(([key, ...rest]: Json) => rest.length === 1 && !Array.isArray(key)),
      tag,
    );
    if (v.every(([key]: Json) => typeof key === 'string')) {
      return mapDict(Object.fromEntries(v), inner);
    }
  }
  if (tag === 'tuple') check(Array.isArray(v), tag);
  if (tag === 'set') raw.v = sorted(v);
  return new Opaque(mapDict(raw, inner));
}

/** The members of a set, whose order is free, such that equal sets look the same. */
function sorted(members: Json[]): Json[] {
  const texts = members.map((item) => JSON.stringify(item)).sort();
  return texts.map((text) => JSON.parse(text));
}

/** Whether two values have the same canonical encoding (NaN equals NaN, the order of a set is free). */
export function equal(a: Value | undefined, b: Value | undefined): boolean {
  if (a === b || Object.is(a, b)) return true;
  if (!a || !b || typeof a !== 'object') return false;
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  if (ArrayBuffer.isView(a)) {
    const other = bytesOf(b as Bytes);
    return a.byteLength === other.length && bytesOf(a).every((byte, i) => byte === other[i]);
  }
  if (a instanceof Columns) return a.equals(b as Columns);
  // Lists, dicts, and the fields of the classes of values.
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => key in (b as Dict) && equal((a as Dict)[key], (b as Dict)[key]))
  );
}

export { type Bytes, NdArray } from './arrays';
export type { Dtype, NdData } from './binary';
