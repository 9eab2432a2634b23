import { expect, test } from 'vitest';
import { pack, unpack } from '../../../labextension/src/sync/frames';
import { Harness, live, set, splice } from './harness';

const DOC = {
  title: 't',
  roots: ['a'],
  models: { a: { type: 'x/X@1', props: { n: 9, list: [] } } },
};

test('a server may name the session, in its ACK', () => {
  const h = new Harness();
  h.link.open(h, 0);
  h.ack('c1', { session: 'S' });
  expect(h.link.session).toBe('S');
});

test('the handshake is ACK, PULL, reply', () => {
  const h = new Harness();
  h.link.open(h, 0);
  expect(h.take()).toEqual([]);
  h.ack();
  const pull = h.pulled();
  expect(pull.header.client).toBeUndefined();
  expect(pull.content).toEqual({ have: null, pending: null, full: true });
  h.snapshot(5, { n: 1 });
  expect(h.replica).toMatchObject({ rev: 5, epoch: 'E1', client: 'c1', resumeKey: 'key-c1' });
  expect(h.statuses).toEqual(['connecting', 'catching-up', 'live']);
  expect(h.notes.changes).toEqual([
    { props: [], added: [], dropped: [], roots: true, title: true },
  ]);
});

test('nothing is sent before the reply, and all of it after', () => {
  const h = live();
  h.link.close(1006, '');
  h.set('n', 1);
  h.set('n', 2);
  expect(h.take()).toEqual([]);
  h.link.open(h, 0);
  h.ack('c2');
  expect(h.pulled().header).toMatchObject({ client: 'c1', resume_key: 'key-c1' });
  h.delta(5, []);
  expect(h.only()).toMatchObject({
    header: { seq: 1, client: 'c1' },
    content: { ops: [set('n', 2)] },
  });
  expect(h.replica.resumeKey).toBe('key-c1');
});

test('a server without a common version is left for good', () => {
  const h = new Harness();
  h.link.open(h, 0);
  h.ack('c1', {}, { protocol: { version: 3, min: 2 } });
  expect(h.closed).toEqual([4406]);
  expect(h.link.closed?.code).toBe(4406);
});

test('a gap pulls, and patches are skipped until the reply', () => {
  const h = live();
  h.patch(7, [set('n', 7)]);
  expect(h.pulled().content).toEqual({ have: { epoch: 'E1', rev: 5 }, pending: null, full: true });
  expect(h.link.status).toBe('catching-up');
  h.patch(6, [set('n', 6)]);
  h.patch(8, [set('n', 8)]);
  expect(h.get('n')).toBe(0);
  expect(h.take()).toEqual([]);
  h.delta(5, [
    { rev: 6, by: 'py', ops: [set('n', 6)] },
    { rev: 7, by: 'py', ops: [set('n', 7)] },
  ]);
  expect(h.get('n')).toBe(7);
  expect(h.link.status).toBe('live');
});

test('a chunk that begins in the past pulls', () => {
  const h = live();
  h.say('PATCH-DOC', { since: 4, rev: 6 }, { txs: [] });
  expect(h.pulled().content.have.rev).toBe(5);
});

test('another epoch is never applied', () => {
  const h = live();
  h.epoch = 'E2';
  h.patch(6, [set('n', 6)]);
  expect(h.pulled().content.have).toEqual({ epoch: 'E1', rev: 5 });
  h.snapshot(1, { n: 3, list: [] });
  expect(h.replica).toMatchObject({ epoch: 'E2', rev: 1 });
  expect(h.get('n')).toBe(3);
});

test('what is in flight is sent again with the same seq, rebased', () => {
  const h = live();
  h.splice(1, 0, ['mine']);
  h.take();
  h.patch(9, []);
  expect(h.pulled().content.pending).toBe(1);
  h.delta(5, [{ rev: 6, by: 'py', ops: [splice(0, 0, ['theirs'])] }]);
  const again = h.only();
  expect(again.header).toMatchObject({ seq: 1, base: 6 });
  expect(again.content.ops).toEqual([splice(2, 0, ['mine'])]);
  h.ok(1, 6, 7);
  expect(h.get('list')).toEqual(['theirs', 1, 'mine', 2, 3]);
});

test('my own commit in a delta ends what is in flight', () => {
  const h = live();
  h.splice(1, 0, ['mine']);
  h.splice(0, 1, []);
  h.patch(9, []);
  h.pulled();
  const txs = [
    { rev: 6, by: 'py', ops: [splice(0, 0, ['theirs'])] },
    { rev: 7, by: 'c1', seq: 1, ops: [splice(2, 0, ['mine'])] },
  ];
  h.delta(5, txs, {
    last_seq: 1,
    result: { type: 'OK', seq: 1, since: 6, rev: 7, content: { ops: [] } },
  });
  expect(h.get('list')).toEqual(['theirs', 'mine', 2, 3]);
  expect(h.only()).toMatchObject({
    header: { seq: 2, base: 7 },
    content: { ops: [splice(1, 1, [])] },
  });
});

test('the result in a delta tells of a refusal', () => {
  const h = live();
  h.set('n', 1);
  h.patch(9, []);
  h.pulled();
  const content = { code: 'invalid-value', text: 'no', retry: 'never' };
  h.delta(5, [], { last_seq: 1, result: { type: 'ERROR', seq: 1, since: 5, rev: 5, content } });
  expect(h.get('n')).toBe(0);
  expect(h.notes.conflicts).toMatchObject([{ kind: 'refused', code: 'invalid-value' }]);
  expect(h.replica.pending).toBe(0);
});

test('a snapshot that holds my commit is not a change under the queue', () => {
  const h = live();
  h.splice(0, 0, ['mine']);
  h.splice(2, 1, []);
  expect(h.get('list')).toEqual(['mine', 1, 3]);
  h.patch(9, []);
  h.pulled();
  const result = {
    type: 'OK',
    seq: 1,
    since: 5,
    rev: 6,
    content: { ops: [splice(0, 0, ['mine'])] },
  };
  h.snapshot(8, { n: 0, k: 0, list: ['mine', 1, 2, 3, 'more'] }, { last_seq: 1, result });
  expect(h.get('list')).toEqual(['mine', 1, 3, 'more']);
  expect(h.only()).toMatchObject({
    header: { seq: 2, base: 8 },
    content: { ops: [splice(2, 1, [])] },
  });
});

test('a snapshot that tells of a refusal', () => {
  const h = live();
  h.splice(0, 0, ['mine']);
  h.splice(2, 1, []);
  h.patch(9, []);
  h.pulled();
  const result = {
    type: 'ERROR',
    seq: 1,
    since: 5,
    rev: 5,
    content: { code: 'invalid-value', text: '' },
  };
  h.snapshot(8, { n: 0, k: 0, list: [1, 2, 3] }, { last_seq: 1, result });
  expect(h.get('list')).toEqual([1, 3]);
  expect(h.notes.conflicts.map((c) => c.kind)).toEqual(['refused']);
});

test('edits made offline are rebased over a snapshot', () => {
  const h = live();
  h.link.close();
  h.splice(3, 0, ['mine']);
  h.link.open(h, 0);
  h.ack('c2');
  h.pulled();
  h.snapshot(100, { n: 4, k: 0, list: [0, 1, 3] });
  expect(h.get('list')).toEqual([0, 1, 3, 'mine']);
  expect(h.only().content.ops).toEqual([splice(3, 0, ['mine'])]);
});

test('a snapshot tells only what is different', () => {
  const h = live();
  h.patch(9, []);
  h.pulled();
  h.snapshot(9, { n: 4, k: 0, list: [1, 2, 3] });
  expect(h.notes.changes).toEqual([
    { props: [{ m: 'a', name: 'n', old: 0 }], added: [], dropped: [], roots: false, title: false },
  ]);
});

test('a new client id counts from one again', () => {
  const h = live();
  h.set('n', 1);
  h.ok(1, 5, 6);
  h.set('n', 2);
  h.take();
  h.link.close(4409, '');
  h.replica.resumeKey = null;
  h.link.open(h, 0);
  h.ack('c2');
  expect(h.pulled().header.client).toBeUndefined();
  h.delta(6, [], { client: 'c2' });
  expect(h.only().header).toMatchObject({ seq: 1, client: 'c2' });
  expect(h.replica.resumeKey).toBe('key-c2');
});

test('a commit under the old client id is still known as mine', () => {
  const h = live();
  h.set('n', 1);
  h.link.close();
  h.link.open(h, 0);
  h.ack('c2');
  h.pulled();
  h.delta(5, [{ rev: 6, by: 'c1', seq: 1, ops: [set('n', 1)] }], { client: 'c2' });
  expect(h.replica.pending).toBe(0);
  expect(h.replica.client).toBe('c2');
});

test('the counter never falls behind what the server remembers', () => {
  const h = live();
  h.patch(9, []);
  h.pulled();
  h.delta(5, [], { last_seq: 7 });
  h.set('n', 1);
  expect(h.take().at(-1)?.header.seq).toBe(8);
});

test('ERROR with resume keeps the transaction and pulls', () => {
  const h = live();
  h.set('n', 1);
  h.error(1, 5, { code: 'stale-base', retry: 'resume' });
  expect(h.pulled().content.pending).toBe(1);
  h.delta(5, []);
  expect(h.only().header.seq).toBe(1);
  expect(h.get('n')).toBe(1);
});

test('ERROR with later sends the same transaction after the given time', () => {
  const h = live();
  h.set('n', 1);
  h.take();
  h.error(1, 5, { code: 'rate-limited', retry: 'later', after_ms: 300 });
  expect(h.link.due()).toBe(300);
  h.patch(6, [set('k', 1)]);
  h.tick(299);
  expect(h.take()).toEqual([]);
  h.tick(1);
  expect(h.only().header).toMatchObject({ seq: 1, base: 6 });
  expect(h.notes.conflicts).toEqual([]);
});

test('an ERROR without seq leaves what is in flight alone', () => {
  const h = live();
  h.set('n', 1);
  h.take();
  h.say('ERROR', {}, { code: 'bad-message', text: '', retry: 'never' });
  expect(h.replica.pending).toBe(1);
  expect(h.closed).toEqual([]);
  h.say('ERROR', {}, { code: 'not-ready', text: '', retry: 'resume' });
  expect(h.pulled().content.pending).toBe(1);
});

test('a refused PULL ends the connection, a postponed one is asked again', () => {
  const h = new Harness();
  h.link.open(h, 0);
  h.ack();
  const { msgid } = h.pulled().header;
  h.say(
    'ERROR',
    { reqid: msgid },
    { code: 'rate-limited', text: '', retry: 'later', after_ms: 50 },
  );
  h.tick(50);
  const again = h.pulled().header.msgid;
  h.say('ERROR', { reqid: again }, { code: 'unauthorised', text: 'no', retry: 'never' });
  expect(h.closed).toEqual([4400]);
});

test('an outcome beyond what is known pulls at once on an ordered carrier', () => {
  const h = live();
  h.set('n', 1);
  h.ok(1, 6, 7);
  expect(h.pulled().content).toEqual({ have: { epoch: 'E1', rev: 5 }, pending: 1, full: true });
});

test('an outcome without effect waits for the patches that explain it', () => {
  const h = live();
  h.set('n', 1);
  h.ok(1, 6, 6, { ops: [] });
  expect(h.pulled().content.pending).toBe(1);
  expect(h.get('n')).toBe(1);
});

test('on an ordered carrier a PULL is never repeated', () => {
  const h = live();
  h.patch(9, []);
  h.pulled();
  h.tick(39_999);
  expect(h.take()).toEqual([]);
});

test('outcomes are skipped while pulling', () => {
  const h = live();
  h.set('n', 1);
  h.patch(9, []);
  h.pulled();
  h.ok(1, 5, 6);
  h.error(1, 5, {});
  expect(h.replica.inFlight).toBe(1);
});

test('a reply that does not fit is ignored', () => {
  const h = live();
  h.patch(9, []);
  h.pulled();
  h.delta(3, []);
  h.snapshot(4, { n: 9 });
  expect(h.link.status).toBe('catching-up');
  expect(h.get('n')).toBe(0);
});

test('a PING is answered, also while pulling, and its revision shows a gap', () => {
  const h = live();
  h.say('PING', { msgid: 's-9', rev: 5 });
  expect(h.only().header).toMatchObject({ msgtype: 'OK', reqid: 's-9', seen: 5, epoch: 'E1' });
  h.say('PING', { rev: 6 });
  expect(h.take().map((m) => m.header.msgtype)).toEqual(['OK', 'PULL-DOC-REQ']);
  h.say('PING', { rev: 6 });
  expect(h.only().header.msgtype).toBe('OK');
});

test('silence is answered by PINGs, and two without an answer end the connection', () => {
  const h = live();
  expect(h.link.due()).toBe(40_000);
  h.tick(40_000);
  expect(h.only().header.msgtype).toBe('PING');
  h.say('OK', { reqid: 'c-2', rev: 5 });
  expect(h.link.due()).toBe(80_000);
  h.tick(40_000);
  h.tick(40_000);
  expect(h.take()).toHaveLength(2);
  h.tick(40_000);
  expect(h.closed).toEqual([4408]);
  expect(h.link.status).toBe('offline');
  expect(h.link.due()).toBe(Infinity);
});

test('the OK of a PING shows a gap', () => {
  const h = live();
  h.say('OK', { reqid: 'c-2', rev: 8 });
  h.pulled();
});

test('PUSH-DOC replaces the document and keeps what is in flight', () => {
  const h = live();
  h.splice(0, 0, ['mine']);
  h.take();
  const header = { rev: 9, last_seq: 0 };
  h.say('PUSH-DOC', header, {
    doc: { ...DOC, models: { a: { type: 'x/X@1', props: { list: [7] } } } },
  });
  expect(h.get('list')).toEqual([7, 'mine']);
  expect(h.take()).toEqual([]);
  h.ok(1, 9, 10);
  expect(h.replica).toMatchObject({ rev: 10, pending: 0 });
});

test('an unknown operation asks for a snapshot, a second one within a minute ends the connection', () => {
  const h = live();
  h.patch(6, [{ op: 'teleport' }]);
  const have = { epoch: 'E1', rev: 5 };
  expect(h.pulled().content).toEqual({ have, pending: null, kind: 'snapshot', full: true });
  expect(h.errors).toHaveLength(1);
  h.snapshot(6, { n: 6, list: [] });
  expect(h.get('n')).toBe(6);
  h.patch(7, [{ op: 'teleport' }]);
  expect(h.closed).toEqual([4406]);
});

test('a committed operation that does not resolve is a fault, and pending edits survive it', () => {
  const h = live();
  h.splice(0, 0, ['mine']);
  h.patch(6, [splice(0, 0, ['x']), set('n', 1), { op: 'set', m: 'nobody', p: ['n'], v: 1 }]);
  expect(h.pulled().content.kind).toBe('snapshot');
  h.snapshot(6, { n: 1, k: 0, list: ['x', 1, 2, 3] });
  expect(h.get('list')).toContain('mine');
  expect(h.only().header.seq).toBe(1);
});

test('a broken frame is a fault', () => {
  const h = live();
  h.link.receive('{', 0);
  expect(h.pulled().content.kind).toBe('snapshot');
});

test('an unknown message type is ignored', () => {
  const h = live();
  h.say('TELEPORT');
  expect(h.take()).toEqual([]);
});

test('arrays of several transactions in one patch find their own buffers', () => {
  const h = live();
  const nd = { $: 'nd', dtype: 'u1', shape: [1], buf: 0 };
  const txs = [
    { rev: 6, by: 'py', nbuf: 1, ops: [set('n', nd)] },
    { rev: 7, by: 'py', ops: [set('list', [])] },
    { rev: 8, by: 'py', nbuf: 1, ops: [set('k', nd)] },
  ];
  h.say('PATCH-DOC', { since: 5, rev: 8 }, { txs }, [Uint8Array.of(1), Uint8Array.of(2)]);
  expect([...h.get('n').data, ...h.get('k').data]).toEqual([1, 2]);
});

test('an array is sent as a buffer of its frame', () => {
  const h = live();
  h.set('n', new Uint8Array([1, 2, 3]));
  expect([...(h.only().buffers[0] ?? [])]).toEqual([1, 2, 3]);
});

test('an edit made while listeners run goes out on the new revision', () => {
  const h = live();
  h.notes.changed = () => {
    if (h.get('k') === 0) h.set('k', 1);
  };
  h.patch(6, [set('n', 1)]);
  expect(h.only()).toMatchObject({ header: { base: 6, seen: 6 }, content: { ops: [set('k', 1)] } });
});

test('a frame after the end is ignored', () => {
  const h = live();
  const frame = h.frames[0] as string;
  h.link.close();
  h.link.receive(frame, 0);
  h.link.tick(1e9);
  expect(h.take().length).toBe(0);
  expect(unpack(frame).header.msgtype).toBe('PULL-DOC-REQ');
});

test('a snapshot tells how many events were missed', () => {
  const h = live();
  h.link.close(1006, '');
  h.link.open(h, 0);
  h.ack('c2');
  h.pulled();
  h.snapshot(9, { n: 1 }, { msgs: 3 });
  expect(h.notes.snapshots).toEqual([[5, 9, 3]]);
  const click = { op: 'msg', m: 'a', name: 'click', data: 1 };
  h.patch(10, [click, click]);
  h.set('n', 2);
  h.edit({ op: 'msg', m: 'a', name: 'mine', data: 1 });
  h.ok(1, 10, 11);
  h.ok(2, 11, 12);
  h.patch(20, []);
  h.pulled();
  h.snapshot(20, { n: 1 }, { msgs: 9 });
  expect(h.notes.snapshots.at(-1)).toEqual([12, 20, 3]);
});

test('a taken-over client never returns with its id', () => {
  const h = live();
  h.link.close(4409, '');
  expect(h.replica.resumeKey).toBe(null);
  h.link.open(h, 0);
  h.ack('c2');
  expect(h.pulled().header.client).toBe(undefined);
});

test('volatile messages come at any time and are sent while live', () => {
  const h = live();
  const hover = { op: 'msg', m: 'a', name: 'hover', data: 1 } as const;
  h.patch(9, []);
  h.take();
  h.say('PATCH-DOC', { volatile: true }, { ops: [hover], by: 'c2' });
  h.say('PATCH-DOC', { volatile: true }, { ops: [hover], by: 'c1' });
  expect(h.notes.messages).toEqual([['a', 'hover', 1]]);
  h.link.volatile(hover, 0);
  expect(h.take()).toEqual([]);
  const back = live();
  back.link.volatile({ ...hover, data: new Uint8Array([1]) }, 0);
  const { header, content, buffers } = back.only();
  expect(header.seq).toBe(undefined);
  expect(header).toMatchObject({ msgtype: 'PATCH-DOC', volatile: true });
  expect(content.ops).toMatchObject([{ name: 'hover', data: { $: 'bytes', buf: 0 } }]);
  expect(buffers).toHaveLength(1);
});

test('what is none of the engine is handed on', () => {
  const h = live();
  // A sender may add its epoch to any header.
  h.link.receive(pack({ msgid: 's', msgtype: 'ASSET', reqid: 'c-7', epoch: 'E1' }, {}), 0);
  expect(h.others).toMatchObject([{ header: { reqid: 'c-7' } }]);
  expect(h.take()).toEqual([]);
});
