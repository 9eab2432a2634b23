import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Document } from '../../../labextension/src/model';
import { pack, unpack } from '../../../labextension/src/sync/frames';
import { WebSocketTransport } from '../../../labextension/src/transports/websocket';

/** A browser's socket, with the server's side as methods. */
class Socket {
  static made: Socket[] = [];
  readyState = 0;
  binaryType = '';
  sent: unknown[] = [];
  closedWith: number[] = [];
  onmessage: (event: { data: unknown }) => void = () => {};
  onclose: (event: { code: number; reason: string }) => void = () => {};

  constructor(
    readonly url: string,
    readonly protocols: string[],
  ) {
    Socket.made.push(this);
  }

  send(frame: unknown): void {
    this.sent.push(frame);
  }

  close(code: number): void {
    this.closedWith.push(code);
  }

  accept(): void {
    this.readyState = 1;
    const content = { protocol: { version: 1, min: 1 }, resume_key: 'k', ping: 20 };
    const data = pack({ msgid: 's-1', msgtype: 'ACK', client: 'c1', epoch: 'E', rev: 0 }, content);
    this.onmessage({ data });
  }

  drop(code: number): void {
    this.readyState = 3;
    this.onclose({ code, reason: '' });
  }
}

let page: EventTarget & { baseURI: string; hidden: boolean };
let events: EventTarget;

beforeEach(() => {
  vi.useFakeTimers();
  Socket.made = [];
  page = Object.assign(new EventTarget(), { baseURI: 'https://host:1/base/app', hidden: false });
  events = new EventTarget();
  vi.stubGlobal('WebSocket', Socket);
  vi.stubGlobal('document', page);
  vi.stubGlobal('addEventListener', events.addEventListener.bind(events));
  vi.stubGlobal('removeEventListener', events.removeEventListener.bind(events));
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

const last = () => Socket.made.at(-1) as Socket;

function open(token: string | null = 'a.b~ü') {
  const document = new Document();
  const transport = new WebSocketTransport('app/ws', token, document.link);
  transport.open();
  return { document, transport };
}

test('the url is relative to the page and the token stays out of it', () => {
  open();
  expect(last().url).toBe('wss://host:1/base/app/ws');
  expect(last().protocols[0]).toBe('syncline.v1');
  const token = last().protocols[1]?.replace('syncline.t.', '') ?? '';
  expect(token).toMatch(/^[\w-]+$/);
  expect(Buffer.from(token, 'base64url').toString()).toBe('a.b~ü');
  expect(last().binaryType).toBe('arraybuffer');
});

test('without a token there is one subprotocol', () => {
  open(null);
  expect(last().protocols).toEqual(['syncline.v1']);
});

test('the handshake runs over the socket', () => {
  const { document } = open();
  expect(document.status).toBe('connecting');
  last().accept();
  expect(unpack(last().sent[0] as string).header.msgtype).toBe('PULL-DOC-REQ');
});

test.each([[1001], [1006], [1012], [4408], [1011]])(
  'after %i it connects again, with growing delay',
  (code) => {
    const { document } = open();
    vi.spyOn(Math, 'random').mockReturnValue(1);
    last().drop(code);
    expect(document.status).toBe('offline');
    vi.advanceTimersByTime(499);
    expect(Socket.made).toHaveLength(1);
    vi.advanceTimersByTime(1);
    expect(Socket.made).toHaveLength(2);
    last().drop(code);
    vi.advanceTimersByTime(999);
    expect(Socket.made).toHaveLength(2);
    vi.advanceTimersByTime(1);
    expect(Socket.made).toHaveLength(3);
  },
);

test('the delay is at most 30 seconds and starts anew after a message', () => {
  open();
  vi.spyOn(Math, 'random').mockReturnValue(1);
  for (let i = 0; i < 10; i++) {
    last().drop(1006);
    vi.advanceTimersByTime(30_000);
  }
  expect(Socket.made).toHaveLength(11);
  last().accept();
  last().drop(1006);
  vi.advanceTimersByTime(500);
  expect(Socket.made).toHaveLength(12);
});

test.each([[4400], [4401], [4404], [4406], [4413]])('after %i it never connects again', (code) => {
  const { document } = open();
  last().drop(code);
  events.dispatchEvent(new Event('online'));
  vi.advanceTimersByTime(1e6);
  expect(Socket.made).toHaveLength(1);
  expect(document.link.closed?.code).toBe(code);
});

test('after a takeover it comes back as another client', () => {
  const { document } = open();
  document.replica.resumeKey = 'k';
  last().drop(4409);
  vi.advanceTimersByTime(500);
  last().accept();
  expect(unpack(last().sent[0] as string).header.client).toBeUndefined();
});

test.each([['online'], ['visibilitychange']])('%s connects at once', (name) => {
  open();
  last().drop(1006);
  (name === 'online' ? events : page).dispatchEvent(new Event(name));
  expect(Socket.made).toHaveLength(2);
  vi.advanceTimersByTime(60_000);
  events.dispatchEvent(new Event('online'));
  expect(Socket.made).toHaveLength(2);
});

test('a hidden page does not hurry', () => {
  open();
  last().drop(1006);
  page.hidden = true;
  page.dispatchEvent(new Event('visibilitychange'));
  expect(Socket.made).toHaveLength(1);
});

test('a dead connection is found and replaced without waiting for the closing handshake', () => {
  const { document } = open();
  last().accept();
  vi.advanceTimersByTime(121_000);
  expect(Socket.made[0]?.closedWith).toEqual([4408]);
  expect(Socket.made.length).toBeGreaterThan(1);
  Socket.made[0]?.drop(1006);
  Socket.made[0]?.accept();
  expect(document.status).not.toBe('live');
});

test('closed by the application it stays closed, and can be opened again', () => {
  const { document, transport } = open();
  transport.close();
  expect(last().closedWith).toEqual([1000]);
  vi.advanceTimersByTime(1e6);
  events.dispatchEvent(new Event('online'));
  expect(Socket.made).toHaveLength(1);
  expect(document.status).toBe('offline');
  transport.open();
  transport.open();
  expect(Socket.made).toHaveLength(2);
});

test('closed while it waits it does not come back', () => {
  const { transport } = open();
  last().drop(1006);
  transport.close();
  vi.advanceTimersByTime(1e6);
  expect(Socket.made).toHaveLength(1);
});
