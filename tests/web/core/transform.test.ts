import '../../../labextension/src/sync/second';
import { expect, test } from 'vitest';
import { apply } from '../../../labextension/src/core/apply';
import { Gone } from '../../../labextension/src/core/errors';
import type { Op } from '../../../labextension/src/core/ops';
import { reason, transform, xf } from '../../../labextension/src/core/transform';
import type { Json } from '../../../labextension/src/core/values';
import { op, shown, stateOf } from './builders';

const set = (p: Json, v: Json = 'v') => op({ op: 'set', p, v });
const del = (p: Json) => op({ op: 'del', p });
const splice = (i: number | null, d: number, v: Json[] = [], p: Json = ['l']) =>
  op({ op: 'splice', p, i, d, v });
const drop = op({ op: 'drop', ms: ['a'] });

const u1 = (...v: number[]) => ({
  $: 'nd',
  dtype: 'u1',
  shape: [v.length],
  b64: btoa(String.fromCharCode(...v)),
});
const stream = (at: number, v: number[], more: Json = {}) =>
  op({ op: 'stream', p: ['d'], gen: 'g', at, n: v.length, cols: { x: u1(...v) }, ...more });
const write = (at: Json, v: number[], more: Json = {}) =>
  op({ op: 'write', p: ['d'], gen: 'g', col: 'x', at, v: u1(...v), ...more });
const block = (v: number[]) => op({ op: 'write', p: ['d'], at: [[0, 2, 1]], v: u1(...v) });

const kept: [string, Op, Op, boolean?][] = [
  ['a later set over the same place', set(['k']), set(['k'])],
  ['a set through dict keys under a new dict', set(['k', 'x', 'y']), set(['k'])],
  ['a set elsewhere', set(['k']), set(['j'])],
  ['a set above', set(['k']), set(['k', 'x'])],
  ['an append', splice(null, 0, [1]), splice(0, 1)],
  ['anything over an append', splice(2, 1), splice(null, 0, [1])],
  ['an item before a splice', set(['l', 1]), splice(2, 1)],
  ['the list itself', set(['l']), splice(2, 1)],
  ['another model', op({ op: 'set', m: 'b', p: ['k'], v: 1 }), set(['k'])],
  ['a later title', op({ op: 'title', v: 'x' }), op({ op: 'title', v: 'y' })],
  ['a message', op({ op: 'msg', name: 'click', data: 1 }), set(['k'])],
  ['a root', op({ op: 'root+' }), op({ op: 'root-' })],
  ['an add over a drop', op({ op: 'add', m: 'a', type: 'x/X@1', props: {} }), drop],
  ['an early edit over a drop', set(['k']), drop, true],
  ['rows over a write', stream(3, [1]), write(0, [1])],
  ['a write over a write', write(0, [2]), write(0, [1])],
  ['early rows', stream(3, [1]), stream(3, [2]), true],
  ['rows of another generation', stream(3, [1]), stream(3, [2], { gen: 'h' })],
  ['a set of the source over rows', set(['d']), stream(3, [2])],
  ['a block over rows', block([1, 2]), stream(3, [2])],
];
test.each(kept)('%s stays the same object', (_, a, b, early) => {
  expect(xf(a, b, early)).toEqual([a]);
  expect(xf(a, b, early)[0]).toBe(a);
});

const lost: [string, Op, Op, string, boolean?][] = [
  ['an earlier set of the same place', set(['k']), set(['k']), 'container-replaced', true],
  ['an early set below', set(['k', 'x']), set(['k']), 'container-replaced', true],
  [
    'a path with an index under a new container',
    set(['k', 0, 'x']),
    set(['k']),
    'container-replaced',
  ],
  ['a splice of a replaced list', splice(0, 1), set(['l']), 'container-replaced'],
  [
    'a splice under a replaced container',
    splice(0, 1, [], ['k', 'l']),
    set(['k']),
    'container-replaced',
  ],
  ['a set under a deleted dict', set(['k', 'x']), del(['k']), 'container-replaced'],
  ['a second delete', del(['k', 'x']), del(['k', 'x']), 'container-replaced'],
  ['a deleted item', set(['l', 2, 'x']), splice(1, 2), 'target-gone'],
  ['a delete of what is deleted', splice(1, 1), splice(0, 3), 'target-gone'],
  ['rows under a new source', stream(3, [1]), set(['d']), 'container-replaced'],
  ['a write under a new source', write(3, [1]), set(['d']), 'container-replaced'],
  ['a block of a replaced array', block([1, 2]), set(['d']), 'container-replaced'],
  ['rows of a removed item', stream(3, [1], { p: ['l', 1] }), splice(1, 1), 'target-gone'],
  ['a write to rows that roll out', write(0, [1, 2]), stream(3, [1], { roll: 2 }), 'rolled-out'],
  ['a strided write to such', write([0, 2, 1], [1, 2]), stream(3, [1], { roll: 2 }), 'rolled-out'],
  ['an edit of a dropped model', set(['k']), drop, 'model-gone'],
  ['a message to a dropped model', op({ op: 'msg', name: 'click', data: 1 }), drop, 'model-gone'],
  [
    'an earlier title',
    op({ op: 'title', v: 'x' }),
    op({ op: 'title', v: 'y' }),
    'target-gone',
    true,
  ],
];
test.each(lost)('%s is dropped', (_, a, b, why, early) => {
  expect(xf(a, b, early)).toEqual([]);
  expect(reason(b)).toBe(why);
});

const moved: [string, Op, Op, Op[], boolean?][] = [
  ['an index behind an insert', set(['l', 2, 'x']), splice(1, 0, ['n']), [set(['l', 3, 'x'])]],
  ['an index behind a delete', set(['l', 2]), splice(0, 1), [set(['l', 1])]],
  ['a nested list', splice(0, 1, [], ['l', 2]), splice(0, 1), [splice(0, 1, [], ['l', 1])]],
  ['an insert at the same point', splice(1, 0, ['a']), splice(1, 0, ['b']), [splice(2, 0, ['a'])]],
  [
    'an early insert at the same point',
    splice(1, 0, ['a']),
    splice(1, 0, ['b']),
    [splice(1, 0, ['a'])],
    true,
  ],
  [
    'an insert inside a deleted range',
    splice(2, 0, ['a']),
    splice(1, 3, ['b']),
    [splice(2, 0, ['a'])],
  ],
  ['an insert behind', splice(4, 0, ['a']), splice(1, 2, ['b']), [splice(3, 0, ['a'])]],
  [
    'a delete around an insert',
    splice(1, 3, ['a']),
    splice(2, 0, ['b']),
    [splice(1, 1, ['a']), splice(3, 2)],
  ],
  ['a delete that loses its end', splice(1, 3, ['a']), splice(2, 5), [splice(1, 1, ['a'])]],
  [
    'a delete that loses its start',
    splice(2, 3, ['a']),
    splice(1, 2, ['b']),
    [splice(2, 2, ['a'])],
  ],
  ['a replacement of deleted items', splice(1, 1, ['a']), splice(0, 3), [splice(0, 0, ['a'])]],
  ['a delete right after an insert', splice(1, 1), splice(1, 0, ['b']), [splice(2, 1)]],
  [
    'an early replacement at an insert',
    splice(1, 1, ['a']),
    splice(1, 0, ['b']),
    [splice(1, 0, ['a']), splice(3, 1)],
    true,
  ],
  ['rows', stream(3, [1]), stream(3, [2, 3]), [stream(5, [1])]],
  ['a write to rows of its own', write(3, [1]), stream(3, [2, 3]), [write(5, [1])]],
  [
    'a write that begins before its own rows',
    write(2, [1, 2]),
    stream(3, [2, 3]),
    [write(2, [1]), write(5, [2])],
  ],
  [
    'a strided write that begins before its own rows',
    write([0, 6, 2], [1, 2, 3]),
    stream(3, [2, 3]),
    [write([0, 3, 2], [1, 2]), write([6, 7, 2], [3])],
  ],
  ['a write', write(0, [1, 2]), stream(3, [1], { roll: 3 }), [write(1, [2])]],
  [
    'a strided write',
    write([0, 5, 2], [1, 2, 3]),
    stream(5, [1], { roll: 5 }),
    [write([2, 5, 2], [2, 3])],
  ],
  [
    'rows of an item',
    stream(3, [1], { p: ['l', 1] }),
    splice(0, 1),
    [stream(3, [1], { p: ['l', 0] })],
  ],
  ['an early delete at an insert', splice(1, 1), splice(1, 0, ['b']), [splice(2, 1)], true],
];
test.each(moved)('%s is moved', (_, a, b, wanted, early) => {
  expect(xf(a, b, early)).toEqual(wanted);
});

function play(ops: Op[]): Json {
  const state = stateOf({ l: ['0', '1', '2', '3', '4', '5'] });
  for (const each of ops) {
    try {
      apply(state, each);
    } catch (error) {
      if (!(error instanceof Gone)) throw error;
    }
  }
  return shown(state).models.a.props.l;
}

test('two splices of one list give the same list in either order, whatever they are', () => {
  const all: [number, number, number][] = [];
  for (let i = 0; i <= 6; i++)
    for (let d = 0; d <= 6 - i; d++) for (const n of [0, 1, 2]) all.push([i, d, n]);
  const make = (who: string, [i, d, n]: [number, number, number]) =>
    splice(
      i,
      d,
      Array.from({ length: n }, (_, k) => `${who}${k}`),
    );
  for (const x of all) {
    for (const y of all) {
      const a = make('a', x);
      const b = make('b', y);
      const [a2, b2] = transform([a], [b]);
      const first = play([a, ...b2]);
      // A replacement inside what the other one replaced is the one case where the order of new items may differ.
      expect([...play([b, ...a2])].sort(), JSON.stringify([x, y])).toEqual([...first].sort());
      const removed = (k: number) =>
        (k >= x[0] && k < x[0] + x[1]) || (k >= y[0] && k < y[0] + y[1]);
      const left = ['0', '1', '2', '3', '4', '5'].filter((_, k) => !removed(k));
      expect(first.filter((item: string) => item.length === 1)).toEqual(left);
      expect(first.length).toBe(left.length + x[2] + y[2]);
    }
  }
});

test('a later transaction is carried over what its own first operation moved', () => {
  const earlier = [splice(0, 1, ['X'])];
  const later = [splice(0, 0, ['Y']), set(['l', 1], 'edit of 0')];
  const [carried, rest] = transform(earlier, later);
  // The item that the second one edits is the one that X replaced: it is gone, and Y is not edited instead.
  expect(rest).toEqual([splice(1, 0, ['Y'])]);
  expect(carried).toEqual([splice(0, 0, ['X']), splice(2, 1)]);
});

test('long transactions do not exhaust the stack', () => {
  const later = Array.from({ length: 10_000 }, (_, i) => set(['k'], i));
  const [, rest] = transform([splice(0, 0, ['X'])], later);
  expect(rest.length).toBe(10_000);
});

test('rows that were refused are taken back from under those that follow', () => {
  const { x: source } = { x: { $: 'cols', gen: 'g', first: 0, cols: { x: u1(0, 1, 2) } } };
  const state = stateOf({ d: source });
  const undo = apply(state, stream(3, [3, 4]));
  const later = [write([1, 6, 1], [1, 2, 3, 4, 5]), stream(5, [5]), write(5, [6]), stream(6, [7])];
  const [, rest] = transform(undo, later);
  expect(rest).toEqual([
    write([1, 3, 1], [1, 2]),
    write([3, 4, 1], [5]),
    stream(3, [5]),
    write(3, [6]),
    stream(4, [7]),
  ]);
  expect(transform(undo, [write(3, [1, 2])])[1]).toEqual([]);
});
