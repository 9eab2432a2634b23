import { type Elements, elements, height, NdArray, type Rows, type Table } from './arrays';
import type { NdData } from './binary';
import { exchange } from './blocks';
import { mapDict } from './dicts';
import { Gone } from './errors';
import type { Span } from './ops';
import { Columns, type Dict, equal, type Json, type Value } from './values';

/** A column of the same kind with other elements. */
function like(rows: Rows, data: Elements): Rows {
  return rows instanceof NdArray
    ? new NdArray(rows.dtype, [data.length], data as NdData)
    : (data as Value[]);
}

/** Whether two columns hold the same kind of elements. */
function alike(a: Rows | undefined, b: Rows): boolean {
  return !!a && (a as NdArray).dtype === (b as NdArray).dtype;
}

/** Some rows of a column; arrays share them. */
export function cut(rows: Rows, from: number, to: number): Rows {
  return like(rows, rows instanceof NdArray ? rows.data.subarray(from, to) : rows.slice(from, to));
}

/** How many elements are the same in front, and how many of the others at the end. */
export function differing(old: Elements, now: Elements): [number, number] {
  const shortest = Math.min(old.length, now.length);
  let i = 0;
  while (i < shortest && equal(old[i], now[i])) i++;
  let tail = 0;
  while (tail < shortest - i && equal(old.at(-1 - tail), now.at(-1 - tail))) tail++;
  return [i, tail];
}

/** A copy of some rows of a column, with room for more behind them. */
function roomy(rows: Rows, from: number, to: number, room: number): Rows {
  const part = cut(rows, from, to);
  if (!(part instanceof NdArray)) return part;
  const data = new (part.data.constructor as Float64ArrayConstructor)(room);
  data.set(part.data as Float64Array);
  return like(part, data);
}

function put(rows: Rows, at: number, more: Rows): void {
  if (rows instanceof NdArray) rows.data.set((more as NdArray).data as never, at);
  else for (const v of more as Value[]) rows[at++] = v;
}

/** Snapshots of a source share their rows: only behind all that are used is written. */
export class Source extends Columns {
  declare readonly gen: string;
  declare readonly first: number;
  declare readonly end: number;
  readonly #table: Table;
  // Where in the table the last row ends.
  readonly #stop: number;
  readonly #fill: { used: number; readonly room: number };
  readonly #cols: { [name: string]: Rows } = Object.create(null);

  constructor(
    gen: string,
    first: number,
    table: Table,
    end: number = first + height(table),
    stop: number = end - first,
    fill: { used: number; readonly room: number } = { used: stop, room: stop },
  ) {
    super();
    this.gen = gen;
    this.first = first;
    this.end = end;
    this.#table = table;
    this.#stop = stop;
    this.#fill = fill;
  }

  /** How many rows there are. */
  get length(): number {
    return this.end - this.first;
  }

  get cols(): Table {
    return mapDict(this.#table, (_, name) => this.#cut(name));
  }

  /** The rows from one number to before another. */
  rows(from: number, to: number): Table {
    const zero = this.#stop - this.end;
    return mapDict(this.#table, (rows) => cut(rows, zero + from, zero + to));
  }

  encode(inner: (v: Value) => Json): Json {
    const { gen, first, cols } = this;
    return { $: 'cols', gen, first, cols: mapDict(cols, inner) };
  }

  equals({ gen, first, cols }: Source): boolean {
    return gen === this.gen && first === this.first && equal(cols as Dict, this.cols as Dict);
  }

  renamed(gen: string): Source {
    return new Source(gen, this.first, this.cols);
  }

  column(name: string): Elements | undefined {
    return this.#table[name] && elements(this.#cut(name));
  }

  /** A column is cut out when it is first looked at: for a list that is a copy. */
  #cut(name: string): Rows {
    const from = this.#stop - this.length;
    this.#cols[name] ??= cut(this.#table[name] as Rows, from, this.#stop);
    return this.#cols[name];
  }

  /**
   * With `n` rows added as number `at` and up, of which then at most `roll` are kept (SPEC 4).
   *
   * A gap before `at` means that everything in front of it is gone. Throws `Gone` where the rows do not fit.
   */
  append(at: number, n: number, cols: Table, roll = Infinity): Source {
    const { gen, end } = this;
    if (at < end || !(roll >= 1) || !this.#takes(n, cols)) throw new Gone();
    const first = Math.max(at > end ? at : this.first, at + n - roll);
    let table = this.#table;
    let fill = this.#fill;
    let stop = this.#stop;
    if (stop < fill.used || stop + n > fill.room) {
      const kept = Math.max(0, end - first);
      fill = { used: kept, room: 2 * (kept + n) };
      table = mapDict(table, (rows) => roomy(rows, stop - kept, stop, fill.room));
      stop = kept;
    }
    for (const name of Object.keys(cols)) put(table[name] as Rows, stop, cols[name] as Rows);
    stop += n;
    fill.used = stop;
    return new Source(gen, first, table, at + n, stop, fill);
  }

  /**
   * With rows of one column overwritten, and what stood there; `at` is the first, or `[start, stop, step]`.
   *
   * Throws `Gone` where they are not, or are of another kind.
   */
  write(name: string, at: number | Span, v: Rows): [Source, Rows] {
    const { gen, first, end } = this;
    const [from, to, step] = typeof at === 'number' ? [at, at + elements(v).length, 1] : at;
    const rows = this.#table[name];
    if (from < first) throw new Gone('rolled-out');
    if (!rows || to > end || !alike(rows, v)) throw new Gone();
    const data = elements(rows).slice();
    const zero = this.#stop - end;
    const span: Span = [from + zero, to + zero, step];
    const before = exchange(data, [data.length], [span], elements(v), [elements(v).length]);
    const table = mapDict(this.#table, (old) => (old === rows ? like(rows, data) : old));
    return [new Source(gen, first, table, end, this.#stop, this.#fill), like(rows, before)];
  }

  #takes(n: number, cols: Table): boolean {
    const names = Object.keys(cols);
    const fits = (name: string): boolean =>
      alike(this.#table[name], cols[name] as Rows) && elements(cols[name] as Rows).length === n;
    const { length } = Object.keys(this.#table);
    return n > 0 && names.length === length && length > 0 && names.every(fits);
  }
}
