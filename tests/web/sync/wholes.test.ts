import { expect, test } from 'vitest';
import type { Json } from '../../../labextension/src/core/values';
import { live, set, splice } from './harness';

const at = (name: string, step: string | number, v: Json): Json => ({
  op: 'set',
  m: 'a',
  p: [name, step],
  v,
});
const wholes: [mode: 'atomic' | 'strict', mine: Json, theirs: Json, kinds: string[]][] = [
  ['atomic', at('list', 2, 'b'), splice(1, 1, []), ['target-gone', 'refused']],
  ['strict', set('n', 2), set('n', 9), ['refused', 'refused']],
  ['strict', at('d', 'k', 1), set('d', {}), ['refused', 'refused']],
  ['strict', set('d', {}), at('d', 'k', 1), ['refused', 'refused']],
  ['strict', { op: 'title', v: 'mine' }, { op: 'title', v: 'theirs' }, ['refused', 'refused']],
  ['strict', { op: 'root-', m: 'a' }, { op: 'root-', m: 'a' }, ['refused', 'refused']],
];

test.each(wholes)(
  'of a broken %s transaction nothing is sent: %j, %j',
  (mode, mine, theirs, kinds) => {
    const h = live({ z: 0, n: 0, list: [1, 2, 3], d: { k: 0 } });
    const of = { mode, rev: null };
    h.set('z', 1);
    h.take();
    h.notes.step(() => {
      h.replica.local(splice(0, 0, ['a']), of);
      h.replica.local(mine, of);
    });
    h.edit(at('list', 1, 'mine'));
    h.patch(6, [theirs]);
    h.ok(1, 6, 7);
    expect(h.only().content.ops).toEqual([]);
    expect(h.notes.conflicts.filter((one) => one.of === of).map(({ kind }) => kind)).toEqual(kinds);
    h.ok(2, 7, 7, { ops: [] });
    expect([of.rev, h.replica.awaits(of)]).toEqual([null, false]);
    expect(h.only().content.ops).toEqual([at('list', 0, 'mine')]);
  },
);

test('what others do elsewhere breaks no transaction', () => {
  const h = live({ z: 0, n: 0, list: [1, 2, 3] });
  const [strict, atomic] = [
    { mode: 'strict', rev: null } as const,
    { mode: 'atomic', rev: null } as const,
  ];
  h.set('z', 1);
  h.take();
  h.notes.step(() => h.replica.local(set('n', 2), strict));
  h.notes.step(() => h.replica.local(splice(0, 0, ['a']), atomic));
  h.patch(6, [splice(1, 1, [])]);
  h.ok(1, 6, 7);
  expect(h.only().content.ops).toEqual([set('n', 2)]);
  h.ok(2, 7, 8);
  expect(h.only().content.ops).toEqual([splice(0, 0, ['a'])]);
});
