import { expect, test } from 'vitest';
import type { Table } from '../../../labextension/src/core/arrays';
import { Source } from '../../../labextension/src/core/columns';
import { Gone } from '../../../labextension/src/core/errors';
import { type Json, NdArray } from '../../../labextension/src/core/values';

const f8 = (...v: number[]) => new NdArray('f8', [v.length], Float64Array.from(v));
const rows = (...v: number[]): Table => ({ x: f8(...v), name: v.map((each) => `r${each}`) });
const make = (first: number, ...v: number[]) => new Source('g', first, rows(...v));
const xs = (source: Source) => [...(source.column('x') as Float64Array)];
const names = (source: Source) => source.column('name');
const add = (source: Source, v: number[], roll?: number, at = source.end) =>
  source.append(at, v.length, rows(...v), roll);

test('rows are numbered from the first one that is kept', () => {
  const source = add(make(7, 7, 8), [9]);
  expect([source.first, source.end, source.length]).toEqual([7, 10, 3]);
  expect(xs(source)).toEqual([7, 8, 9]);
  expect(names(source)).toEqual(['r7', 'r8', 'r9']);
  expect(source.column('nothing')).toBe(undefined);
});

test('of all rows at most `roll` are kept, also when fewer are than come', () => {
  const source = make(0, 0, 1, 2);
  expect(xs(add(source, [3, 4], 4))).toEqual([1, 2, 3, 4]);
  expect(add(source, [3, 4], 4).first).toBe(1);
  expect(xs(add(source, [3, 4, 5], 2))).toEqual([4, 5]);
  expect(xs(add(add(source, [3, 4, 5], 2), [6], 2))).toEqual([5, 6]);
  expect(add(source, [3, 4, 5], 2).first).toBe(4);
});

test('a gap discards what is in front of it', () => {
  const source = add(make(0, 0, 1), [5, 6], undefined, 5);
  expect([source.first, xs(source)]).toEqual([5, [5, 6]]);
  expect(xs(add(source, [7], 2))).toEqual([6, 7]);
});

test('what was handed out stays as it was', () => {
  let source = add(make(0, 0), [1]);
  const seen: [Source, Json, Json][] = [];
  for (let i = 2; i < 100; i++) {
    seen.push([source, source.column('x'), names(source)]);
    source = i % 7 ? add(source, [i], 10) : source.write('x', source.first, f8(-1))[0];
  }
  for (const [before, x, name] of seen) {
    expect(before.column('x')).toBe(x);
    expect([...x].filter((v) => v >= 0).map((v) => `r${v}`)).toEqual(
      name.filter((_: never, i: number) => x[i] >= 0),
    );
  }
});

test('two sources that go on from one do not see each other', () => {
  const base = add(make(0, 0), [1]);
  const one = add(base, [2]);
  const other = add(base, [3]);
  expect([xs(base), xs(one), xs(other)]).toEqual([
    [0, 1],
    [0, 1, 2],
    [0, 1, 3],
  ]);
  expect(names(other)).toEqual(['r0', 'r1', 'r3']);
});

test('appending copies what is there only now and then', () => {
  let source = make(0);
  const stores = new Set<unknown>();
  for (let i = 0; i < 4096; i++) {
    source = add(source, [i], 1024);
    stores.add((source.column('x') as Float64Array).buffer);
  }
  expect(stores.size).toBeLessThan(20);
  expect(xs(source)[0]).toBe(3072);
});

test('a run and every other row are overwritten, and what was there comes back', () => {
  const source = make(10, 0, 1, 2, 3);
  const [run, before] = source.write('x', 11, f8(7, 8));
  expect([xs(run), xs(source)]).toEqual([
    [0, 7, 8, 3],
    [0, 1, 2, 3],
  ]);
  expect(before).toEqual(f8(1, 2));
  const [strided, old] = source.write('name', [10, 14, 2], ['a', 'b']);
  expect([names(strided), old]).toEqual([
    ['a', 'r1', 'b', 'r3'],
    ['r0', 'r2'],
  ]);
  // The columns that were not written are shared, and can be appended to as before.
  expect(xs(add(strided, [4]))).toEqual([0, 1, 2, 3, 4]);
  expect(names(add(source, [4]))).toEqual(['r0', 'r1', 'r2', 'r3', 'r4']);
});

test.each<[string, number, Table]>([
  ['rows that are there', 1, rows(1)],
  ['a column too few', 2, { x: f8(1) }],
  ['a column too many', 2, { ...rows(1), y: f8(1) }],
  ['another column', 2, { x: f8(1), y: ['a'] }],
  ['a column of another length', 2, { x: f8(1), name: [] }],
  ['a list where an array is', 2, { x: [1], name: ['a'] }],
  ['an array where a list is', 2, { x: f8(1), name: f8(1) }],
  ['another type of elements', 2, { x: new NdArray('f4', [1], new Float32Array(1)), name: ['a'] }],
])('%s cannot be appended', (_, at, table) => {
  expect(() => make(0, 0, 1).append(at, 1, table)).toThrow(Gone);
});

test.each<[string, string, Json, Json, string]>([
  ['rows that are gone', 'x', 1, f8(1), 'rolled-out'],
  ['rows that are gone, by steps', 'x', [1, 4, 2], f8(1, 2), 'rolled-out'],
  ['rows that are not there yet', 'x', 4, f8(1), 'target-gone'],
  ['no rows', 'x', 2, f8(), 'target-gone'],
  ['no column', 'y', 2, f8(1), 'target-gone'],
  ['another type of elements', 'name', 2, f8(1), 'target-gone'],
  ['a step of nothing', 'x', [2, 3, 0], f8(1), 'target-gone'],
  ['half a row', 'x', [2.5, 3, 1], f8(1), 'target-gone'],
  ['fewer rows than it says', 'x', [2, 4, 1], f8(1), 'target-gone'],
])('%s cannot be overwritten', (_, name, at, v, kind) => {
  expect(() => make(2, 0, 1).write(name, at, v)).toThrow(new Gone(kind));
});
