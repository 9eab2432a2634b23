import { expect, test } from 'vitest';
import { mapDict } from '../../../labextension/src/core/dicts';
import { Gone } from '../../../labextension/src/core/errors';
import { live, set, splice } from './harness';

const ops = (message: { content: { ops: unknown } }) => message.content.ops;

test('an edit shows at once and is sent', () => {
  const h = live();
  h.set('n', 1);
  expect(h.get('n')).toBe(1);
  const { header, content } = h.only();
  expect(header).toMatchObject({
    msgtype: 'PATCH-DOC',
    client: 'c1',
    seq: 1,
    base: 5,
    epoch: 'E1',
    seen: 5,
  });
  expect(content.ops).toEqual([set('n', 1)]);
});

test('an edit without a target is refused and nothing is queued', () => {
  const h = live();
  expect(() => h.edit({ op: 'set', m: 'x', p: ['n'], v: 1 })).toThrow(Gone);
  expect(() => h.edit({ op: 'splice', m: 'a', p: ['list'], i: 9, d: 0, v: [] })).toThrow(Gone);
  expect(h.replica.pending).toBe(0);
  expect(h.take()).toEqual([]);
});

test('one transaction is in flight, the rest waits and is merged', () => {
  const h = live();
  for (let v = 1; v <= 5; v++) h.set('n', v);
  expect(ops(h.only() as never)).toEqual([set('n', 1)]);
  h.ok(1, 5, 6);
  const next = h.only();
  expect(next.header).toMatchObject({ seq: 2, base: 6 });
  expect(next.content.ops).toEqual([set('n', 5)]);
  h.ok(2, 6, 7);
  expect(h.replica.pending).toBe(0);
  expect(h.get('n')).toBe(5);
});

test('sets of one place are merged across sets of other places only', () => {
  const h = live();
  h.set('z', 0);
  h.take();
  h.set('n', 1);
  h.set('k', 1);
  h.set('n', 2);
  h.edit({ op: 'msg', m: 'a', name: 'click', data: null });
  h.set('n', 3);
  h.set('n', 4);
  h.ok(1, 5, 6);
  const click = { op: 'msg', m: 'a', name: 'click', data: null };
  expect(h.only().content.ops).toEqual([set('n', 2), set('k', 1), click, set('n', 4)]);
});

test('a set inside an earlier set is not merged into it', () => {
  const h = live({ d: { x: 0 }, n: 0 });
  h.set('n', 1);
  h.take();
  h.edit({ op: 'set', m: 'a', p: ['d', 'x'], v: 1 });
  h.edit({ op: 'set', m: 'a', p: ['d', 'x'], v: 2 });
  h.edit({ op: 'set', m: 'a', p: ['d', 'y'], v: 3 });
  h.edit({ op: 'set', m: 'a', p: ['d', 'x'], v: 4 });
  h.ok(1, 5, 6);
  expect(
    h.only().content.ops.map((o: never) => [(o as { p: string[] }).p[1], (o as { v: number }).v]),
  ).toEqual([
    ['x', 2],
    ['y', 3],
    ['x', 4],
  ]);
  expect(h.get('d')).toEqual(Object.assign(Object.create(null), { x: 4, y: 3 }));
});

test('another commit under a pending edit does not flicker', () => {
  const h = live();
  h.set('n', 7);
  h.notes.changes = [];
  h.patch(6, [set('n', 3)]);
  expect(h.get('n')).toBe(7);
  expect(h.notes.changes).toEqual([]);
  h.ok(1, 6, 7, { verbatim: true, conflicts: [{ op: 0, kind: 'concurrent', rev: 6, by: 'py' }] });
  expect(h.get('n')).toBe(7);
  expect(h.notes.conflicts).toMatchObject([
    { kind: 'concurrent', rev: 6, by: 'py', op: { op: 'set', v: 7 } },
  ]);
});

test('an edit that is not sent yet stays on top of what is committed', () => {
  const h = live();
  h.notes.step(() => h.replica.local({ op: 'set', m: 'a', p: ['n'], v: 7 }));
  h.patch(6, [set('n', 1)]);
  h.notes.step(() => h.replica.redo(() => expect(h.get('n')).toBe(1)));
  expect([h.get('n'), h.replica.pending]).toEqual([7, 1]);
});

test('my own commit ends what is in flight, although nothing of it is left here', () => {
  const h = live();
  h.edit({ op: 'set', m: 'a', p: ['list', 0], v: 9 });
  h.patch(6, [splice(0, 1, [])]);
  expect([h.replica.pending, h.replica.inFlight]).toEqual([0, 1]);
  h.patch(7, [set('n', 1)], 'c1', 1);
  expect([h.replica.inFlight, h.replica.waiting, h.get('n')]).toEqual([null, null, 1]);
});

test('a commit elsewhere is applied beside pending edits', () => {
  const h = live();
  h.set('n', 7);
  h.notes.changes = [];
  h.patch(6, [set('k', 3)]);
  expect(h.notes.changes).toEqual([
    { props: [{ m: 'a', name: 'k', old: 0 }], added: [], dropped: [], roots: false, title: false },
  ]);
  h.ok(1, 6, 7);
  expect([h.get('n'), h.get('k')]).toEqual([7, 3]);
});

test('an adjusted value is shown', () => {
  const h = live();
  h.set('n', 7);
  h.ok(1, 5, 6, { ops: [set('n', 5)], conflicts: [{ op: 0, kind: 'adjusted' }] });
  expect(h.get('n')).toBe(5);
  expect(h.notes.conflicts).toMatchObject([{ kind: 'adjusted' }]);
});

test('a transaction without an effect leaves the view', () => {
  const h = live();
  h.set('n', 7);
  h.ok(1, 5, 5, { ops: [], conflicts: [{ op: 0, kind: 'target-gone' }] });
  expect(h.get('n')).toBe(0);
  expect(h.replica.rev).toBe(5);
  expect(h.replica.pending).toBe(0);
});

test('a refused transaction falls back and carries the queue over its absence', () => {
  const h = live();
  h.splice(0, 0, ['mine']);
  h.splice(3, 1, ['third']);
  expect(h.get('list')).toEqual(['mine', 1, 2, 'third']);
  h.take();
  h.error(1, 5, { code: 'invalid-value', op: 0, text: 'no' });
  expect(h.get('list')).toEqual([1, 2, 'third']);
  expect(h.notes.conflicts).toMatchObject([
    { kind: 'refused', code: 'invalid-value', text: 'no', op: { i: 0 } },
  ]);
  const next = h.only();
  expect(next.header.seq).toBe(2);
  expect(next.content.ops).toEqual([splice(2, 1, ['third'])]);
});

test('what a refused transaction had added takes the edits of it along', () => {
  const h = live();
  h.notes.step(() => {
    h.replica.local({ op: 'add', m: 'c1-1', type: 'x/X@1', props: mapDict({}, String) });
    h.replica.local({ op: 'root+', m: 'c1-1' });
  });
  h.link.flush(0);
  h.edit({ op: 'set', m: 'c1-1', p: ['q'], v: 1 });
  h.take();
  h.error(1, 5, { code: 'unauthorised' });
  expect(h.replica.state.models.has('c1-1')).toBe(false);
  expect(h.replica.state.roots).toEqual(['a']);
  expect(h.notes.conflicts.map((c) => c.kind)).toEqual(['refused', 'refused', 'model-gone']);
  expect(h.replica.pending).toBe(0);
  expect(h.take()).toEqual([]);
});

test('verbatim means what was submitted, not what it was rebased to', () => {
  const h = live();
  h.splice(1, 0, ['mine']);
  h.take();
  h.patch(6, [splice(0, 0, ['theirs'])]);
  expect(h.get('list')).toEqual(['theirs', 1, 'mine', 2, 3]);
  // A server that transforms in another way says so with "verbatim": the submitted index counts.
  h.ok(1, 6, 7);
  expect(h.get('list')).toEqual(['theirs', 'mine', 1, 2, 3]);
});

test('pending list edits are carried over others and stay where they were meant', () => {
  const h = live();
  h.splice(3, 0, ['end']);
  h.splice(1, 1, []);
  h.take();
  h.patch(6, [splice(0, 1, ['X', 'Y'])]);
  expect(h.get('list')).toEqual(['X', 'Y', 3, 'end']);
  h.ok(1, 6, 7, { ops: [splice(4, 0, ['end'])] });
  expect(h.only().content.ops).toEqual([splice(2, 1, [])]);
  expect(h.get('list')).toEqual(['X', 'Y', 3, 'end']);
});

test('a queued edit of what is gone is told and dropped', () => {
  const h = live();
  h.set('n', 1);
  h.edit({ op: 'set', m: 'a', p: ['list', 1], v: 'x' });
  h.patch(6, [splice(0, 3, [])]);
  expect(h.notes.conflicts).toMatchObject([{ kind: 'target-gone', op: { p: ['list', 1] } }]);
  expect(h.replica.pending).toBe(1);
});

test('an edit that does not resolve stays pending and comes back when it does', () => {
  const h = live({ d: { e: {} } });
  h.edit({ op: 'set', m: 'a', p: ['d', 'e', 'x'], v: 1 });
  h.patch(6, [set('d', {})]);
  expect(h.get('d')).toEqual(Object.create(null));
  expect(h.replica.pending).toBe(1);
  h.patch(7, [set('d', { e: {} })]);
  expect(h.get('d').e.x).toBe(1);
});

test('my own commit in a patch ends what is in flight, and its late OK only tells conflicts', () => {
  const h = live();
  h.splice(0, 0, ['mine']);
  h.patch(6, [splice(0, 0, ['mine'])], 'c1', 1, true);
  expect(h.get('list')).toEqual(['mine', 1, 2, 3]);
  expect(h.replica.pending).toBe(0);
  h.set('n', 2);
  h.take();
  h.ok(1, 5, 6, { verbatim: true, conflicts: [{ op: 0, kind: 'concurrent' }] });
  expect(h.get('list')).toEqual(['mine', 1, 2, 3]);
  expect(h.replica.pending).toBe(1);
  expect(h.notes.conflicts).toMatchObject([{ kind: 'concurrent', op: { op: 'splice' } }]);
});

test('nothing is sent before the OK of what a patch committed has told its conflicts', () => {
  const h = live();
  h.splice(0, 0, ['mine']);
  h.take();
  h.patch(6, [splice(0, 0, ['mine'])], 'c1', 1, true);
  h.set('n', 2);
  expect(h.take()).toEqual([]);
  h.patch(9, []);
  expect(h.pulled().content.pending).toBe(1);
  const content = { ops: [splice(0, 0, ['mine'])], conflicts: [{ op: 0, kind: 'adjusted' }] };
  const result = { type: 'OK', seq: 1, since: 5, rev: 6, content };
  h.delta(6, [], { last_seq: 1, result } as object);
  expect(h.notes.conflicts).toMatchObject([{ kind: 'adjusted', op: { op: 'splice' } }]);
  expect(h.only().header.seq).toBe(2);
});

test('a commit without conflicts in a patch is the whole outcome', () => {
  const h = live();
  const of = { rev: null };
  h.notes.step(() => h.replica.local({ op: 'set', m: 'a', p: ['n'], v: 1 }, of));
  h.link.flush(0);
  h.take();
  h.set('k', 2);
  h.patch(6, [set('n', 1)], 'c1', 1);
  expect([of.rev, h.replica.awaits(of)]).toEqual([6, false]);
  expect(h.only().header.seq).toBe(2);
});

test('what was committed where this state has no place moves nothing', () => {
  const h = live();
  h.splice(null, 0, ['sent']);
  h.take();
  h.splice(null, 0, ['a', 'b', 'c']);
  h.splice(2, 4, []);
  h.patch(9, []);
  h.pulled();
  const content = { ops: [splice(4, 0, ['sent'])] };
  const result = { type: 'OK', seq: 1, since: 6, rev: 7, content };
  const list = [1, 2, 3, 4, 'sent'];
  h.snapshot(8, { n: 0, k: 0, list }, { last_seq: 1, result } as object);
  expect(h.get('list')).toEqual([1, 2, 4, 'sent', 'c']);
});

test('a delta shows my commit, and the result beside it tells the conflicts', () => {
  const h = live();
  h.splice(0, 0, ['mine']);
  h.take();
  h.patch(9, []);
  h.pulled();
  const ops = [splice(0, 0, ['mine'])];
  const content = { ops, conflicts: [{ op: 0, kind: 'adjusted' }] };
  const result = { type: 'OK', seq: 1, since: 5, rev: 6, content };
  const tx = { rev: 6, by: 'c1', seq: 1, conflicts: true, ops };
  h.delta(5, [tx], { last_seq: 1, result } as object);
  expect(h.get('list')).toEqual(['mine', 1, 2, 3]);
  expect(h.notes.conflicts).toMatchObject([{ kind: 'adjusted', op: { op: 'splice' } }]);
  expect(h.replica.waiting).toBe(null);
});

test('an OK in flight ends it even when its revision was applied already', () => {
  const h = live();
  h.splice(0, 0, ['mine']);
  h.patch(6, [splice(0, 0, ['mine'])], 'c1');
  h.ok(1, 5, 6);
  expect(h.get('list')).toEqual(['mine', 1, 2, 3]);
  expect(h.replica.pending).toBe(0);
});

test('a patch that is known already is skipped', () => {
  const h = live();
  h.patch(6, [splice(0, 1, [])]);
  h.patch(6, [splice(0, 1, [])]);
  expect(h.get('list')).toEqual([2, 3]);
});

test('messages reach everybody but their author', () => {
  const h = live();
  const click = { op: 'msg', m: 'a', name: 'click', data: { x: 1 } };
  h.patch(6, [set('n', 1), click, set('n', 2)]);
  expect(h.notes.messages).toHaveLength(1);
  expect(h.notes.messages[0]?.slice(0, 2)).toEqual(['a', 'click']);
  h.patch(7, [click], 'c1', 9);
  expect(h.notes.messages).toHaveLength(1);
});

test('messages are told beside pending edits, near ones too', () => {
  const h = live();
  const click = { op: 'msg', m: 'a', name: 'click', data: 1 };
  h.set('n', 7);
  h.patch(6, [click]);
  h.patch(7, [set('n', 1), click]);
  h.patch(8, [click], 'c1', 9);
  expect([h.notes.messages.length, h.get('n'), h.replica.msgs]).toEqual([2, 7, 3]);
});

test('a step tells each change once, against its start, and only if there is one', () => {
  const h = live();
  h.notes.step(() => {
    h.set('n', 1);
    h.set('n', 2);
    h.set('k', 1);
    h.set('k', 0);
    h.edit({ op: 'title', v: 'new' });
    h.edit({ op: 'root-', m: 'a' });
    h.edit({ op: 'root+', m: 'a' });
  });
  expect(h.notes.changes).toEqual([
    { props: [{ m: 'a', name: 'n', old: 0 }], added: [], dropped: [], roots: false, title: true },
  ]);
});

test('models that come and go are told', () => {
  const h = live();
  const add = { op: 'add', m: 'b', type: 'y/Y@1', props: { q: 1 } };
  h.patch(6, [add, { op: 'set', m: 'b', p: ['q'], v: 2 }, { op: 'root+', m: 'b' }]);
  h.patch(7, [{ op: 'drop', ms: ['b'] }]);
  expect(h.notes.changes).toEqual([
    { props: [], added: ['b'], dropped: [], roots: true, title: false },
    { props: [], added: [], dropped: ['b'], roots: false, title: false },
  ]);
});

test('a drop under pending edits drops them', () => {
  const h = live();
  h.patch(6, [{ op: 'add', m: 'b', type: 'y/Y@1', props: { q: 1 } }]);
  h.set('n', 1);
  h.edit({ op: 'set', m: 'b', p: ['q'], v: 5 });
  h.patch(7, [{ op: 'drop', ms: ['b'] }]);
  expect(h.replica.state.models.has('b')).toBe(false);
  expect(h.notes.conflicts).toMatchObject([{ kind: 'model-gone' }]);
});

test('a long queue goes out in transactions of at most the limit', () => {
  const h = live();
  h.set('n', 1);
  h.take();
  for (let i = 0; i < 12_000; i++) h.replica.local({ op: 'msg', m: 'a', name: 'e', data: i });
  h.ok(1, 5, 6);
  expect(h.only().content.ops).toHaveLength(10_000);
});

const titles = (message: { content: { ops: { op: string }[] } }) =>
  message.content.ops.map(({ op }) => op);

test('titles are merged, and appends to a list, and what is typed into it', () => {
  const h = live();
  h.set('z', 0);
  h.take();
  h.edit({ op: 'title', v: 'a' });
  h.edit({ op: 'title', v: 'b' });
  h.splice(null, 0, ['x']);
  h.splice(null, 0, ['y']);
  h.splice(4, 1, ['z', 'z']);
  h.ok(1, 5, 6);
  expect(h.get('list')).toEqual([1, 2, 3, 'x', 'z', 'z']);
  expect(ops(h.only() as never)).toEqual([
    { op: 'title', v: 'b' },
    { op: 'splice', m: 'a', p: ['list'], i: null, d: 0, v: ['x', 'z', 'z'] },
  ]);
  h.error(2, 6, { op: 0 });
  expect([h.get('list'), h.replica.state.title]).toEqual([[1, 2, 3], 't']);
});

test('splices that do not touch, or an append behind one in place, stay apart', () => {
  const h = live();
  h.set('z', 0);
  h.take();
  h.splice(0, 0, ['x']);
  h.splice(2, 1, []);
  h.splice(1, 0, ['y']);
  h.splice(0, 1, ['w']);
  h.splice(null, 0, ['end']);
  h.ok(1, 5, 6);
  expect(titles(h.only() as never)).toHaveLength(5);
});

const source = (first: number, ...v: number[]) => ({
  $: 'cols',
  gen: 'g',
  first,
  cols: { x: v },
});
const stream = (at: number, v: number[], more = {}) =>
  ({ op: 'stream', m: 'a', p: ['d'], gen: 'g', at, n: v.length, cols: { x: v }, ...more }) as const;
const rows = (h: ReturnType<typeof live>) => {
  const { first, cols } = h.get('d');
  return [first, cols.x];
};

test('streams are merged where they keep the same rows, and undone together', () => {
  const h = live({ d: source(0, 0), z: 0 });
  h.set('z', 1);
  h.take();
  h.edit(stream(1, [1]));
  h.edit(stream(2, [2, 3]));
  h.edit(stream(4, [4], { roll: 3 }));
  h.ok(1, 5, 6);
  expect(ops(h.only() as never)).toEqual([stream(1, [1, 2, 3]), stream(4, [4], { roll: 3 })]);
  expect(rows(h)).toEqual([2, [2, 3, 4]]);
  h.error(2, 6, { op: 0 });
  expect(rows(h)).toEqual([0, [0]]);
});

test('rows of others move mine behind them', () => {
  const h = live({ d: source(0, 0), z: 0 });
  h.edit(stream(1, [1]));
  h.edit({ op: 'write', m: 'a', p: ['d'], gen: 'g', col: 'x', at: 1, v: [7] });
  h.patch(6, [stream(1, [8, 9])]);
  expect(rows(h)).toEqual([0, [0, 8, 9, 7]]);
  h.ok(1, 6, 7, { ops: [stream(3, [1])] });
  expect(ops(h.take().at(-1) as never)).toEqual([
    { op: 'write', m: 'a', p: ['d'], gen: 'g', col: 'x', at: 3, v: [7] },
  ]);
  h.ok(2, 7, 8);
  expect(rows(h)).toEqual([0, [0, 8, 9, 7]]);
});

test('a gap in the rows of others moves mine behind it', () => {
  const h = live({ d: source(0, 0), z: 0 });
  h.edit(stream(1, [1]));
  h.edit({ op: 'write', m: 'a', p: ['d'], gen: 'g', col: 'x', at: 1, v: [7] });
  h.edit(stream(2, [2]));
  h.patch(6, [stream(5, [5, 6], { roll: 2 })]);
  expect(rows(h)).toEqual([5, [5, 6, 7, 2]]);
  h.error(1, 6, { op: 0 });
  expect(ops(h.take().at(-1) as never)).toEqual([stream(7, [2])]);
  expect(rows(h)).toEqual([5, [5, 6, 2]]);
});

test('rows that a server never had are a fault', () => {
  const h = live({ d: source(3, 0), z: 0 });
  h.patch(6, [stream(3, [8])]);
  expect(h.pulled().content.kind).toBe('snapshot');
});

test('what was only partly committed takes the queue along', () => {
  const h = live();
  h.splice(0, 0, ['a', 'b']);
  h.splice(3, 0, ['mine']);
  expect(h.get('list')).toEqual(['a', 'b', 1, 'mine', 2, 3]);
  h.ok(1, 5, 6, { ops: [splice(0, 0, ['a'])], conflicts: [{ op: 0, kind: 'adjusted' }] });
  expect(h.take().at(-1)?.content.ops).toEqual([splice(2, 0, ['mine'])]);
  expect(h.get('list')).toEqual(['a', 1, 'mine', 2, 3]);
});

test('an append is committed where it is shown, and the queue stays', () => {
  const h = live();
  h.splice(null, 0, ['a']);
  h.splice(4, 0, ['b']);
  h.ok(1, 5, 6, { ops: [splice(3, 0, ['a'])] });
  expect(h.take().at(-1)?.content.ops).toEqual([splice(4, 0, ['b'])]);
});

test('edits with a mode travel alone, those with a label together', () => {
  const h = live();
  const strict = { mode: 'strict', rev: null } as const;
  const drag = () => ({ label: 'drag', rev: null });
  h.set('z', 0);
  h.take();
  const local = (name: string, v: number, of?: { rev: number | null }) =>
    h.notes.step(() => h.replica.local({ op: 'set', m: 'a', p: [name], v }, of));
  local('n', 1);
  local('n', 2, strict);
  local('n', 3, strict);
  local('k', 4, drag());
  local('z', 5, drag());
  local('n', 6);
  const sent: unknown[] = [];
  for (let seq = 1; seq <= 5; seq++) {
    h.ok(seq, seq + 4, seq + 5);
    const [message] = h.take();
    if (!message) break;
    const { ops: list, mode, label } = message.content;
    sent.push([mode, label, list.map(({ p, v }: { p: string[]; v: number }) => [p[0], v])]);
  }
  expect(sent).toEqual([
    [undefined, undefined, [['n', 1]]],
    ['strict', undefined, [['n', 3]]],
    [
      undefined,
      'drag',
      [
        ['k', 4],
        ['z', 5],
      ],
    ],
    [undefined, undefined, [['n', 6]]],
  ]);
  expect(strict.rev).toBe(8);
});

test('a transaction is awaited until its outcome has told the conflicts', () => {
  const h = live();
  const of = { rev: null };
  h.notes.step(() => h.replica.local({ op: 'set', m: 'a', p: ['n'], v: 1 }, of));
  expect(h.replica.awaits(of)).toBe(true);
  h.link.flush(0);
  h.patch(6, [set('n', 1)], 'c1', 1, true);
  expect([of.rev, h.replica.pending, h.replica.awaits(of)]).toEqual([6, 0, true]);
  h.ok(1, 5, 6, { ops: [], conflicts: [{ op: 0, kind: 'adjusted' }] });
  expect(h.replica.awaits(of)).toBe(false);
  expect(h.notes.conflicts).toMatchObject([{ kind: 'adjusted', of }]);
});

test('a refusal without an index concerns all that was sent', () => {
  const h = live();
  const [one, two] = [{ rev: null }, { rev: null }];
  h.set('z', 0);
  h.take();
  h.notes.step(() => h.replica.local({ op: 'set', m: 'a', p: ['n'], v: 1 }, one));
  h.notes.step(() => h.replica.local({ op: 'set', m: 'a', p: ['k'], v: 1 }, two));
  h.ok(1, 5, 6);
  h.error(2, 6, { code: 'read-only' });
  expect(h.notes.conflicts).toMatchObject([
    { kind: 'refused', code: 'read-only', op: { p: ['n'] }, of: one },
    { kind: 'refused', code: 'read-only', op: { p: ['k'] }, of: two },
  ]);
});

test('a transaction is rolled back', () => {
  const h = live();
  const of = { rev: null };
  h.set('n', 1);
  h.notes.step(() => {
    h.replica.local({ op: 'set', m: 'a', p: ['n'], v: 2 }, of);
    h.replica.local({ op: 'splice', m: 'a', p: ['list'], i: 0, d: 3, v: [] }, of);
    h.replica.rollback(of);
  });
  expect([h.get('n'), h.get('list'), h.replica.pending]).toEqual([1, [1, 2, 3], 1]);
});

test('a write of which rows roll out before it is sent is told, and the rest of it is sent', () => {
  const h = live({ d: source(0, 0, 1), z: 0 });
  h.set('z', 1);
  h.take();
  h.edit({ op: 'write', m: 'a', p: ['d'], gen: 'g', col: 'x', at: 0, v: [7, 8] });
  h.patch(6, [stream(2, [2], { roll: 2 })]);
  expect(h.notes.conflicts).toMatchObject([{ kind: 'rolled-out', op: { at: 0, v: [7, 8] } }]);
  h.ok(1, 6, 7);
  expect(ops(h.only() as never)).toMatchObject([{ op: 'write', at: 1, v: [8] }]);
  expect(rows(h)).toEqual([1, [8, 2]]);
});
