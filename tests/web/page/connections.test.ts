// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Connections } from '../../../labextension/src/page/connections';

class Socket {
  static all: Socket[] = [];
  closed = false;
  readyState = 0;
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
afterEach(() => vi.unstubAllGlobals());

test('a document shown twice has one websocket, closed after the last view', () => {
  const connections = new Connections('key');
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
  new Connections('key').to('docs/a/ws');
  expect(Socket.all[0]?.url).toBe(new URL('docs/a/ws', location.href).href.replace('http', 'ws'));
  expect(Socket.all[0]?.protocols[1]).toBe('syncline.t.a2V5');
});
