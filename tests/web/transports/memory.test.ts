import { expect, test, vi } from 'vitest';
import { Document } from '../../../labextension/src/model';
import { type Frame, pack, unpack } from '../../../labextension/src/sync/frames';
import { MemoryTransport } from '../../../labextension/src/transports/memory';

test('frames go both ways until the end, and silence is noticed', () => {
  vi.useFakeTimers();
  const got: Frame[] = [];
  const closed: number[] = [];
  const document = new Document();
  const transport = new MemoryTransport(document.link, {
    receive: (frame) => got.push(frame),
    close: (code) => closed.push(code),
  });
  transport.open();
  const content = { protocol: { version: 1, min: 1 }, resume_key: 'k', ping: 20 };
  transport.receive(pack({ msgid: 's', msgtype: 'ACK', client: 'c', epoch: 'E', rev: 0 }, content));
  expect(unpack(got[0] as string).header.msgtype).toBe('PULL-DOC-REQ');
  vi.advanceTimersByTime(40_000);
  expect(unpack(got[1] as string).header.msgtype).toBe('PING');
  vi.advanceTimersByTime(80_000);
  expect(closed).toEqual([4408]);
  expect(document.status).toBe('offline');
  transport.receive('{');
  transport.close();
  expect(closed).toHaveLength(1);
  vi.useRealTimers();
});
