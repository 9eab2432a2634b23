import '../../../labextension/src/sync/second';
import { expect, test } from 'vitest';
import { isDict } from '../../../labextension/src/core/dicts';
import {
  type Bytes,
  decode,
  encode,
  equal,
  type Json,
  NdArray,
  Opaque,
  Ref,
} from '../../../labextension/src/core/values';
import { clone } from '../../../labextension/src/model/clone';

const there = (raw: Json) => decode(raw, []);
const back = (raw: Json) => JSON.parse(JSON.stringify(encode(there(raw), null)));

const X = { $: 'nd', dtype: 'f4', shape: [2], b64: 'AACAPwAAAEA=' };

test.each([
  [null],
  [true],
  [1.5],
  ['text'],
  [[1, [2, 'x']]],
  [{ a: { b: [null] } }],
  [{ $: 'ref', id: 'py-1' }],
  [{ $: 'num', v: 'nan' }],
  [{ $: 'num', v: 'inf' }],
  [{ $: 'num', v: '-inf' }],
  [{ $: 'num', v: '-0' }],
  [{ $: 'int', v: '9007199254740993' }],
  [{ $: 'int', v: '-123456789012345678901234567890' }],
  [{ $: 'time', v: 1700000000000.25 }],
  [{ $: 'dur', v: 12.5 }],
  [{ $: 'set', v: [1, 2] }],
  [{ $: 'tuple', v: [{ $: 'ref', id: 'x' }, 1] }],
  [
    {
      $: 'map',
      v: [
        [1, 'a'],
        [{ $: 'tuple', v: [1] }, 'b'],
      ],
    },
  ],
  [
    {
      $: 'map',
      v: [
        ['$', 1],
        ['b', 2],
      ],
    },
  ],
  [{ $: 'bytes', b64: 'AAEC' }],
  [{ $: 'nd', dtype: 'f4', shape: [2], b64: 'AACAPwAAAEA=' }],
  [{ $: 'nd', dtype: 'u8', shape: [1], b64: '//////////8=' }],
  [{ $: 'nd', dtype: 'f8', shape: [0, 3], b64: '' }],
  [{ $: 'nd', dtype: 'b1', shape: [], b64: 'AQ==' }],
  [{ $: 'cols', gen: 'py-1', first: 0, cols: {} }],
  [
    {
      $: 'cols',
      gen: 'py-1',
      first: 7,
      cols: { x: X, n: [null, { $: 'int', v: '9007199254740993' }] },
    },
  ],
  [{ $: 'new-tag', anything: [1, { deep: true }] }],
])('%j travels there and back', (raw) => {
  expect(back(raw)).toEqual(raw);
});

test('a dict is made without a prototype and keeps dangerous keys', () => {
  const raw = JSON.parse('{"__proto__":{"a":1},"constructor":2,"toString":3}');
  const v = there(raw) as Json;
  expect(isDict(v)).toBe(true);
  expect(Object.keys(v)).toEqual(['__proto__', 'constructor', 'toString']);
  expect(v.a).toBeUndefined();
  expect(JSON.stringify(encode(v, null))).toBe(JSON.stringify(raw));
  expect(JSON.stringify(encode(clone(v), null))).toBe(JSON.stringify(raw));
});

test('a dict with the key $ is a dict in the model', () => {
  const v = there({
    $: 'map',
    v: [
      ['$', 1],
      ['b', 2],
    ],
  }) as Json;
  expect(isDict(v)).toBe(true);
  expect(v.$).toBe(1);
});

test('an integer that a number holds exactly is a number', () => {
  expect(there({ $: 'int', v: '9007199254740993' })).toBe(9007199254740993n);
  expect(clone(5n)).toBe(5);
});

test('an array aliases its buffer', () => {
  const buffer = new Float64Array([1, 2, 3]).buffer;
  const nd = { $: 'nd', dtype: 'f8', shape: [2], buf: 0 };
  const view = decode(nd, [new Uint8Array(buffer, 8, 16)]) as NdArray;
  expect([...view.data]).toEqual([2, 3]);
  expect(view.data.buffer).toBe(buffer);
});

test('array data goes to buffers in the order of appearance', () => {
  const buffers: Bytes[] = [];
  const nd = new NdArray('u1', [2], new Uint8Array([1, 2]));
  const raw = encode({ a: nd, b: new Uint8Array([9]) } as Json, buffers);
  expect(JSON.parse(JSON.stringify(raw))).toEqual({
    a: { $: 'nd', dtype: 'u1', shape: [2], buf: 0 },
    b: { $: 'bytes', buf: 1 },
  });
  expect(buffers.map((b) => [...b])).toEqual([[1, 2], [9]]);
});

test('base64 of a large array survives', () => {
  const data = new Float64Array(30_000).map((_, i) => i / 3);
  const nd = new NdArray('f8', [30_000], data);
  expect(equal(decode(encode(nd, null), []), nd)).toBe(true);
});

test.each([
  [{ $: 'nd', dtype: 'f8', shape: [2], b64: 'AAAAAAAAAAA=' }],
  [{ $: 'nd', dtype: 'c16', shape: [0], b64: '' }],
  [{ $: 'nd', dtype: 'toString', shape: [0], b64: '' }],
  [{ $: 'nd', dtype: 'u1', shape: [-1], b64: '' }],
  [{ $: 'nd', dtype: 'u1', shape: [0.5], b64: '' }],
  [{ $: 'nd', dtype: 'u1', shape: 3, b64: 'AAAA' }],
  [{ $: 'nd', dtype: 'u1', shape: [1, 1, 1, 1, 1, 1, 1, 1, 1], b64: 'AA==' }],
  [{ $: 'nd', dtype: 'u1', shape: [1] }],
  [{ $: 'nd', dtype: 'u1', shape: [1], buf: 0, b64: 'AA==' }],
  [{ $: 'bytes', buf: 0 }],
  [{ $: 'bytes', b64: 'AAA' }],
  [{ $: 'bytes', b64: '!!!!' }],
  [{ $: 'num', v: 'toString' }],
  [{ $: 'int', v: '1e3' }],
  [{ $: 'int', v: 7 }],
  [{ $: 'ref', id: 7 }],
  [{ $: 'map', v: [[1]] }],
  [{ $: 'map', v: [[[], 1]] }],
  [{ $: 'set', v: 1 }],
  [{ $: 'cols', first: 0, cols: {} }],
  [{ $: 'cols', gen: 'g', cols: {} }],
  [{ $: 'cols', gen: 'g', first: -1, cols: {} }],
  [{ $: 'cols', gen: 'g', first: 0.5, cols: {} }],
  [{ $: 'cols', gen: 'g', first: 0 }],
  [{ $: 'cols', gen: 'g', first: 0, cols: [] }],
  [{ $: 'cols', gen: 'g', first: 0, cols: { x: 1 } }],
  [{ $: 'cols', gen: 'g', first: 0, cols: { x: { k: 1 } } }],
  [{ $: 'cols', gen: 'g', first: 0, cols: { x: 'ab' } }],
  [{ $: 'cols', gen: 'g', first: 0, cols: { x: { ...X, shape: [2, 1] } } }],
  [{ $: 'cols', gen: 'g', first: 0, cols: { x: X, y: [1] } }],
])('%j is refused', (raw) => {
  expect(() => there(raw)).toThrow();
});

test('a buffer may be referenced once', () => {
  const raw = { $: 'bytes', buf: 0 };
  expect(() => decode([raw, raw], [new Uint8Array(1)])).toThrow();
});

test('equality is that of the canonical encoding', () => {
  const a = (raw: Json) => there(raw);
  expect(equal(NaN, NaN)).toBe(true);
  expect(equal(1, true)).toBe(false);
  expect(equal(null, undefined)).toBe(false);
  expect(equal(a({ x: 1, y: [2] }), a({ y: [2], x: 1 }))).toBe(true);
  expect(equal(a({ x: 1 }), a({ y: 1 }))).toBe(false);
  expect(equal(a([1]), a({ 0: 1 }))).toBe(false);
  expect(equal(new Ref('a'), new Ref('a'))).toBe(true);
  expect(equal(new Ref('a'), a({ id: 'a' }))).toBe(false);
  expect(equal(a({ $: 'set', v: [1, 'b', [2]] }), a({ $: 'set', v: [[2], 1, 'b'] }))).toBe(true);
  expect(equal(a({ $: 'set', v: [1] }), a({ $: 'tuple', v: [1] }))).toBe(false);
  expect(equal(a({ $: 'tuple', v: [1, 2] }), a({ $: 'tuple', v: [2, 1] }))).toBe(false);
  expect(equal(a({ $: 'tuple', v: [1] }), a({ $: 'set', v: [1] }))).toBe(false);
  const map = (...v: Json[]) => a({ $: 'map', v });
  expect(equal(map([1, 2], [3, 4]), map([1, 2], [3, 4]))).toBe(true);
  expect(equal(map([1, 2]), map([1, 3]))).toBe(false);
  expect(equal(a({ $: 'other', q: 1 }), a({ $: 'other', q: 1 }))).toBe(true);
  const nd = (dtype: string, shape: number[]) => a({ $: 'nd', dtype, shape, b64: 'AAAAAA==' });
  expect(equal(nd('u1', [4]), nd('u1', [4]))).toBe(true);
  expect(equal(nd('u1', [4]), nd('u1', [2, 2]))).toBe(false);
  expect(equal(nd('u1', [4]), nd('i1', [4]))).toBe(false);
});

test('a clone shares nothing that its giver could change', () => {
  const given = {
    list: [1, { deep: 2 }],
    nd: new NdArray('u1', [1], new Uint8Array([7])),
    none: undefined,
  };
  const v = clone(given) as Json;
  (given.list[1] as Json).deep = 3;
  given.nd.data[0] = 8;
  expect(v.list[1].deep).toBe(2);
  expect(v.nd.data[0]).toBe(7);
  expect(v.none).toBe(null);
  expect(isDict(v)).toBe(true);
  expect(clone(-0)).toBe(-0);
  expect(clone(NaN)).toBeNaN();
  expect(isDict(clone(new Map([['a', 1]])))).toBe(true);
  expect(encode(clone(new Map([[1, 'a']])), null)).toEqual({ $: 'map', v: [[1, 'a']] });
});

test('an unknown tag is opaque', () => {
  expect(there({ $: 'new', gen: 'x' })).toBeInstanceOf(Opaque);
});
