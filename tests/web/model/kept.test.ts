import { expect, test, vi } from 'vitest';
import { type Json, Ref, type Value } from '../../../labextension/src/core/values';
import { Document } from '../../../labextension/src/model';
import { type Frame, pack, unpack } from '../../../labextension/src/sync/frames';
import type { Message } from '../../../labextension/src/sync/messages';
import { MemoryTransport } from '../../../labextension/src/transports/memory';
import '../../../labextension/src/sync/second';

const ref = (id: string): Json => ({ $: 'ref', id });
const model = (type: string, props: Json): Json => ({ type, props });
const MODELS = {
  col: model('ui/Column@1', { children: [ref('s'), ref('l')] }),
  s: model('ui/Slider@1', { value: 1 }),
  l: model('ui/Select@1', { options: ['a', 'b', 'c'], value: 'a' }),
  far: model('ui/Markdown@1', { text: 'x'.repeat(1000) }),
};

/** A page whose server is the test. */
class Page {
  readonly document = new Document();
  readonly transport: MemoryTransport;
  private sent: Message[] = [];

  constructor() {
    const receive = (frame: Frame) => void this.sent.push(unpack(frame));
    this.transport = new MemoryTransport(this.document.link, { receive });
  }

  /** Connect; `client` is a new id, and the reply is made from the PULL. */
  connect(client: string, header: Json, models: Json = MODELS, roots = ['col', 'far']): Json {
    this.transport.open();
    const { epoch = 'E', session = 'S' } = header;
    const resume_key = `key-${client}-${epoch}`;
    const hello = { protocol: { version: 1, min: 1 }, resume_key, ping: 20 };
    this.say('ACK', { client, rev: 0, epoch, session }, hello);
    const pull = this.take('PULL-DOC-REQ') as Message;
    const full = { reqid: pull.header.msgid, client, ...header };
    this.say('PULL-DOC-REPLY', full, { kind: 'snapshot', doc: { title: '', roots, models } });
    return pull;
  }

  say(msgtype: string, header: Json, content: Json): void {
    this.transport.receive(pack({ msgid: 's', epoch: 'E', msgtype, ...header }, content));
  }

  /** The messages of a type since the last call. */
  all(type: string): Message[] {
    return this.sent.splice(0).filter(({ header }) => header.msgtype === type);
  }

  take(type: string): Message | undefined {
    return this.all(type)[0];
  }

  set(m: string, name: string, v: Json): void {
    this.document.model(m)?.set(name, v);
  }

  splice(m: string, name: string, i: number, d: number, ...v: Value[]): void {
    this.document.edit({ op: 'splice', m, p: [name], i, d, v });
  }

  get(m: string, name: string): unknown {
    return this.document.model(m)?.get(name);
  }
}

/** A page with one edit in flight and others queued, and what it keeps, as it is read again. */
function left(edit: (page: Page) => void = () => {}) {
  const page = new Page();
  page.connect('c1', { rev: 5 });
  page.set('s', 'value', 2);
  page.set('s', 'value', 3);
  edit(page);
  return { page, kept: JSON.parse(JSON.stringify(page.document.keep())) };
}

test('a page without edits keeps nothing', () => {
  const page = new Page();
  expect(page.document.keep()).toBeNull();
  page.connect('c1', { rev: 5 });
  expect(page.document.keep()).toBeNull();
});

test('to look at what is kept changes nothing, and nobody is told of a change', () => {
  const { page } = left();
  const seen = vi.fn();
  page.document.model('s')?.on('change:value', seen);
  page.document.keep();
  expect([page.get('s', 'value'), seen.mock.calls.length]).toEqual([3, 0]);
});

test('the next page goes on in the name of the last one: same client, same numbers', async () => {
  const { kept } = left();
  const next = new Page();
  await next.document.adopt(kept);
  expect([next.document.loaded, next.document.pending]).toEqual([false, 2]);
  const { header, content } = next.connect('c2', { client: 'c1', rev: 5, last_seq: null });
  expect([header.client, header.resume_key]).toEqual(['c1', 'key-c1-E']);
  expect([content.have, content.pending]).toEqual([null, 1]);
});

test('what was in flight and never came is sent with its number, then what was queued', async () => {
  const { kept } = left();
  const next = new Page();
  await next.document.adopt(kept);
  next.connect('c2', { client: 'c1', rev: 7, last_seq: 0 });
  expect(next.get('s', 'value')).toBe(3);
  const again = next.take('PATCH-DOC') as Message;
  expect([again.header.seq, again.header.base, again.content.ops[0].v]).toEqual([1, 7, 2]);
  next.say('OK', { seq: 1, since: 7, rev: 8 }, { verbatim: true });
  const queued = next.take('PATCH-DOC') as Message;
  expect([queued.header.seq, queued.content.ops[0].v]).toEqual([2, 3]);
});

const SECRETS = {
  ...MODELS,
  col: model('ui/Column@1', { children: [ref('s'), ref('p')] }),
  p: model('ui/PasswordInput@1', { value: 'old hush', label: '' }),
};

test.each([
  ['alone', [], []],
  ['in flight, and others queued', [['s', 5]], [[1, 's', 5]]],
])('what is not saved is not kept: %s', async (_, others, expected) => {
  const page = new Page();
  page.connect('c1', { rev: 5 }, SECRETS);
  page.set('p', 'value', 'hush');
  page.set('p', 'value', 'hush, hush');
  for (const [m, v] of others) page.set(m as string, 'value', v as number);
  page.document.transaction(
    () => {
      page.set('p', 'label', 'half');
      page.set('p', 'value', 'hush');
    },
    { mode: 'atomic' },
  );
  const text = JSON.stringify(page.document.keep());
  expect(text).not.toContain('hush');
  expect(text).not.toContain('half');
  const next = new Page();
  const kept = JSON.parse(text);
  expect(kept === null).toBe(!expected.length);
  if (!kept) return;
  await next.document.adopt(kept);
  next.connect('c2', { client: 'c1', rev: 5, last_seq: 0 }, SECRETS);
  expect(next.get('p', 'value')).toBe('old hush');
  const sent = next.all('PATCH-DOC').map(({ header, content }) => {
    const [{ m, v }] = content.ops;
    return [header.seq, m, v];
  });
  expect(sent).toEqual(expected);
});

test('what was in flight and came is not sent again', async () => {
  const { kept } = left();
  const next = new Page();
  await next.document.adopt(kept);
  const ops = [{ op: 'set', m: 's', p: ['value'], v: 2 }];
  const result = { type: 'OK', seq: 1, since: 5, rev: 6, content: { ops } };
  const models = { ...MODELS, s: model('ui/Slider@1', { value: 2 }) };
  next.connect('c2', { client: 'c1', rev: 6, last_seq: 1, result }, models);
  const { header, content } = next.take('PATCH-DOC') as Message;
  expect([header.seq, content.ops.length, content.ops[0].v]).toEqual([2, 1, 3]);
});

test('an edit of a list is carried over what happened meanwhile', async () => {
  const { kept } = left((page) => page.splice('l', 'options', 1, 1, 'mine'));
  const next = new Page();
  await next.document.adopt(kept);
  const models = { ...MODELS, l: model('ui/Select@1', { options: ['0', 'a', 'b', 'c'] }) };
  next.connect('c2', { client: 'c1', rev: 7, last_seq: 0 }, models);
  expect(next.get('l', 'options')).toEqual(['0', 'a', 'mine', 'c']);
});

test('a document that was rebuilt is matched by place, and takes the edits', async () => {
  const { kept } = left();
  const next = new Page();
  await next.document.adopt(kept);
  const models = {
    new1: model('ui/Column@1', { children: [ref('new2'), ref('new3')] }),
    new2: model('ui/Slider@1', { value: 1 }),
    new3: MODELS.l,
  };
  next.connect('c9', { client: 'c1', epoch: 'E2', rev: 1, last_seq: 0 }, models, ['new1']);
  expect(next.get('new2', 'value')).toBe(3);
  expect((next.take('PATCH-DOC') as Message).content.ops[0].m).toBe('new2');
});

test('a session that is another one gets none of the edits, and that is told', async () => {
  const { kept } = left();
  const next = new Page();
  const told = vi.fn();
  next.document.onConflict(told);
  await next.document.adopt(kept);
  // Its first client has the same name, as every session counts them from 1.
  next.connect('c1', { epoch: 'E2', session: 'S2', rev: 1, last_seq: null });
  expect([next.get('s', 'value'), next.document.pending]).toEqual([1, 0]);
  expect(told.mock.calls.map(([{ kind, code }]) => [kind, code])).toEqual([
    ['refused', 'stale-epoch'],
    ['refused', 'stale-epoch'],
  ]);
});

test('a session that was rebuilt and has forgotten its clients gets the edits all the same', async () => {
  const { kept } = left();
  const next = new Page();
  await next.document.adopt(kept);
  next.connect('c4', { epoch: 'E2', rev: 1, last_seq: null });
  expect([next.get('s', 'value'), next.document.pending]).toEqual([3, 2]);
});

test('once it is live, another incarnation gets the edits as ever', async () => {
  const { kept } = left();
  const next = new Page();
  await next.document.adopt(kept);
  next.connect('c2', { client: 'c1', rev: 7, last_seq: 0 });
  next.transport.close(1006);
  next.connect('c1y', { epoch: 'E2', rev: 1, last_seq: null });
  expect(next.get('s', 'value')).toBe(3);
});

test('a page that is left before it was connected keeps what it was given', async () => {
  const { kept } = left();
  const next = new Page();
  await next.document.adopt(kept);
  expect(next.document.keep()).toEqual(kept);
});

test('models made by the page go on being counted', async () => {
  const { kept } = left((page) => {
    const made = page.document.add('ui/Markdown@1', { text: 'new' });
    page.splice('col', 'children', 2, 0, new Ref(made.id));
  });
  const next = new Page();
  await next.document.adopt(kept);
  next.connect('c2', { client: 'c1', rev: 7, last_seq: 0 });
  expect(next.get('c1-1', 'text')).toBe('new');
  expect(next.document.add('ui/Markdown@1').id).toBe('c1-2');
});

test('edits of a transaction stay together, with its mode', async () => {
  const { kept } = left((page) =>
    page.document.transaction(
      () => {
        page.set('s', 'value', 7);
        page.set('l', 'value', 'b');
      },
      { mode: 'atomic', label: 'both' },
    ),
  );
  const next = new Page();
  await next.document.adopt(kept);
  next.connect('c2', { client: 'c1', rev: 7, last_seq: 0 });
  next.say('OK', { seq: 1, since: 7, rev: 8 }, { verbatim: true });
  next.say('OK', { seq: 2, since: 8, rev: 9 }, { verbatim: true });
  const sent = next.all('PATCH-DOC').map(({ content }) => [content.mode, content.label]);
  expect(sent).toEqual([
    [undefined, undefined],
    [undefined, undefined],
    ['atomic', 'both'],
  ]);
});

test('a transaction that was broken before is not sent by the next page either', async () => {
  const { kept } = left((page) => {
    page.document.transaction(() => page.set('l', 'value', 'b'), { mode: 'strict' });
    const ops = [{ op: 'set', m: 'l', p: ['value'], v: 'c' }];
    page.say('PATCH-DOC', { since: 5, rev: 6 }, { txs: [{ rev: 6, by: 'py', ops }] });
  });
  const next = new Page();
  await next.document.adopt(kept);
  const models = { ...MODELS, l: model('ui/Select@1', { options: ['a', 'b', 'c'], value: 'c' }) };
  next.connect('c2', { client: 'c1', rev: 6, last_seq: 0 }, models);
  for (const seq of [1, 2])
    next.say('OK', { seq, since: 5 + seq, rev: 6 + seq }, { verbatim: true });
  expect(next.get('l', 'value')).toBe('c');
  expect(next.all('PATCH-DOC').map(({ content }) => content.ops.length)).toEqual([1, 1, 0]);
});

test('of the document no more is kept than what the edits stand on', () => {
  const { kept } = left();
  expect(Object.keys(kept.base.models).sort()).toEqual(['col', 's']);
});

test('values of every kind are kept, and the code they need is fetched', async () => {
  const { kept } = left((page) => {
    page.set('far', 'key', { deep: [1, null, { n: -0 }], b: new Uint8Array([1, 2]) });
  });
  const next = new Page();
  const columns = { $: 'cols', gen: 'py-1', first: 0, cols: { x: [1, 2] } };
  kept.edits.push([{ op: 'set', m: 'far', p: ['data'], v: columns }, 0, undefined]);
  await next.document.adopt(kept);
  next.connect('c2', { client: 'c1', rev: 7, last_seq: 0 });
  expect(next.get('far', 'key')).toMatchObject({ deep: [1, null, { n: -0 }] });
  expect(next.get('far', 'data')).toMatchObject({ gen: 'py-1' });
});

test('what cannot be read is an error, and the page begins anew', async () => {
  const next = new Page();
  await expect(next.document.adopt({ edits: [['?', 0]], groups: [] })).rejects.toThrow();
  next.connect('c2', { rev: 7 });
  expect(next.get('s', 'value')).toBe(1);
});
