import { expect, test } from 'vitest';
import type { Bytes, Json } from '../../../labextension/src/core/values';
import { type Frame, pack } from '../../../labextension/src/sync/frames';
import type { Header } from '../../../labextension/src/sync/messages';
import { Lossy } from '../../../labextension/src/transports/lossy';
import { Harness, set } from '../sync/harness';

/** A link behind what makes it safe on a comm, whose kernel is the test. */
class LossyHarness extends Harness {
  readonly channels: (string | null)[] = [];
  readonly works = new Lossy(this.link, {
    send: (frame) => this.note(frame),
    close: (code) => {
      this.closed.push(code);
      this.works.end(code, '');
    },
    listen: (channel) => this.channels.push(channel),
  });

  override deliver(frame: Frame): void {
    this.works.receive(frame, this.now);
  }

  override tick(ms: number): void {
    this.now += ms;
    this.works.tick(this.now);
  }
}

/** One that is live at revision 5. */
function live(props: Json = { n: 0, k: 0, list: [1, 2, 3] }): LossyHarness {
  const h = new LossyHarness();
  h.works.open(0);
  h.ack('c1', { probe: true }, { channel: 'syncline-d' }, [EIGHT]);
  h.pulled();
  h.snapshot(5, props);
  h.notes.changes = [];
  return h;
}

const EIGHT = Uint8Array.from([0, 1, 2, 3, 4, 5, 6, 7]);

test('a reply that was asked for before a new epoch is ignored', () => {
  const h = live({ n: 0, list: [] });
  h.patch(9, []);
  const first = h.pulled().header.msgid;
  h.tick(10_000);
  h.pulled();
  h.epoch = 'E2';
  h.snapshot(1, { n: 3 }, { reqid: first });
  expect(h.replica.epoch).toBe('E1');
  h.snapshot(1, { n: 4 });
  expect(h.replica.epoch).toBe('E2');
});

test('on a comm an early OK waits half a second for its patch', () => {
  const h = live();
  h.set('n', 1);
  h.take();
  h.ok(1, 6, 7);
  expect(h.take()).toEqual([]);
  h.tick(499);
  h.patch(6, [set('k', 1)]);
  expect(h.replica).toMatchObject({ rev: 7, pending: 0 });
  expect([h.get('n'), h.get('k')]).toEqual([1, 1]);
  h.set('n', 2);
  h.take();
  h.ok(2, 8, 9);
  expect(h.works.due()).toBe(h.now + 500);
  h.tick(500);
  expect(h.pulled().content.pending).toBe(2);
});

test('on a comm an unanswered PULL is repeated with growing patience', () => {
  const h = live();
  h.patch(9, []);
  h.pulled();
  h.patch(10, []);
  h.tick(9_999);
  expect(h.take()).toEqual([]);
  h.tick(1);
  h.pulled();
  h.tick(19_999);
  expect(h.take()).toEqual([]);
  h.tick(1);
  h.pulled();
});

test('on a comm a transaction without an answer pulls, it is not sent blindly', () => {
  const h = live();
  h.set('n', 1);
  h.tick(1000);
  h.take();
  h.tick(9000);
  expect(h.only().header.msgtype).toBe('PULL-DOC-REQ');
});

test('an answer to an older PULL will do, a second one is ignored', () => {
  const h = live();
  h.patch(9, []);
  const first = h.pulled().header.msgid;
  h.tick(10_000);
  h.pulled();
  h.delta(5, [], { reqid: first });
  expect(h.link.status).toBe('live');
  h.set('n', 1);
  h.take();
  h.delta(5, []);
  expect(h.take()).toEqual([]);
});

test('on a comm silence never ends the connection, as a kernel may be busy', () => {
  const h = live();
  for (let i = 0; i < 9; i++) h.tick(40_000);
  expect(h.closed).toEqual([]);
});

test('the probe is echoed with the first PULL, and the channel is listened to before it', () => {
  const h = new LossyHarness();
  h.works.open(0);
  h.ack('c1', { probe: true }, { channel: 'syncline-d' }, [EIGHT]);
  expect(h.channels).toEqual(['syncline-d']);
  const pull = h.pulled();
  expect(pull.buffers.map((b) => [...b])).toEqual([[...EIGHT]]);
  expect(pull.header.inline).toBeUndefined();
  expect(h.frames[0]).toBeInstanceOf(Uint8Array);
  h.patch(99, []);
});

test('an ACK that lost its buffer turns everything inline', () => {
  const h = new LossyHarness();
  h.works.open(0);
  h.ack('c1', { probe: true }, { channel: 'syncline-d' });
  expect(h.pulled().header.inline).toBe(true);
  expect(typeof h.frames[0]).toBe('string');
  h.snapshot(1, { n: 1 });
  h.set('n', new Uint8Array([1]));
  const edit = h.only();
  expect(edit.header.inline).toBe(true);
  expect(edit.content.ops[0].v).toEqual({ $: 'bytes', b64: 'AQ==' });
});

test('a first message that lost everything turns inline too', () => {
  const h = new LossyHarness();
  h.works.open(0);
  h.works.stripped(0);
  expect(h.channels).toEqual([null]);
  expect(h.pulled().header.inline).toBe(true);
  h.snapshot(1, { n: 1 });
  expect(h.link.status).toBe('live');
});

test('on a comm the ACK may get lost: the PULL goes out all the same', () => {
  const h = new LossyHarness();
  h.works.open(0);
  h.tick(9_999);
  expect(h.take()).toEqual([]);
  h.tick(1);
  const pull = h.pulled();
  expect(h.channels).toEqual([null]);
  // Nothing says that buffers pass.
  expect([pull.header.inline, pull.buffers]).toEqual([true, []]);
  h.snapshot(1, { n: 1 });
  expect(h.link.status).toBe('live');
});

test('a late ACK starts over', () => {
  const h = new LossyHarness();
  h.works.open(0);
  h.tick(10_000);
  h.take();
  h.ack();
  h.pulled();
  h.snapshot(1, { n: 1 });
  expect(h.replica.resumeKey).toBe('key-c1');
});

test('a kernel that got nothing of the first PULL is asked again, inline', () => {
  const h = new LossyHarness();
  h.works.open(0);
  h.ack('c1', { probe: true }, {}, [EIGHT]);
  h.pulled();
  h.say('ERROR', {}, { code: 'bad-message', text: 'malformed', retry: 'never' });
  expect(h.pulled().header.inline).toBe(true);
});

test('an end of a burst asks whether the last message has come', () => {
  const h = live();
  h.set('n', 1);
  h.take();
  h.tick(999);
  expect(h.take()).toEqual([]);
  h.tick(1);
  expect(h.only().header).toMatchObject({ msgtype: 'PING', seen: 5 });
  h.say('OK', { rev: 6 });
  expect(h.pulled().content.pending).toBe(1);
});

test('an answered burst needs no asking', () => {
  const h = live();
  h.set('n', 1);
  h.ok(1, 5, 6);
  h.take();
  expect(h.works.due()).toBe(40_000);
});

const numbered = (h: LossyHarness, n: number) => h.say('PING', { n });

test('what came is confirmed after eight messages, after a moment, or by what is sent anyway', () => {
  const h = live();
  for (let n = 1; n <= 7; n++) numbered(h, n);
  // The answers to the PINGs confirm.
  expect(h.take().map(({ header }) => header.got)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  const quiet = (n: number) => h.say('OK', { n, rev: 5 });
  for (let n = 8; n <= 14; n++) quiet(n);
  expect(h.take()).toEqual([]);
  quiet(15);
  expect(h.only()).toMatchObject({ header: { msgtype: 'ACK' }, content: { got: 15 } });
  quiet(16);
  expect(h.works.due()).toBe(h.now + 100);
  h.tick(100);
  expect(h.only().content).toEqual({ got: 16 });
  quiet(17);
  h.set('n', 1);
  expect(h.only().header.got).toBe(17);
  expect(h.works.due()).toBeGreaterThan(h.now + 100);
});

test('a missing number is a gap, a repeated one is nothing', () => {
  const h = live();
  h.say('OK', { n: 1, rev: 5 });
  h.say('OK', { n: 1, rev: 5 });
  expect(h.take()).toEqual([]);
  h.say('OK', { n: 3, rev: 5 });
  expect(h.pulled().header.got).toBe(3);
  h.say('OK', { n: 5, rev: 5 });
  expect(h.take()).toEqual([]);
});

test('the parts of a large message are confirmed one by one, and waited for', () => {
  const h = live();
  const frame = pack(
    { msgid: 's-9', msgtype: 'PATCH-DOC', epoch: 'E1', since: 5, rev: 6 },
    { txs: [{ rev: 6, by: 'py', ops: [set('n', 'long')] }] },
    [],
    true,
  ) as Bytes;
  const part = (k: number): Partial<Header> => ({
    msgid: 's-9',
    part: [k, 2],
    total: frame.length,
  });
  h.say('PATCH-DOC', part(0), {}, [frame.slice(0, 50)]);
  h.say(
    'PATCH-DOC',
    { ...part(1), n: 1, inline: true },
    { b64: btoa(String.fromCharCode(...frame.slice(50))) },
  );
  expect(h.get('n')).toBe('long');
  expect(h.only().content).toEqual({ got: 1 });
  h.say('PATCH-DOC', part(0), {}, [frame.slice(0, 50)]);
  h.tick(30_000);
  expect(h.pulled().content.have.rev).toBe(6);
});

test('without buffers a large message goes in parts of text', () => {
  const h = new LossyHarness();
  h.works.open(0);
  h.ack('c1', { probe: true }, { limits: { frame: 4096 } });
  h.pulled();
  h.snapshot(1, { n: 1 });
  h.set('n', 'x'.repeat(6000));
  const parts = h.take();
  expect(parts.length).toBeGreaterThan(1);
  expect(parts.every(({ header, content }) => header.inline && header.part && content.b64)).toBe(
    true,
  );
  expect(h.frames.every((frame) => typeof frame === 'string' && frame.length <= 4096)).toBe(true);
});

test('a frame that is none is a fault of the link', () => {
  const h = live();
  h.deliver('{');
  expect(h.errors).toHaveLength(1);
  expect(h.pulled().content.kind).toBe('snapshot');
});

test('the end forgets what was waited for', () => {
  const h = live();
  h.set('n', 1);
  h.works.close(1000);
  expect(h.closed).toEqual([1000]);
  expect(h.works.due()).toBe(Infinity);
  h.take();
  h.tick(1e9);
  expect(h.take()).toEqual([]);
});
