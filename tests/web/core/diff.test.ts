import '../../../labextension/src/sync/second';
import { expect, test } from 'vitest';
import { apply } from '../../../labextension/src/core/apply';
import { diff } from '../../../labextension/src/core/diff';
import { fromSnapshot } from '../../../labextension/src/core/state';
import type { Json } from '../../../labextension/src/core/values';
import { op, shown, stateOf } from './builders';

const doc = (title: string, roots: string[], models: Json) =>
  fromSnapshot({ title, roots, models }, []);
const model = (props: Json, type = 'x/X@1') => ({ type, props });

test('nothing differs from itself', () => {
  const make = () => stateOf({ n: NaN, l: [1, { k: 2 }] });
  expect(diff(make(), make())).toEqual([]);
});

test('a list gives one trimmed splice', () => {
  expect(diff(stateOf({ l: [1, 2, 3, 4] }), stateOf({ l: [1, 9, 9, 9, 4] }))).toEqual([
    op({ op: 'splice', p: ['l'], i: 1, d: 2, v: [9, 9, 9] }),
  ]);
  expect(diff(stateOf({ l: [1, 1] }), stateOf({ l: [1] }))).toEqual([
    op({ op: 'splice', p: ['l'], i: 1, d: 1, v: [] }),
  ]);
});

test('dicts are compared key by key', () => {
  const old = stateOf({ d: { same: 1, gone: 2, other: { x: 1 } } });
  const now = stateOf({ d: { same: 1, other: { x: 2 }, fresh: 3 } });
  expect(diff(old, now)).toEqual([
    op({ op: 'del', p: ['d', 'gone'] }),
    op({ op: 'set', p: ['d', 'other', 'x'], v: 2 }),
    op({ op: 'set', p: ['d', 'fresh'], v: 3 }),
  ]);
});

test('what is not a list or dict is set whole', () => {
  const nd = (b64: string) => ({
    x: { $: 'nd', dtype: 'u1', shape: [1], b64 },
    t: { $: 'tuple', v: [b64] },
  });
  expect(
    diff(stateOf(nd('AA==')), stateOf(nd('AQ=='))).map((o) => [o.op, 'p' in o && o.p]),
  ).toEqual([
    ['set', ['x']],
    ['set', ['t']],
  ]);
});

test('applied to the old models it gives the new ones', () => {
  const old = doc('old', ['a', 'b'], {
    a: model({ n: 1 }),
    b: model({ k: { d: [1] } }),
    t: model({}, 'x/Old@1'),
  });
  const now = doc('new', ['b', 'c'], {
    b: model({ k: { d: [2, 3] } }),
    c: model({ n: [] }),
    t: model({ n: 1 }),
  });
  for (const each of diff(old, now)) apply(old, each);
  expect(shown({ ...now, models: old.models })).toEqual(shown(now));
});

const x = (...v: number[]) => ({
  $: 'nd',
  dtype: 'u1',
  shape: [v.length],
  b64: btoa(String.fromCharCode(...v)),
});
const source = (first: number, v: number[], gen = 'g') => ({
  d: { $: 'cols', gen, first, cols: { x: x(...v) } },
});

test.each<[string, Json, Json, Json]>([
  ['rows added', source(0, [0, 1]), source(0, [0, 1, 2]), { at: 2, n: 1, cols: { x: x(2) } }],
  [
    'rows rolled',
    source(0, [0, 1]),
    source(1, [1, 2]),
    { at: 2, n: 1, cols: { x: x(2) }, roll: 2 },
  ],
  ['a gap', source(0, [0, 1]), source(5, [5, 6]), { at: 5, n: 2, cols: { x: x(5, 6) }, roll: 2 }],
])('of a source %s are a stream', (_, old, now, wanted) => {
  const [from, to] = [stateOf(old), stateOf(now)];
  const found = diff(from, to);
  expect(found).toEqual([op({ op: 'stream', p: ['d'], gen: 'g', ...wanted })]);
  for (const each of found) apply(from, each);
  expect(shown(from)).toEqual(shown(to));
});

test.each<[string, Json]>([
  ['another generation', source(0, [0, 1, 2], 'h')],
  ['a changed row', source(0, [0, 7, 2])],
  ['fewer rows', source(0, [0])],
  ['rows that were gone', source(-0, [0, 1])],
])('of a source %s is a set', (_, now) => {
  const old = source(1, [1, 9]);
  expect(diff(stateOf(old), stateOf(now)).map(({ op: name }) => name)).toEqual(['set']);
});
