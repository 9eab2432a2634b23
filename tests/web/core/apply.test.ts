import '../../../labextension/src/sync/second';
import { expect, test } from 'vitest';
import { apply } from '../../../labextension/src/core/apply';
import { Gone } from '../../../labextension/src/core/errors';
import type { Json } from '../../../labextension/src/core/values';
import { op, shown, stateOf } from './builders';

const u1 = (shape: number[], ...v: number[]) => ({
  $: 'nd',
  dtype: 'u1',
  shape,
  b64: btoa(String.fromCharCode(...v)),
});
const cols = (first: number, ...v: number[]) => ({
  $: 'cols',
  gen: 'g',
  first,
  cols: { x: u1([v.length], ...v), n: v.map((each) => `r${each}`) },
});

const props = {
  data: cols(5, 0, 1, 2),
  image: u1([2, 3], 1, 2, 3, 4, 5, 6),
  zero: u1([], 9),

  n: 1,
  list: [1, 2, 3],
  deep: { axis: { ticks: [{ at: 1 }, { at: 2 }] } },
  t: { $: 'tuple', v: [1] },
  map: {
    $: 'map',
    v: [
      [1, 'one'],
      ['two', [2]],
    ],
  },
};
const more = { b: { type: 'y/Y@2', props: {} } };

/** Apply, check the result, undo, check that nothing is left of it. */
function run(raw: Json, expected?: (doc: Json) => void): void {
  const state = stateOf(props, more);
  state.roots = ['a'];
  const before = shown(state);
  const inverse = apply(state, op(raw));
  const wanted = structuredClone(before);
  expected?.(wanted);
  expect(shown(state)).toEqual(wanted);
  for (const undo of inverse) apply(state, undo);
  expect(shown(state)).toEqual(before);
}

const cases: [Json, (doc: Json) => void][] = [
  [
    { op: 'set', p: ['n'], v: 2 },
    (d) => {
      d.models.a.props.n = 2;
    },
  ],
  [
    { op: 'set', p: ['new'], v: 2 },
    (d) => {
      d.models.a.props.new = 2;
    },
  ],
  [
    { op: 'set', p: ['deep', 'axis', 'color'], v: 'red' },
    (d) => {
      d.models.a.props.deep.axis.color = 'red';
    },
  ],
  [
    { op: 'set', p: ['deep', 'axis', 'ticks', 1, 'at'], v: 9 },
    (d) => {
      d.models.a.props.deep.axis.ticks[1].at = 9;
    },
  ],
  [
    { op: 'set', p: ['list', 2], v: 'c' },
    (d) => {
      d.models.a.props.list[2] = 'c';
    },
  ],
  [
    { op: 'del', p: ['deep', 'axis'] },
    (d) => {
      delete d.models.a.props.deep.axis;
    },
  ],
  [
    { op: 'del', p: ['n'] },
    (d) => {
      delete d.models.a.props.n;
    },
  ],
  [
    { op: 'splice', p: ['list'], i: 1, d: 1, v: ['x', 'y'] },
    (d) => {
      d.models.a.props.list = [1, 'x', 'y', 3];
    },
  ],
  [
    { op: 'splice', p: ['list'], i: null, d: 0, v: [4] },
    (d) => {
      d.models.a.props.list = [1, 2, 3, 4];
    },
  ],
  [
    { op: 'splice', p: ['list'], i: 3, d: 0, v: [[4]] },
    (d) => {
      d.models.a.props.list = [1, 2, 3, [4]];
    },
  ],
  [
    { op: 'add', m: 'c', type: 'z/Z@1', props: { q: 1 } },
    (d) => {
      d.models.c = { type: 'z/Z@1', props: { q: 1 } };
    },
  ],
  [
    { op: 'drop', ms: ['a', 'b', 'nobody'] },
    (d) => {
      d.models = {};
    },
  ],
  [
    { op: 'root+', m: 'b' },
    (d) => {
      d.roots = ['a', 'b'];
    },
  ],
  [
    { op: 'root-', m: 'a' },
    (d) => {
      d.roots = [];
    },
  ],
  [
    { op: 'title', v: 'new' },
    (d) => {
      d.title = 'new';
    },
  ],
];
const stream = (at: number, roll?: number) => ({
  op: 'stream',
  p: ['data'],
  gen: 'g',
  at,
  n: 2,
  cols: { n: ['r7', 'r8'], x: u1([2], 7, 8) },
  ...(roll && { roll }),
});
const write = { op: 'write', p: ['data'], gen: 'g', col: 'x', at: 6, v: u1([2], 7, 8) };
const block = {
  op: 'write',
  p: ['image'],
  at: [
    [0, 2, 1],
    [0, 3, 2],
  ],
  v: u1([2, 2], 7, 8, 9, 0),
};
const columnar: [Json, string, Json][] = [
  [stream(8), 'data', cols(5, 0, 1, 2, 7, 8)],
  [stream(8, 3), 'data', cols(7, 2, 7, 8)],
  [stream(9), 'data', cols(9, 7, 8)],
  [write, 'data', { ...cols(5, 0, 1, 2), cols: { x: u1([3], 0, 7, 8), n: ['r0', 'r1', 'r2'] } }],
  [
    { ...write, col: 'n', at: [5, 8, 2], v: ['a', null] },
    'data',
    { ...cols(5, 0, 1, 2), cols: { x: u1([3], 0, 1, 2), n: ['a', 'r1', null] } },
  ],
  [block, 'image', u1([2, 3], 7, 2, 8, 9, 5, 0)],
  [{ op: 'write', p: ['zero'], at: [], v: u1([], 7) }, 'zero', u1([], 7)],
];
for (const [raw, name, v] of columnar) {
  cases.push([
    raw,
    (d) => {
      d.models.a.props[name] = v;
    },
  ]);
}
test.each(cases)('%j applies and is undone', (raw, expected) => run(raw, expected));

test.each([
  [{ op: 'del', p: ['deep', 'absent'] }],
  [{ op: 'root+', m: 'a' }],
  [{ op: 'root-', m: 'b' }],
  [{ op: 'drop', ms: ['nobody'] }],
  [{ op: 'msg', name: 'click', data: 1 }],
])('%j has no effect and nothing to undo', (raw) => {
  run(raw);
  expect(
    apply(stateOf(props, more), op({ ...raw, ...(raw.op === 'root+' && { op: 'root-' }) })),
  ).toEqual([]);
});

test.each([
  [{ op: 'set', m: 'x', p: ['n'], v: 1 }, 'model-gone'],
  [{ op: 'msg', m: 'x', name: 'click', data: 1 }, 'model-gone'],
  [{ op: 'root+', m: 'x' }, 'model-gone'],
  [{ op: 'add', m: 'a', type: 'x/X@1', props: {} }, 'exists'],
  [{ op: 'set', p: [0], v: 1 }, 'target-gone'],
  [{ op: 'set', p: [], v: 1 }, 'target-gone'],
  [{ op: 'del', p: [] }, 'target-gone'],
  [{ op: 'splice', p: [], i: 0, d: 0, v: [] }, 'target-gone'],
  [{ op: 'set', p: ['map', 'two'], v: 1 }, 'target-gone'],
  [{ op: 'set', p: ['n', 'k'], v: 1 }, 'target-gone'],
  [{ op: 'set', p: ['absent', 'k'], v: 1 }, 'target-gone'],
  [{ op: 'set', p: ['list', 3], v: 1 }, 'target-gone'],
  [{ op: 'set', p: ['list', -1], v: 1 }, 'target-gone'],
  [{ op: 'set', p: ['list', 'length'], v: 1 }, 'target-gone'],
  [{ op: 'set', p: ['deep', 0], v: 1 }, 'target-gone'],
  [{ op: 'set', p: ['deep', 'toString', 'x'], v: 1 }, 'target-gone'],
  [{ op: 'del', p: ['list', 0] }, 'target-gone'],
  [{ op: 'del', p: ['absent'] }, 'target-gone'],
  [{ op: 'splice', p: ['list'], i: 4, d: 0, v: [] }, 'target-gone'],
  [{ op: 'splice', p: ['list'], i: 2, d: 2, v: [] }, 'target-gone'],
  [{ op: 'splice', p: ['list'], i: -1, d: 0, v: [] }, 'target-gone'],
  [{ op: 'splice', p: ['list'], i: 1, d: -1, v: [] }, 'target-gone'],
  [{ op: 'splice', p: ['t'], i: 0, d: 0, v: [1] }, 'target-gone'],
  [{ op: 'splice', p: ['n'], i: 0, d: 0, v: [1] }, 'target-gone'],
  [{ op: 'splice', p: ['data'], i: 0, d: 0, v: [1] }, 'target-gone'],
  [{ op: 'set', p: ['data', 'x'], v: 1 }, 'target-gone'],
  [stream(7), 'target-gone'],
  [{ ...stream(8), gen: 'h' }, 'container-replaced'],
  [{ ...write, gen: 'h' }, 'container-replaced'],
  [{ ...stream(8), p: ['n'] }, 'target-gone'],
  [{ ...write, p: ['image'] }, 'target-gone'],
  [{ ...write, at: 4 }, 'rolled-out'],
  [{ ...write, at: 7 }, 'target-gone'],
  [{ ...block, p: ['n'] }, 'target-gone'],
  [{ ...block, p: ['data'] }, 'target-gone'],
  [{ ...block, v: u1([4], 7, 8, 9, 0) }, 'target-gone'],
  [{ ...block, v: [7, 8, 9, 0] }, 'target-gone'],
  [{ ...block, at: [[0, 2, 1]] }, 'target-gone'],
  [
    {
      ...block,
      at: [
        [0, 2, 1],
        [1, 4, 2],
      ],
    },
    'target-gone',
  ],
])('%j is gone (%s) and changes nothing', (raw, kind) => {
  const state = stateOf(props, more);
  const before = shown(state);
  expect(() => apply(state, op(raw))).toThrow(new Gone(kind));
  expect(shown(state)).toEqual(before);
});

test('an operation is never changed by what is applied later', () => {
  const state = stateOf({});
  const set = op({ op: 'set', p: ['v'], v: { k: [1] } });
  const add = op({ op: 'add', m: 'c', type: 'x/X@1', props: { k: 1 } });
  apply(state, set);
  apply(state, add);
  apply(state, op({ op: 'set', p: ['v', 'k', 0], v: 2 }));
  apply(state, op({ op: 'set', m: 'c', p: ['k'], v: 2 }));
  expect(set).toEqual(op({ op: 'set', p: ['v'], v: { k: [1] } }));
  expect(add).toEqual(op({ op: 'add', m: 'c', type: 'x/X@1', props: { k: 1 } }));
});

test('dangerous keys are only keys', () => {
  const state = stateOf({ d: {} });
  apply(state, op({ op: 'set', p: ['d', '__proto__'], v: { polluted: 1 } }));
  apply(state, op({ op: 'set', p: ['__proto__'], v: 1 }));
  apply(state, op({ op: 'add', m: '__proto__', type: 'x/X@1', props: {} }));
  expect(({} as Json).polluted).toBeUndefined();
  expect(Object.keys(state.models.get('a')?.props.d as Json)).toEqual(['__proto__']);
  expect(state.models.has('__proto__')).toBe(true);
  expect(state.models.has('constructor')).toBe(false);
});

test.each(['teleport', 'toString'])('the unknown operation %s is refused', (name) => {
  const state = stateOf(props, more);
  const before = shown(state);
  expect(() => apply(state, op({ op: name }))).toThrow(`malformed ${name}`);
  expect(shown(state)).toEqual(before);
});

test('a long list can be appended at once', () => {
  const state = stateOf({ list: [] });
  apply(state, op({ op: 'splice', p: ['list'], i: 0, d: 0, v: Array(200_000).fill(0) }));
  expect(state.models.get('a')?.props.list).toHaveLength(200_000);
});
