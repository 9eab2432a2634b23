import { beforeEach, expect, test } from 'vitest';
import { Missing } from '../../../labextension/src/core/late';
import { fromWire } from '../../../labextension/src/core/ops';
import { decode, type Json } from '../../../labextension/src/core/values';
import { Document } from '../../../labextension/src/model/document';
import { pack, unpack } from '../../../labextension/src/sync/frames';
import { Link } from '../../../labextension/src/sync/link';
import type { Header, Message } from '../../../labextension/src/sync/messages';
import { cut } from '../../../labextension/src/sync/parts';
import { half, whole } from '../halves';

beforeEach(half);

const source = { $: 'cols', gen: 'g', first: 0, cols: { x: [1] } };
const set = (v: Json): Json => ({ op: 'set', m: 'a', p: ['n'], v });

/** A document whose server is the test; its second half comes when the test says so. */
class Page {
  readonly document = new Document();
  readonly sent: Message[] = [];
  readonly closed: number[] = [];
  loads = 0;
  readonly link = new Link(this.document.replica, {
    load: () => {
      this.loads++;
      return new Promise((resolve) => (this.resolve = resolve));
    },
  });
  resolve = (): void => {};

  open(): void {
    const close = (code: number) => void this.closed.push(code);
    this.link.open({ send: (message) => this.sent.push(message), close }, 0);
  }

  say(msgtype: string, header: Partial<Header> = {}, content: Json = {}): void {
    const full = { msgid: 's', msgtype, epoch: 'E', client: 'c1', ...header };
    this.link.receive(pack(full, content), 0);
  }

  greet(): void {
    this.say('ACK', { rev: 1 }, { protocol: { version: 1, min: 1 }, resume_key: 'k' });
  }

  snapshot(rev: number, n: Json): void {
    const doc = { title: '', roots: ['a'], models: { a: { type: 'x/X@1', props: { n, k: 0 } } } };
    this.say('PULL-DOC-REPLY', { reqid: this.sent.at(-1)?.header.msgid as string, rev }, { doc });
  }

  patch(rev: number, ...ops: Json[]): void {
    this.say('PATCH-DOC', { since: rev - 1, rev }, { txs: [{ rev, by: 'py', ops }] });
  }

  ok(seq: number, rev: number, content: Json = { verbatim: true }): void {
    this.say('OK', { seq, since: rev - 1, rev }, content);
  }

  edit(v: Json): void {
    this.document.replica.local(set(v));
    this.link.flush(0);
  }

  async arrive(): Promise<void> {
    whole();
    this.resolve();
    await Promise.resolve();
  }

  get n(): Json {
    return this.document.model('a')?.raw('n');
  }

  /** The values that were sent as edits. */
  get edits(): Json[] {
    const patches = this.sent.filter(({ header }) => header.msgtype === 'PATCH-DOC');
    return patches.map(({ content }) => content.ops.map(({ v }: Json) => v));
  }
}

function live(n: Json = 0): Page {
  const page = new Page();
  page.open();
  page.greet();
  page.snapshot(1, n);
  return page;
}

test('the first half knows nothing of binary data and of columns', () => {
  const given = [{ $: 'nd' }, { $: 'bytes' }, source];
  for (const raw of given) expect(() => decode(raw, [])).toThrow(Missing);
  for (const op of ['stream', 'write']) expect(() => fromWire({ op }, [])).toThrow(Missing);
  expect(() => unpack(pack({ msgid: 's', msgtype: 'PING' }, {}, [], true))).toThrow(Missing);
});

test('it makes a page live, takes what others do, and lets the page edit', () => {
  const page = live();
  page.patch(2, set(2), { op: 'msg', m: 'a', name: 'x', data: 1 });
  page.edit(3);
  expect([page.n, page.edits]).toEqual([3, [[3]]]);
  page.ok(1, 3);
  page.patch(4, set(4));
  page.edit(5);
  expect([page.n, page.edits, page.link.status]).toEqual([5, [[3], [5]], 'live']);
  expect(page.loads).toBe(0);
});

test('messages wait in order for code that one of them needs', async () => {
  const page = live(source);
  page.patch(2, set(2));
  page.patch(3, set(source));
  page.patch(4, set(4));
  expect([page.link.status, page.n, page.loads]).toEqual(['catching-up', undefined, 1]);
  await page.arrive();
  expect([page.link.status, page.document.replica.rev, page.n]).toEqual(['live', 4, 4]);
});

test('a foreign commit waits while an edit is pending; edits never do', async () => {
  const page = live();
  page.edit(1);
  page.patch(2, set(9), { op: 'set', m: 'a', p: ['k'], v: 7 });
  page.ok(1, 3);
  page.edit(2);
  expect([page.n, page.document.replica.rev, page.edits]).toEqual([2, 1, [[1]]]);
  await page.arrive();
  expect([page.n, page.document.model('a')?.raw('k')]).toEqual([2, 7]);
  expect([page.document.replica.rev, page.edits, page.loads]).toEqual([3, [[1], [2]], 1]);
});

const outcomes: [string, (page: Page) => void, Json][] = [
  ['refused', (page) => page.say('ERROR', { seq: 1, since: 1, rev: 1 }, { retry: 'never' }), 0],
  ['adjusted', (page) => page.ok(1, 2, { ops: [set(5)] }), 5],
  ['told of a conflict', (page) => page.ok(1, 2, { verbatim: true, conflicts: [{ op: 0 }] }), 1],
];

test.each(outcomes)('the outcome of an edit that is %s waits', async (_, happen, n) => {
  const page = live();
  page.edit(1);
  happen(page);
  expect([page.n, page.document.pending, page.loads]).toEqual([1, 1, 1]);
  await page.arrive();
  expect([page.n, page.document.pending]).toEqual([n, 0]);
});

test('what was missed while the connection was lost waits', async () => {
  const page = live();
  page.link.close(1006);
  page.edit(1);
  page.open();
  page.greet();
  page.snapshot(7, 6);
  expect([page.n, page.link.status, page.edits]).toEqual([1, 'catching-up', []]);
  await page.arrive();
  expect([page.n, page.link.status, page.edits]).toEqual([1, 'live', [[1]]]);
});

test('the parts of a large message wait', async () => {
  const page = live();
  const header = { msgid: 's', msgtype: 'PATCH-DOC', epoch: 'E', since: 1, rev: 2 };
  const v = 'x'.repeat(3000);
  const content = { txs: [{ rev: 2, by: 'py', ops: [set(v)] }] };
  const frames = cut({ header, content, buffers: [] }, 2048);
  for (const frame of frames) page.link.receive(frame, 0);
  page.patch(3, { op: 'set', m: 'a', p: ['k'], v: 3 });
  expect([frames.length > 1, page.n, page.loads]).toEqual([true, 0, 1]);
  await page.arrive();
  expect([page.n, page.document.model('a')?.raw('k')]).toEqual([v, 3]);
});

test.each([
  ['large', 2 ** 24, 32],
  ['small', 1, 2 ** 13],
])(
  'too many %s messages that wait end the connection, whose next one resumes',
  async (_, length, count) => {
    const page = live();
    page.edit(1);
    page.patch(2, set(2));
    const message = ' '.repeat(length);
    for (let i = 0; i < count; i++) page.link.receive(message, 0);
    expect(page.closed).toEqual([]);
    page.link.receive(message, 0);
    expect(page.closed).toEqual([4408]);
    page.link.close(4408);
    page.open();
    page.greet();
    page.snapshot(3, 3);
    await page.arrive();
    expect([page.link.status, page.document.replica.rev]).toEqual(['live', 3]);
  },
);

test('a connection that begins meanwhile is greeted, and what waited on the one before is forgotten', async () => {
  const page = live();
  page.edit(1);
  page.patch(2, set(2));
  page.link.close(1006);
  page.open();
  page.greet();
  expect(page.sent.at(-1)?.header.msgtype).toBe('PULL-DOC-REQ');
  const { resolve } = page;
  page.snapshot(3, 3);
  expect(page.loads).toBe(2);
  whole();
  // The one that the former connection has waited for comes first.
  resolve();
  await page.arrive();
  expect([page.document.replica.rev, page.n, page.edits]).toEqual([3, 1, [[1], [1]]]);
});
