import { expect, test } from 'vitest';
import { install, Missing } from '../../../labextension/src/core/late';
import { decode, type Json } from '../../../labextension/src/core/values';
import { Document } from '../../../labextension/src/model/document';
import { pack } from '../../../labextension/src/sync/frames';
import { Link } from '../../../labextension/src/sync/link';

const source = { $: 'cols', gen: 'g', first: 0, cols: { x: [1] } };
const carrier = { send: () => {}, close: () => {} };

/** A link whose snapshot has been asked for; its code comes when the test says so. */
function opened() {
  const document = new Document();
  let arrived = (): void => {};
  const load = (): Promise<void> => new Promise((resolve) => (arrived = resolve));
  const link = new Link(document.replica, { load });
  const say = (msgtype: string, header: Json, content: Json): void =>
    link.receive(pack({ msgid: 's', msgtype, epoch: 'E', client: 'c1', ...header }, content), 0);
  const greet = (): void =>
    say('ACK', { rev: 1 }, { protocol: { version: 1, min: 1 }, resume_key: 'k' });
  const snapshot = (n: Json): void => {
    const doc = { title: '', roots: ['a'], models: { a: { type: 'x/X@1', props: { n } } } };
    say('PULL-DOC-REPLY', { reqid: 'c-1', rev: 1 }, { doc });
  };
  const patch = (rev: number, v: Json): void => {
    const tx = { rev, by: 'py', ops: [{ op: 'set', m: 'a', p: ['n'], v }] };
    say('PATCH-DOC', { since: rev - 1, rev }, { txs: [tx] });
  };
  link.open(carrier, 0);
  greet();
  const get = (): Json => document.model('a')?.raw('n');
  return { link, greet, snapshot, patch, get, arrive: () => arrived() };
}

test('columns are not understood before their code is there', () => {
  expect(() => decode(source, [])).toThrow(Missing);
});

test('a document without columns needs no code for them', () => {
  const { link, snapshot, get } = opened();
  snapshot(1);
  expect([link.status, get()]).toEqual(['live', 1]);
});

test('messages wait in order for code that one of them needs', async () => {
  const left = opened();
  left.snapshot(source);
  left.greet();
  const { link, snapshot, patch, get, arrive } = opened();
  snapshot(source);
  patch(2, 2);
  patch(3, source);
  patch(4, 4);
  expect([link.status, get()]).toEqual(['catching-up', undefined]);
  left.link.close();
  left.link.open(carrier, 0);
  install(await import('../../../labextension/src/core/bulk'));
  for (const each of [arrive, left.arrive]) each();
  await Promise.resolve();
  expect([link.status, link.replica.rev, get()]).toEqual(['live', 4, 4]);
  // What waited on a connection that has ended is forgotten.
  expect(left.link.status).toBe('connecting');
});
