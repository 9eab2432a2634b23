import type { Rows, Table } from './arrays';
import { late } from './late';
import {
  type Buffers,
  type Bytes,
  type Columns,
  type Dict,
  decode,
  encode,
  type Json,
  type Value,
} from './values';

/** A step into a value: a dict's key or a list's index. */
export type Step = string | number;

/** Where a value stands in a model: the property's name, then steps. */
export type Path = readonly Step[];

/** Set a property, a dict's key or a list's element. */
export type SetOp = { readonly op: 'set'; readonly m: string; readonly p: Path; readonly v: Value };

/** Remove a dict's key. */
export type DelOp = { readonly op: 'del'; readonly m: string; readonly p: Path };

/** At `i` of a list remove `d` items and insert `v`; `i` null appends at the real end. */
export type SpliceOp = {
  readonly op: 'splice';
  readonly m: string;
  readonly p: Path;
  readonly i: number | null;
  readonly d: number;
  readonly v: Value[];
};

/** From `start` to below `stop` by `step`, along one axis. */
export type Span = readonly [start: number, stop: number, step: number];

/** Append `n` rows as number `at` and up to every column of a source, then keep at most `roll` rows. */
export type StreamOp = {
  readonly op: 'stream';
  readonly m: string;
  readonly p: Path;
  readonly gen: string;
  readonly at: number;
  readonly n: number;
  readonly cols: Table | Columns;
  readonly roll?: number;
};

/** Overwrite rows of a column of a source, or a block of an array; `at` is the first row, or the spans. */
export type WriteOp = {
  readonly op: 'write';
  readonly m: string;
  readonly p: Path;
  readonly at: number | Span | readonly Span[];
  readonly v: Rows;
  readonly gen?: string;
  readonly col?: string;
};

/** An operation on a place inside a model. */
export type Addressed = SetOp | DelOp | SpliceOp | StreamOp | WriteOp;

/** A custom message to or from a model. */
export type MsgOp = {
  readonly op: 'msg';
  readonly m: string;
  readonly name: string;
  readonly data: Value;
};

/** An operation of the wire (SPEC 4), with decoded values. */
export type WireOp =
  | Addressed
  | { readonly op: 'add'; readonly m: string; readonly type: string; readonly props: Dict }
  | { readonly op: 'drop'; readonly ms: readonly string[] }
  | { readonly op: 'root+' | 'root-'; readonly m: string }
  | { readonly op: 'title'; readonly v: string }
  | MsgOp;

/** Any operation; `roots` restores the order of the roots, as an inverse only. */
export type Op = WireOp | { readonly op: 'roots'; readonly ids: readonly string[] };

/** Whether an operation has a path. */
export function isAddressed(op: Op): op is Addressed {
  return 'p' in op;
}

// Where operations hold values.
const FORMS: Record<string, string | null> = {
  __proto__: null,
  set: 'v',
  splice: 'v',
  write: 'v',
  stream: 'cols',
  msg: 'data',
  add: 'props',
};

/** The JSON form of an operation; array data is appended to `buffers`, or inlined when it is null. */
export function toWire(op: Op, buffers: Bytes[] | null): Json {
  const key = FORMS[op.op];
  return key ? { ...op, [key]: encode((op as Json)[key], buffers) } : op;
}

/** The operation of a JSON form; one that is unknown fails when it is applied. */
export function fromWire(raw: Json, buffers: Buffers): WireOp {
  const key = FORMS[raw.op];
  // Asked for here, as in the middle of a step it would be too late.
  if (raw.op === 'stream' || raw.op === 'write') late.get();
  return key ? { ...raw, [key]: decode(raw[key] ?? null, buffers) } : raw;
}
