import { expect, test } from 'vitest';
import { fromSnapshot, type State } from '../../../labextension/src/core/state';
import type { Json } from '../../../labextension/src/core/values';
import { match } from '../../../labextension/src/model/match';

const ref = (id: string): Json => ({ $: 'ref', id });
const state = (roots: string[], models: Json): State =>
  fromSnapshot({ title: '', roots, models }, []);
const model = (type: string, props: Json = {}): Json => ({ type: `x/${type}@1`, props });

test('models are found again by their place and type', () => {
  const old = state(['a', 'b'], {
    a: model('Row', { children: [ref('c'), ref('d')], by: { name: ref('e') } }),
    b: model('Text'),
    c: model('Slider'),
    d: model('Text'),
    e: model('Text'),
  });
  const now = state(['1', '2'], {
    1: model('Row', { children: [ref('3'), ref('4'), ref('6')], by: { name: ref('5') } }),
    2: model('Button'),
    3: model('Slider'),
    4: model('Slider'),
    5: model('Text'),
    6: model('Text'),
  });
  expect([...match(old, now)]).toEqual([
    ['a', '1'],
    ['c', '3'],
    ['e', '5'],
  ]);
});

test('a key goes before a place, and a circle ends', () => {
  const old = state(['a'], {
    a: model('Row', { key: '', children: [ref('b'), ref('c')], up: ref('a') }),
    b: model('Text', { key: 'one' }),
    c: model('Text', { key: 'two' }),
  });
  const now = state(['1'], {
    1: model('Row', { children: [ref('2'), ref('3')], up: ref('1') }),
    2: model('Text', { key: 'two' }),
    3: model('Text', { key: 'one' }),
  });
  expect(Object.fromEntries(match(old, now))).toEqual({ a: '1', b: '3', c: '2' });
});
