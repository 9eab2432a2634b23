import { expect, test } from 'vitest';
import { Source } from '../../../labextension/src/core/columns';
import { fromWire } from '../../../labextension/src/core/ops';
import { Ref } from '../../../labextension/src/core/values';
import { Harness, live, set, splice } from './harness';

const doc = (epoch: string, props: object, id = 'a') => ({
  epoch,
  content: { doc: { title: 't', roots: [id], models: { [id]: { type: 'x/X@1', props } } } },
});

const counters: [string, number, number][] = [
  ['c1', 6, 7],
  ['c1', 2, 5],
  ['c2', 6, 7],
  ['c2', 0, 1],
];

test.each(counters)(
  'the first content for %s, of which %d were decided, is followed by %d',
  (client, last_seq, next) => {
    const h = new Harness();
    Object.assign(h.replica, { client: 'c1', seq: 4, resumeKey: 'k' });
    h.link.open(h, 0);
    h.ack(client);
    h.pulled();
    h.snapshot(5, { n: 0 }, { client, last_seq, msgs: 5 });
    h.set('n', 1);
    expect(h.only().header).toMatchObject({ client, seq: next });
    h.link.pull(h.now, true);
    h.pulled();
    h.snapshot(6, { n: 0 }, { client, last_seq, msgs: 8 });
    expect(h.notes.snapshots).toEqual([[5, 6, 3]]);
  },
);

test('a first reply without content is not taken for one', () => {
  const h = new Harness();
  h.link.open(h, 0);
  h.ack();
  h.pulled();
  h.delta(0, []);
  expect([h.link.status, h.replica.epoch]).toEqual(['catching-up', null]);
});

test('an edit that is made before the first content is sent on top of it', () => {
  const h = new Harness();
  h.edit({ op: 'title', v: 'mine' });
  h.link.open(h, 0);
  h.ack();
  h.pulled();
  h.snapshot(5, { n: 0 });
  expect([h.replica.state.title, h.get('n'), h.notes.recoveries]).toEqual(['mine', 0, []]);
  expect(h.only()).toMatchObject({
    header: { seq: 1, base: 5 },
    content: { ops: [{ op: 'title', v: 'mine' }] },
  });
});

test('edits are carried to another incarnation of the document, by place and not by id', () => {
  const h = live();
  h.splice(1, 0, ['mine']);
  h.edit({ op: 'set', m: 'a', p: ['n'], v: 7 });
  h.take();
  h.link.close(1006, '');
  h.link.open(h, 0);
  h.ack('c9');
  const { header } = h.pulled();
  const { content } = doc('E2', { n: 0, list: [0, 1, 2, 3] }, 'b');
  const full = { reqid: header.msgid, client: 'c9', rev: 1, last_seq: null };
  h.epoch = 'E2';
  h.say('PULL-DOC-REPLY', full, { ...content, kind: 'snapshot' });
  expect(h.notes.recoveries).toMatchObject([
    { from: 'E1', to: 'E2', was: 'c1', client: 'c9', doubt: 2 },
  ]);
  expect(h.only()).toMatchObject({
    header: { seq: 1, client: 'c9' },
    content: { ops: [{ ...splice(2, 0, ['mine']), m: 'b' }] },
  });
  expect(h.notes.snapshots).toEqual([]);
});

test('an id that means something else now is not edited', () => {
  const h = live();
  h.set('n', 7);
  h.link.close(1006, '');
  h.link.open(h, 0);
  h.ack();
  const { header } = h.pulled();
  const { content } = doc('E2', { n: 0 });
  (content.doc.models.a as { type: string }).type = 'y/Y@1';
  h.epoch = 'E2';
  h.say(
    'PULL-DOC-REPLY',
    { reqid: header.msgid, client: 'c1', rev: 1 },
    { ...content, kind: 'snapshot' },
  );
  expect(h.get('n')).toBe(0);
  h.set('k', 1);
  expect(h.notes.conflicts).toMatchObject([{ kind: 'model-gone' }]);
});

test('edits of another incarnation may be discarded, and are told', () => {
  const h = live();
  h.notes.choice = 'discard';
  h.set('n', 7);
  h.set('n', 8);
  h.take();
  h.epoch = 'E2';
  const { content } = doc('E2', { n: 0 });
  h.say('PUSH-DOC', { rev: 0, last_seq: null }, { ...content, reason: 'epoch' });
  expect([h.get('n'), h.replica.pending, h.replica.inFlight]).toEqual([0, 0, null]);
  expect(h.notes.conflicts).toMatchObject([
    { kind: 'refused', code: 'stale-epoch', op: { v: 7 } },
    { kind: 'refused', code: 'stale-epoch', op: { v: 8 } },
  ]);
  h.set('n', 9);
  expect(h.only().header).toMatchObject({ seq: 1, base: 0, epoch: 'E2' });
});

test('a new incarnation gets what was in flight to the old one, counted from 1', () => {
  const h = live();
  h.replica.seq = 37;
  h.set('n', 7);
  h.take();
  h.epoch = 'E2';
  const { content } = doc('E2', { n: 0 });
  h.say('PUSH-DOC', { rev: 0, last_seq: null }, { ...content, reason: 'epoch' });
  expect(h.only()).toMatchObject({ header: { seq: 1, base: 0 }, content: { ops: [set('n', 7)] } });
  expect(h.link.status).toBe('live');
});

test('a server that has forgotten this client has not got what a delta does not show', () => {
  const h = live();
  h.set('n', 7);
  h.take();
  h.patch(9, []);
  h.pulled();
  h.delta(5, [], { last_seq: null });
  expect(h.notes.recoveries).toEqual([]);
  expect(h.only().header).toMatchObject({ seq: 1 });
});

test('of what was sent to a server that has forgotten this client the policy decides', () => {
  const h = live();
  h.notes.choice = 'discard';
  h.set('n', 7);
  h.set('k', 8);
  h.take();
  h.patch(9, []);
  h.pulled();
  h.snapshot(9, { n: 1, k: 1 }, { last_seq: null });
  expect(h.notes.recoveries).toMatchObject([{ doubt: 1 }]);
  expect([h.get('n'), h.get('k')]).toEqual([1, 8]);
  expect(h.only()).toMatchObject({ header: { seq: 2 }, content: { ops: [set('k', 8)] } });
});

test('what a client made has its new id in the name', () => {
  const h = live();
  h.link.close(1006, '');
  h.edit(fromWire({ op: 'add', m: 'c1-1', type: 'x/X@1', props: {} }, []));
  h.edit({ op: 'set', m: 'a', p: ['k'], v: new Ref('c1-1') });
  h.edit({ op: 'set', m: 'c1-1', p: ['d'], v: new Source('c1-2', 0, { x: [1] }) });
  h.edit({ op: 'stream', m: 'c1-1', p: ['d'], gen: 'c1-2', at: 1, n: 1, cols: { x: [2] } });
  h.link.open(h, 0);
  h.ack('c2');
  h.pulled();
  h.delta(5, [], { client: 'c2' });
  const { content } = h.only();
  expect(JSON.stringify(content)).not.toContain('c1-');
  expect(content.ops.map(({ m }: { m: string }) => m)).toEqual(['c2-1', 'a', 'c2-1', 'c2-1']);
  expect(h.replica.state.models.has('c1-1')).toBe(false);
  expect(h.get('k')).toEqual(new Ref('c2-1'));
});

test('what was lost in flight is told before the client is another', () => {
  const h = live();
  h.set('list', [1]);
  h.edit({ op: 'set', m: 'a', p: ['list', 0], v: 'mine' });
  h.take();
  h.ok(1, 5, 6);
  h.take();
  h.patch(7, [splice(0, 1, [])]);
  h.link.close(1006, '');
  h.link.open(h, 0);
  h.ack('c9');
  h.pulled();
  h.delta(7, [], { client: 'c9', last_seq: null });
  expect(h.notes.conflicts).toMatchObject([{ kind: 'target-gone', op: { v: 'mine' } }]);
  expect([h.replica.pending, h.replica.inFlight]).toEqual([0, null]);
});

test('what a rebase dropped in flight is told, also when the rest is given up', () => {
  const h = live();
  h.notes.choice = 'discard';
  h.splice(0, 1, []);
  h.set('n', 1);
  h.take();
  h.patch(6, [set('list', [])]);
  h.epoch = 'E2';
  const { content } = doc('E2', { n: 0, list: [] });
  h.say('PUSH-DOC', { rev: 0, last_seq: null }, { ...content, reason: 'epoch' });
  expect(h.notes.conflicts).toMatchObject([
    { kind: 'refused', op: { op: 'set' } },
    { kind: 'container-replaced', op: { op: 'splice' } },
  ]);
});

test('what never reached a restored document is counted on from what it knows', () => {
  const h = live();
  h.set('n', 6);
  h.take();
  h.ok(1, 5, 6);
  h.set('n', 7);
  h.take();
  h.link.close(1006, '');
  h.link.open(h, 0);
  h.ack('c9');
  const { header } = h.pulled();
  const { content } = doc('E2', { n: 0 }, 'b');
  h.epoch = 'E2';
  h.say(
    'PULL-DOC-REPLY',
    { reqid: header.msgid, client: 'c1', rev: 1, last_seq: 0 },
    { ...content, kind: 'snapshot' },
  );
  expect(h.only()).toMatchObject({ header: { seq: 1 }, content: { ops: [{ v: 7, m: 'b' }] } });
});

test('what a restored document has already is not sent to it again', () => {
  const h = live();
  h.splice(1, 0, ['mine']);
  h.take();
  h.edit({ op: 'set', m: 'a', p: ['n'], v: 7 });
  h.link.close(1006, '');
  h.link.open(h, 0);
  h.ack('c9');
  const { header } = h.pulled();
  expect(header).toMatchObject({ client: 'c1' });
  const { content } = doc('E2', { n: 0, list: [1, 'mine', 2, 3] }, 'b');
  const result = {
    ...{ type: 'OK', seq: 1, since: 5, rev: 6 },
    content: { ops: [splice(1, 0, ['mine'])] },
  };
  h.epoch = 'E2';
  h.say(
    'PULL-DOC-REPLY',
    { reqid: header.msgid, client: 'c1', rev: 1, last_seq: 2, result },
    { ...content, kind: 'snapshot' },
  );
  expect(h.only()).toMatchObject({
    header: { seq: 3, client: 'c1', epoch: 'E2' },
    content: { ops: [{ ...set('n', 7), m: 'b' }] },
  });
  expect(h.notes.conflicts).toEqual([]);
});
