import '../../../labextension/src/sync/second';
import { expect, test } from 'vitest';
import { fromWire, isAddressed, toWire } from '../../../labextension/src/core/ops';
import { type Bytes, type Json, NdArray, Ref } from '../../../labextension/src/core/values';

test.each([
  [{ op: 'set', m: 'a', p: ['x', 'y', 0], v: { $: 'ref', id: 'b' } }],
  [{ op: 'del', m: 'a', p: ['x', 'y'] }],
  [{ op: 'splice', m: 'a', p: ['x'], i: null, d: 0, v: [{ $: 'num', v: 'nan' }] }],
  [{ op: 'add', m: 'a', type: 'x/X@1', props: { to: { $: 'ref', id: 'b' }, n: 1 } }],
  [
    {
      op: 'stream',
      m: 'a',
      p: ['d'],
      gen: 'g',
      at: 7,
      n: 1,
      roll: 9,
      cols: { n: ['x'], t: [null] },
    },
  ],
  [{ op: 'write', m: 'a', p: ['d'], gen: 'g', col: 'n', at: [0, 3, 2], v: ['x', 'y'] }],
  [{ op: 'drop', ms: ['a'] }],
  [{ op: 'root+', m: 'a' }],
  [{ op: 'root-', m: 'a' }],
  [{ op: 'title', v: 't' }],
  [{ op: 'msg', m: 'a', name: 'click', data: null }],
])('%j travels there and back', (raw) => {
  expect(JSON.parse(JSON.stringify(toWire(fromWire(raw, []), null)))).toEqual(raw);
});

test('values inside are decoded', () => {
  const set = fromWire({ op: 'set', m: 'a', p: ['x'], v: { $: 'ref', id: 'b' } }, []) as Json;
  expect(set.v).toBeInstanceOf(Ref);
  expect((fromWire({ op: 'msg', m: 'a', name: 'n' }, []) as Json).data).toBe(null);
});

test('arrays go to buffers', () => {
  const buffers: Bytes[] = [];
  const v = new NdArray('u1', [1], new Uint8Array([5]));
  expect(toWire({ op: 'set', m: 'a', p: ['x'], v }, buffers).v).toMatchObject({ buf: 0 });
  expect(buffers).toHaveLength(1);
});

test('only operations with a path are addressed', () => {
  expect(isAddressed({ op: 'title', v: 't' })).toBe(false);
  expect(isAddressed({ op: 'del', m: 'a', p: ['x'] })).toBe(true);
});
