import { expect, test, vi } from 'vitest';
import { Missing } from '../../../labextension/src/core/late';
import { decode, type Json } from '../../../labextension/src/core/values';
import { Document } from '../../../labextension/src/model/document';
import { pack } from '../../../labextension/src/sync/frames';
import { MemoryTransport } from '../../../labextension/src/transports/memory';

const source = { $: 'cols', gen: 'g', first: 0, cols: { x: [1] } };
const set = (rev: number, n: Json): Json => {
  const ops = [{ op: 'set', m: 'a', p: ['n'], v: n }];
  return { txs: [{ rev, by: 'py', ops }] };
};

/** A document whose snapshot has been asked for. */
function opened() {
  const document = new Document();
  const transport = new MemoryTransport(document.link, { receive: () => {} });
  transport.open();
  const say = (msgtype: string, header: Json, content: Json): void =>
    transport.receive(pack({ msgid: 's', msgtype, epoch: 'E', client: 'c1', ...header }, content));
  say('ACK', { rev: 1 }, { protocol: { version: 1, min: 1 }, resume_key: 'k' });
  const snapshot = (props: Json): void => {
    const doc = { title: '', roots: ['a'], models: { a: { type: 'x/X@1', props } } };
    say('PULL-DOC-REPLY', { reqid: 'c-1', rev: 1 }, { doc });
  };
  return { document, transport, say, snapshot, get: () => document.model('a')?.raw('n') };
}

// The tests of this file are one story: what is loaded stays.

test('columns are not understood before their code is there', () => {
  expect(() => decode(source, [])).toThrow(Missing);
});

test('a document without columns needs no code for them', () => {
  const { document, snapshot } = opened();
  snapshot({ n: 1 });
  expect(document.status).toBe('live');
});

test('a connection that ended meanwhile leaves nothing that waits', async () => {
  const { document, transport, snapshot } = opened();
  snapshot({ n: source });
  transport.close();
  transport.open();
  expect(document.status).toBe('connecting');
});

test('messages wait in order for code that one of them needs, and are answered then', async () => {
  const { document, say, snapshot, get } = opened();
  snapshot({ n: source });
  say('PATCH-DOC', { since: 1, rev: 2 }, set(2, 2));
  say('PATCH-DOC', { since: 2, rev: 3 }, set(3, 3));
  expect([document.status, get()]).toEqual(['catching-up', undefined]);
  await vi.waitFor(() => expect(get()).toBe(3));
  expect([document.status, document.replica.rev]).toEqual(['live', 3]);
});
