import type { NdArray } from '../core/arrays';

/** Values of one axis as the plot draws them; null is a gap. */
export type Column = ArrayLike<number | null | undefined>;

/** The columns of a plot: positions, then one for each line. */
export interface Series {
  readonly columns: readonly [Column, ...Column[]];
  /** Whether positions are instants, in seconds. */
  readonly time: boolean;
}

/** Read `x` and `y` of a plot: arrays, lists, or for `y` several of them. */
export function seriesOf(x: unknown, y: unknown): Series {
  const lines = linesOf(y);
  const instants = instantsOf(x);
  const given = instants ?? columnOf(x);
  const positions = given.length
    ? given
    : counted(Math.max(0, ...lines.map((line) => line.length)));
  return { columns: placed([positions, ...lines]), time: instants !== null };
}

/** By its shape, not its class: plots load apart from the code that makes arrays. */
function isArray(value: unknown): value is NdArray {
  return value !== null && typeof value === 'object' && 'dtype' in value && 'shape' in value;
}

// numpy's "not a time".
const NAT = -(2n ** 63n);

/** The seconds of an array or list of times; null when it is none. */
function instantsOf(x: unknown): Column | null {
  if (isArray(x) && x.dtype === 'M8[ms]') {
    const times = [...(x.data as BigInt64Array)];
    return times.map((ms) => (ms === NAT ? null : Number(ms) / 1000));
  }
  if (!Array.isArray(x) || !x.length) return null;
  const times = x.map(timeOf);
  return times.every((ms) => ms !== null) ? times.map((ms) => ms / 1000) : null;
}

/** The milliseconds of one tagged time. */
function timeOf(value: unknown): number | null {
  if (value === null || typeof value !== 'object' || !('raw' in value)) return null;
  const { $: tag, v } = value.raw as Record<string, unknown>;
  return tag === 'time' && typeof v === 'number' ? v : null;
}

function linesOf(y: unknown): Column[] {
  if (isArray(y) && y.shape.length === 2) return rowsOf(y);
  if (!Array.isArray(y)) return [columnOf(y)];
  const nested = y.some((item) => Array.isArray(item) || isArray(item));
  return nested ? y.map(columnOf) : [columnOf(y)];
}

function rowsOf({ dtype, shape, data }: NdArray): Column[] {
  const [rows = 0, n = 0] = shape;
  return Array.from({ length: rows }, (_, row) =>
    columnOf({ dtype, shape: [n], data: data.subarray(row * n, (row + 1) * n) }),
  );
}

/** A typed array is drawn as it is, unless it holds what a canvas cannot draw. */
function columnOf(value: unknown): Column {
  if (Array.isArray(value)) return value.map((v) => (Number.isFinite(v) ? v : null));
  if (!isArray(value)) return [];
  const { data } = value;
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
    return Float64Array.from(data as BigInt64Array, Number);
  }
  const floats = data instanceof Float64Array || data instanceof Float32Array;
  return floats && !data.every(Number.isFinite) ? gapped(data) : data;
}

function gapped(data: Float64Array | Float32Array): Column {
  return Array.from(data, (v) => (Number.isFinite(v) ? v : null));
}

function counted(n: number): Column {
  return Float64Array.from({ length: n }, (_, i) => i);
}

/** The plot finds points by bisection, so positions have to ascend; a point without one is left out. */
function placed(columns: readonly [Column, ...Column[]]): readonly [Column, ...Column[]] {
  const [x, ...lines] = columns;
  const at = (i: number) => x[i] ?? Number.POSITIVE_INFINITY;
  let sorted = !x.length || at(x.length - 1) < Number.POSITIVE_INFINITY;
  for (let i = 1; i < x.length && sorted; i++) sorted = at(i - 1) <= at(i);
  if (sorted) return columns;
  const order = Array.from({ length: x.length }, (_, i) => i)
    .filter((i) => at(i) < Number.POSITIVE_INFINITY)
    .sort((a, b) => at(a) - at(b));
  const pick = (column: Column) => order.map((i) => column[i]);
  return [pick(x), ...lines.map(pick)];
}
