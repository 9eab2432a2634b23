import '../../../labextension/src/sync/second';
import { expect, test } from 'vitest';
import type { Json } from '../../../labextension/src/core/values';
import { encode } from '../../../labextension/src/core/values';
import { renamed, renamedOp, renamedState } from '../../../labextension/src/model/rename';
import { op, shown, stateOf } from '../core/builders';

const ids = new Map([
  ['a', 'A'],
  ['g', 'G'],
]);
const ref = (id: string): Json => ({ $: 'ref', id });

test('references get the new ids wherever they stand, and nothing else changes', () => {
  const props = (a: string, gen: string) => ({
    to: ref(a),
    list: [ref(a), 'a', 1, null],
    dict: { a: ref('b') },
    pair: { $: 'tuple', v: [ref(a), 'a'] },
    data: { $: 'cols', gen, first: 2, cols: { a: ['a'] } },
    image: { $: 'nd', dtype: 'u1', shape: [1], b64: 'AQ==' },
  });
  const v = stateOf(props('a', 'g')).models.get('a')?.props as Json;
  expect(JSON.parse(JSON.stringify(encode(renamed(v, ids), null)))).toEqual(props('A', 'G'));
});

test.each([
  [
    { op: 'set', m: 'a', p: ['a', 0], v: 'a' },
    { op: 'set', m: 'A', p: ['a', 0], v: 'a' },
  ],
  [
    { op: 'drop', ms: ['a', 'b'] },
    { op: 'drop', m: 'A', ms: ['A', 'b'] },
  ],
  [
    { op: 'root+', m: 'b' },
    { op: 'root+', m: 'b' },
  ],
  [
    { op: 'stream', m: 'a', p: ['a'], gen: 'g', at: 1, n: 1, cols: { a: ['a'] } },
    { op: 'stream', m: 'A', p: ['a'], gen: 'G', at: 1, n: 1, cols: { a: ['a'] } },
  ],
  [
    { op: 'add', m: 'c', type: 'a', props: { x: ref('a') } },
    { op: 'add', m: 'c', type: 'a', props: { x: ref('A') } },
  ],
])('%j means the models by their new ids', (raw, wanted) => {
  expect(renamedOp(op(raw), ids)).toEqual(op(wanted));
});

test('a state has its models and roots by the new ids', () => {
  const state = stateOf({ to: ref('a') });
  state.roots = ['a'];
  expect(shown(renamedState(state, ids))).toMatchObject({
    roots: ['A'],
    models: { A: { props: { to: ref('A') } } },
  });
  expect(renamedState(state, new Map())).toBe(state);
});
