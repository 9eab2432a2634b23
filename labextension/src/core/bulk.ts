/** What columns and blocks of arrays need in every layer. */
import { elements, height, type NdArray, type Rows, type Table } from './arrays';
import { writeBlock } from './blocks';
import { cut, differing, Source } from './columns';
import { isDict, mapDict } from './dicts';
import { check, Gone } from './errors';
import type { Addressed, Op, Path, Span, StreamOp, WriteOp } from './ops';
import { resolve, write } from './paths';
import type { State } from './state';
import { type Columns, type Dict, equal, type Json, type Value } from './values';

export { Source };

/** The source of a JSON form whose values `inner` decodes; throws where it is malformed. */
export function makeColumns({ gen, first, cols }: Json, inner: (raw: Json) => Value): Columns {
  check(!Array.isArray(cols), 'cols');
  const table = mapDict(cols, inner) as Table;
  const n = height(table);
  const fits = Object.values(table).every(
    (rows) => elements(rows).length === n && (Array.isArray(rows) || rows.shape?.length === 1),
  );
  check(
    typeof gen === 'string' && isDict(table) && first >= 0 && Number.isInteger(first) && fits,
    'cols',
  );
  return new Source(gen, first, table);
}

/** Apply a stream or a write as `apply` does. */
export function apply(state: State, op: StreamOp | WriteOp): Op[] {
  return op.op === 'stream' ? stream(state, op) : overwrite(state, op);
}

function source(state: State, { m, p, gen }: StreamOp | WriteOp): Source {
  const old = resolve(state, m, p);
  if (!(old instanceof Source)) throw new Gone();
  if (old.gen !== gen) throw new Gone('container-replaced');
  return old;
}

function stream(state: State, op: StreamOp): Op[] {
  const { m, p, gen, at, n, cols, roll } = op;
  const old = source(state, op);
  // As an inverse it takes rows back: what it puts there stands in the place of the columns.
  const now = cols instanceof Source ? cols : old.append(at, n, cols as Table, roll);
  write(state, m, p, now);
  return [{ op: 'stream', m, p, gen, at: now.end, n: old.end - now.end, cols: old }];
}

function overwrite(state: State, op: WriteOp): Op[] {
  const { m, p, at, v, col } = op;
  const [now, before] =
    col === undefined
      ? writeBlock(resolve(state, m, p) as NdArray, at as Span[], v as NdArray)
      : source(state, op).write(col, at as Span, v);
  write(state, m, p, now);
  return [{ ...op, v: before }];
}

/** Over rows that were added, or taken back again: `n` is negative then. */
export function overStream(a: Addressed, b: StreamOp): Op[] {
  if ((a.op !== 'stream' && a.op !== 'write') || a.gen !== b.gen) return [a];
  const { at, n, roll = Infinity } = b;
  if (a.op === 'stream') return [{ ...a, at: Math.max(a.at, at) + n }];
  return [...part(a, at + n - roll, Math.min(at, at + n), 0), ...part(a, at, Infinity, n)];
}

/** What a write does to the rows of a source from one to before another, moved. */
function part(a: WriteOp, from: number, to: number, by: number): WriteOp[] {
  const { length } = elements(a.v);
  const spans = typeof a.at === 'object';
  const [start, , step] = (spans ? a.at : [a.at, 0, 1]) as Span;
  const index = (row: number): number =>
    Math.min(length, Math.max(0, Math.ceil((row - start) / step)));
  const i = index(from);
  const j = index(to);
  if (i >= j) return [];
  if (j - i === length && !by) return [a];
  const at = start + i * step + by;
  const last = at + (j - i - 1) * step;
  return [{ ...a, at: spans ? [at, last + 1, step] : at, v: cut(a.v, i, j) }];
}

/** Rows that changed and rows that were added, perhaps with the first ones gone; else the whole source. */
export function difference(m: string, p: Path, before: Columns, after: Columns): Op[] {
  const [old, now] = [before as Source, after as Source];
  const { gen, first, end } = now;
  if (!grown(old, now)) return [{ op: 'set', m, p, v: now }];
  const at = Math.max(old.end, first);
  const kept = old.rows(first, at);
  const ops = Object.entries(now.rows(first, at)).flatMap(([col, rows]): Op[] => {
    const data = elements(rows);
    const [from, tail] = differing(elements(kept[col] as Rows), data);
    const v = cut(rows, from, data.length - tail);
    return from < data.length ? [{ op: 'write', m, p, gen, col, at: first + from, v }] : [];
  });
  if (end === at) return ops;
  const roll = first > old.first ? { roll: end - first } : {};
  const cols = now.rows(at, end);
  return [...ops, { op: 'stream', m, p, gen, at, n: end - at, cols, ...roll }];
}

/** Whether two snapshots are of one source; rows leave it only where others come. */
function grown(old: Source, now: Source): boolean {
  const kinds = ({ cols }: Source): Dict => mapDict(cols, (rows) => (rows as NdArray).dtype ?? '');
  return (
    now.gen === old.gen &&
    equal(kinds(old), kinds(now)) &&
    (now.first === old.first
      ? now.end >= old.end
      : now.first > old.first && now.end > old.end && now.length > 0)
  );
}

/** One stream for two, the second right behind the first. */
export function joined(a: StreamOp, b: StreamOp): StreamOp {
  const { cols } = new Source('', 0, a.cols as Table).append(a.n, b.n, b.cols as Table);
  return { ...a, n: a.n + b.n, cols };
}
