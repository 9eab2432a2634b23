import { expect, test } from 'vitest';
import { pack, unpack } from '../../../labextension/src/sync/frames';
import '../../../labextension/src/sync/second';

const header = { msgid: 'c-1', msgtype: 'PING' };
const bytes = (n: number) => Uint8Array.from({ length: n }, (_, i) => i + 1);

test('without buffers a frame is text', () => {
  const frame = pack(header, { a: 1 });
  expect(frame).toBe('{"header":{"msgid":"c-1","msgtype":"PING"},"content":{"a":1}}');
  expect(unpack(frame)).toEqual({ header, content: { a: 1 }, buffers: [] });
});

test('with buffers it is binary, and every part stands at a multiple of 8', () => {
  const frame = pack(header, {}, [bytes(3), bytes(0), bytes(8)]) as Uint8Array<ArrayBuffer>;
  const table = new DataView(frame.buffer);
  expect([...frame.subarray(0, 4)]).toEqual([0x53, 0x4c, 1, 0]);
  expect(table.getUint32(4, true)).toBe(4);
  expect(table.getUint32(12, true)).toBe(3);
  expect(frame.length % 8).toBe(0);
  expect(frame.byteLength).toBe(frame.buffer.byteLength);
  const back = unpack(frame);
  expect(back.header.buffers).toBe(3);
  expect(back.buffers.map((b) => [...b])).toEqual([[1, 2, 3], [], [1, 2, 3, 4, 5, 6, 7, 8]]);
  for (const buffer of back.buffers) {
    expect(buffer.byteOffset % 8).toBe(0);
    expect(buffer.buffer).toBe(frame.buffer);
  }
});

test('a frame without buffers may be binary', () => {
  expect(unpack(pack(header, { ü: 'ß' }, [], true))).toEqual({
    header,
    content: { ü: 'ß' },
    buffers: [],
  });
});

test('a frame at an odd place in memory is copied once', () => {
  const frame = pack(header, {}, [bytes(8)]) as Uint8Array;
  const shifted = new Uint8Array(frame.length + 3);
  shifted.set(frame, 3);
  const buffer = unpack(shifted.subarray(3)).buffers[0];
  expect(buffer?.byteOffset).toBe(((buffer?.byteOffset ?? 1) >> 3) << 3);
  expect([...(buffer ?? [])]).toEqual([...bytes(8)]);
  expect(unpack(new DataView(shifted.buffer, 3)).buffers).toHaveLength(1);
});

const good = pack(header, {}, [bytes(3)]) as Uint8Array;
const changed = (at: number, value: number) => {
  const out = good.slice();
  out[at] = value;
  return out;
};
test.each([
  ['another magic', changed(0, 0)],
  ['another version', changed(2, 2)],
  ['flags', changed(3, 1)],
  ['no parts', changed(4, 0)],
  ['too many parts', changed(5, 200)],
  ['a part beyond the end', changed(8, 255)],
  ['a missing tail', good.slice(0, -8)],
  ['a tail too many', Uint8Array.from([...good, ...bytes(8)])],
  ['an unpadded end', good.slice(0, -1)],
  ['too short', good.slice(0, 6)],
  ['nothing', new Uint8Array()],
  ['a BOM', '\ufeff{"header":{"msgid":"1","msgtype":"X"},"content":{}}'],
  ['no JSON', '{'],
  ['NaN', '{"header":{"msgid":"1","msgtype":"X"},"content":{"a":NaN}}'],
  ['null', 'null'],
  ['no header', '{"content":{}}'],
  ['a header without a type', '{"header":{"msgid":"1"},"content":{}}'],
  ['buffers that are not there', '{"header":{"msgid":"1","msgtype":"X","buffers":1},"content":{}}'],
])('%s is malformed', (_, frame) => {
  expect(() => unpack(frame)).toThrow();
});

test('text that is not UTF-8 is malformed', () => {
  const frame = pack({ ...header, msgid: 'ü' }, {}, [], true) as Uint8Array;
  const at = frame.indexOf(0xc3);
  frame[at + 1] = 0x20;
  expect(() => unpack(frame)).toThrow();
});
