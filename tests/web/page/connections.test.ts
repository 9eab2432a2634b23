// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Connections } from '../../../labextension/src/page/connections';
import { Tab } from '../../../labextension/src/transports/tab';

class Socket {
  static all: Socket[] = [];
  closed = false;
  readyState = 0;
  onclose: (event: { code: number; reason: string }) => void = () => {};
  constructor(
    readonly url: string,
    readonly protocols: string[],
  ) {
    Socket.all.push(this);
  }
  close() {
    this.closed = true;
  }
}

beforeEach(() => {
  Socket.all = [];
  vi.stubGlobal('WebSocket', Socket);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  sessionStorage.clear();
});

test('a document shown twice has one websocket, closed after the last view', () => {
  const connections = new Connections(['key'], new Tab());
  const first = connections.to('docs/a/ws');
  const second = connections.to('docs/a/ws');
  expect(Socket.all.length).toBe(1);
  expect(first.document).toBe(second.document);
  first.close();
  expect(Socket.all[0]?.closed).toBe(false);
  second.close();
  expect(Socket.all[0]?.closed).toBe(true);
});

test('addresses are relative to the page, and the token is no part of them', () => {
  new Connections(['key'], new Tab()).to('docs/a/ws');
  expect(Socket.all[0]?.url).toBe(new URL('docs/a/ws', location.href).href.replace('http', 'ws'));
  expect(Socket.all[0]?.protocols[1]).toBe('syncline.t.a2V5');
});

test('where the session of a token has ended, the next token is used; once the document was there, none is', async () => {
  const connections = new Connections(['old', 'key'], new Tab());
  const { document } = connections.to('app/ws');
  expect(connections.token).toBe('old');
  Socket.all[0]?.onclose({ code: 4404, reason: '' });
  await Promise.resolve();
  expect([connections.token, document.status]).toEqual(['key', 'connecting']);
  expect(Socket.all[1]?.protocols[1]).toBe('syncline.t.a2V5');
  Socket.all[1]?.onclose({ code: 4404, reason: '' });
  await Promise.resolve();
  expect([Socket.all.length, document.status]).toEqual([2, 'offline']);
});

test('what is kept is taken up before the page connects', async () => {
  vi.spyOn(performance, 'getEntriesByType').mockReturnValue([{ type: 'reload' }] as never);
  const kept = { client: 'c1', resumeKey: 'k', seq: 1, flight: null, groups: [null], edits: [] };
  const whole = { ...kept, epoch: 'E', rev: 1, msgs: 0, made: 0, base: { roots: [], models: {} } };
  new Tab().leave('app/ws', whole);
  const connections = new Connections(['key'], new Tab());
  const { document } = connections.to('app/ws');
  expect(Socket.all.length).toBe(0);
  await vi.waitFor(() => expect(Socket.all.length).toBe(1));
  expect(document.replica.client).toBe('c1');
  connections.forget();
  expect(sessionStorage.length).toBe(0);
});

test('what nobody wants any more is not connected when what was kept has been read', async () => {
  vi.spyOn(performance, 'getEntriesByType').mockReturnValue([{ type: 'reload' }] as never);
  new Tab().leave('app/ws', { broken: 1 });
  vi.spyOn(console, 'error').mockReturnValue();
  new Connections(['key'], new Tab()).to('app/ws').close();
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect(Socket.all.length).toBe(0);
});

test('what was entered outlives its view until it was sent, or never will be', async () => {
  const connections = new Connections(['key'], new Tab());
  const first = connections.to('docs/a/ws');
  const { document } = first;
  const pending = vi.spyOn(document, 'pending', 'get').mockReturnValue(1);
  first.close();
  expect(Socket.all[0]?.closed).toBe(false);
  const again = connections.to('docs/a/ws');
  expect(again.document).toBe(document);
  again.close();
  pending.mockReturnValue(0);
  document['events'].emit('pending', document);
  expect(Socket.all[0]?.closed).toBe(true);
  const other = connections.to('docs/a/ws');
  expect(other.document).not.toBe(document);
  vi.spyOn(other.document, 'pending', 'get').mockReturnValue(1);
  other.close();
  expect(Socket.all[1]?.closed).toBe(false);
  Socket.all[1]?.onclose({ code: 4404, reason: '' });
  expect(connections.to('docs/a/ws').document).not.toBe(other.document);
});

test('a session that has ended without its view is not connected by the next token', async () => {
  const connections = new Connections(['old', 'key'], new Tab());
  const { document, close } = connections.to('app/ws');
  vi.spyOn(document, 'pending', 'get').mockReturnValue(1);
  close();
  Socket.all[0]?.onclose({ code: 4404, reason: '' });
  await Promise.resolve();
  expect(Socket.all.length).toBe(1);
});

test('what cannot be sent and is not shown is given up after a while', () => {
  vi.useFakeTimers();
  const { document, close } = new Connections(['key'], new Tab()).to('docs/a/ws');
  vi.spyOn(document, 'pending', 'get').mockReturnValue(1);
  close();
  vi.advanceTimersByTime(14 * 60_000);
  expect(Socket.all.every(({ closed }) => closed)).toBe(false);
  vi.advanceTimersByTime(60_000);
  expect(Socket.all.every(({ closed }) => closed)).toBe(true);
  expect(vi.getTimerCount()).toBe(0);
});

test('what has lingered connects at once when it is shown again', () => {
  const connections = new Connections(['key'], new Tab());
  const { document, close } = connections.to('docs/a/ws');
  vi.spyOn(document, 'pending', 'get').mockReturnValue(1);
  close();
  Socket.all[0]?.onclose({ code: 1012, reason: '' });
  expect(Socket.all.length).toBe(1);
  connections.to('docs/a/ws');
  expect(Socket.all.length).toBe(2);
  connections.to('docs/a/ws');
  expect(Socket.all.length).toBe(2);
});
