import { expect, test } from 'vitest';
import { unpack } from '../../../labextension/src/sync/frames';
import { Joiner } from '../../../labextension/src/sync/joiner';
import { cut } from '../../../labextension/src/sync/parts';
import { Harness, live, set } from './harness';

test('a large transaction goes out in parts that the server takes', () => {
  const h = new Harness();
  h.link.open(h, 0);
  h.ack('c1', {}, { limits: { frame: 4096 } });
  h.pulled();
  h.snapshot(5, { n: 0 });
  h.set('n', 'ü'.repeat(5000));
  const parts = h.take();
  expect(parts.map(({ header }) => header.part)).toEqual([
    [0, 4],
    [1, 4],
    [2, 4],
    [3, 4],
  ]);
  expect(parts.every(({ header }) => header.seq === 1)).toBe(true);
  expect(h.frames.slice(-4).every((frame) => frame.length <= 4096)).toBe(true);
  const joiner = new Joiner();
  const [whole] = parts.map((part) => joiner.add(part)).slice(-1);
  expect(unpack(whole as never).content.ops[0].v).toHaveLength(5000);
});

test('the parts of a large message are joined; between them others may come', () => {
  const h = live();
  const header = { msgid: 's-9', msgtype: 'PATCH-DOC', epoch: 'E1', since: 5, rev: 6 };
  const txs = [{ rev: 6, by: 'py', ops: [set('n', 'x'.repeat(3000))] }];
  for (const part of cut({ header, content: { txs }, buffers: [] }, 2048)) {
    h.link.receive(part, 0);
    h.say('PING');
  }
  expect(h.get('n')).toHaveLength(3000);
  expect(h.take().every(({ header: { msgtype } }) => msgtype === 'OK')).toBe(true);
});

test('a missing part drops the message and pulls', () => {
  const h = live();
  const header = { msgid: 's-9', msgtype: 'PATCH-DOC', epoch: 'E1', since: 5, rev: 6 };
  const [first, ...parts] = cut({ header, content: { x: 'x'.repeat(4000) }, buffers: [] }, 2048);
  h.link.receive(first as never, 0);
  h.link.receive(parts[1] as never, 0);
  expect(h.pulled().content.kind).toBe(undefined);
  const other = cut(
    { header: { ...header, msgid: 's-10' }, content: { x: 'x'.repeat(4000) }, buffers: [] },
    2048,
  );
  h.link.receive(first as never, 0);
  h.link.receive(other[1] as never, 0);
  expect(h.pulled()).toBeDefined();
  expect(h.errors).toEqual([]);
});

test('parts of an earlier connection, or of another cut of the same message, are not joined', () => {
  const h = live();
  const header = { msgid: 's-9', msgtype: 'PATCH-DOC', epoch: 'E1', since: 5, rev: 6 };
  const message = (fill: string) => ({ header, content: { x: fill.repeat(4000) }, buffers: [] });
  const [first] = cut(message('x'), 2048);
  const [, second] = cut(message('y'), 4096);
  h.link.receive(first as never, 0);
  h.link.receive(second as never, 0);
  expect(h.pulled()).toBeDefined();
  h.link.receive(first as never, 0);
  h.link.close(1006, '');
  h.link.open(h, 0);
  h.ack();
  h.pulled();
  h.link.receive(cut(message('z'), 2048)[1] as never, 0);
  expect(h.pulled()).toBeDefined();
  expect(h.errors).toEqual([]);
});
