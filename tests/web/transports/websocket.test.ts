import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Document } from '../../../labextension/src/model';
import { pack, unpack } from '../../../labextension/src/sync/frames';
import { WebSocketTransport } from '../../../labextension/src/transports/websocket';

/** A browser's socket, with the server's side as methods. */
class Socket {
  static made: Socket[] = [];
  readyState = 0;
  bufferedAmount = 0;
  binaryType = '';
  sent: unknown[] = [];
  closedWith: (number | undefined)[] = [];
  onopen: () => void = () => {};
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

  close(code?: number): void {
    this.closedWith.push(code);
  }

  open(): void {
    this.readyState = 1;
    this.onopen();
  }

  say(msgtype: string, header: object = {}, content: object = {}): void {
    const data = pack({ msgid: 's-1', msgtype, epoch: 'E', ...header }, content);
    this.onmessage({ data });
  }

  accept(): void {
    this.open();
    const content = { protocol: { version: 1, min: 1 }, resume_key: 'k', ping: 20 };
    this.say('ACK', { client: 'c1', rev: 0 }, content);
  }

  /** Give the document its first state. */
  live(): void {
    this.accept();
    const reqid = unpack(this.sent[0] as string).header.msgid;
    const models = { a: { type: 'ui/Slider@1', props: { value: 0 } } };
    const doc = { title: '', roots: ['a'], models };
    const header = { reqid, client: 'c1', rev: 0 };
    this.say('PULL-DOC-REPLY', header, { kind: 'snapshot', doc });
    this.sent = [];
  }

  /** The types of what was sent since the last call. */
  told(): string[] {
    return this.sent.splice(0).map((frame) => unpack(frame as string).header.msgtype);
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
  vi.spyOn(Math, 'random').mockReturnValue(1);
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
  vi.restoreAllMocks();
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

test.each([[1001], [1006], [1012], [4408], [1011]])('after %i it connects again, soon', (code) => {
  const { document } = open();
  last().drop(code);
  expect(document.status).toBe('offline');
  for (const wait of [250, 500, 500]) {
    const { length } = Socket.made;
    vi.advanceTimersByTime(wait - 1);
    expect(Socket.made).toHaveLength(length);
    vi.advanceTimersByTime(1);
    expect(Socket.made).toHaveLength(length + 1);
    last().drop(code);
  }
});

/** The longest wait before each of the next attempts. */
function waits(count: number): number[] {
  return Array.from({ length: count }, () => {
    const { length } = Socket.made;
    const start = performance.now();
    while (Socket.made.length === length) vi.advanceTimersByTime(1);
    last().drop(1006);
    return performance.now() - start;
  });
}

test('attempts are quick for some ten seconds, then rarer; live, all begins anew', () => {
  open();
  last().drop(1006);
  const found = waits(34);
  expect(found.slice(0, 26)).toEqual([250, ...Array(24).fill(500), 1000]);
  expect(found.slice(26)).toEqual([2000, 4000, 8000, 16_000, ...Array(4).fill(30_000)]);
  vi.advanceTimersByTime(30_000);
  last().accept();
  last().drop(1012);
  expect(waits(1)).toEqual([30_000]);
  vi.advanceTimersByTime(30_000);
  last().live();
  last().drop(1012);
  expect(waits(2)).toEqual([250, 500]);
});

test('half of each wait is left to chance', () => {
  open();
  vi.mocked(Math.random).mockReturnValue(0);
  last().drop(1006);
  expect(waits(2)).toEqual([1, 250]);
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

test.each([['online'], ['focus'], ['pageshow'], ['visibilitychange']])(
  '%s connects at once',
  (name) => {
    open();
    last().drop(1006);
    (name === 'visibilitychange' ? page : events).dispatchEvent(new Event(name));
    expect(Socket.made).toHaveLength(2);
    last().live();
    vi.advanceTimersByTime(10_000);
    expect(Socket.made).toHaveLength(2);
  },
);

test('a hidden page does not hurry, nor one that has just lost the network', () => {
  open();
  last().drop(1006);
  events.dispatchEvent(new Event('offline'));
  page.hidden = true;
  page.dispatchEvent(new Event('visibilitychange'));
  expect(Socket.made).toHaveLength(1);
});

test('an attempt that hangs is given up and made again', () => {
  open();
  vi.advanceTimersByTime(3999);
  expect(Socket.made[0]?.closedWith).toEqual([]);
  vi.advanceTimersByTime(251);
  expect(Socket.made[0]?.closedWith).toEqual([undefined]);
  expect(Socket.made).toHaveLength(2);
  Socket.made[0]?.accept();
  expect(Socket.made[0]?.sent).toEqual([]);
});

test('an attempt from before the network came back is made again at once', () => {
  open();
  events.dispatchEvent(new Event('focus'));
  expect(Socket.made).toHaveLength(1);
  events.dispatchEvent(new Event('online'));
  expect(Socket.made).toHaveLength(2);
  vi.advanceTimersByTime(3000);
  expect(Socket.made).toHaveLength(2);
});

test('a server that accepts has time to greet: a kernel may be on its way', () => {
  const { document } = open();
  last().open();
  events.dispatchEvent(new Event('focus'));
  vi.advanceTimersByTime(29_000);
  expect([document.status, last().sent, Socket.made.length]).toEqual(['connecting', [], 1]);
  vi.advanceTimersByTime(2000);
  expect(Socket.made).toHaveLength(2);
});

const edit = (document: Document, v: number) =>
  document.edit({ op: 'set', m: 'a', p: ['value'], v });

test('an edit without an answer asks for a sign of life, and without one begins anew', () => {
  const { document } = open();
  last().live();
  edit(document, 1);
  vi.advanceTimersByTime(2499);
  expect(last().told()).toEqual(['PATCH-DOC']);
  vi.advanceTimersByTime(1);
  expect(last().told()).toEqual(['PING']);
  vi.advanceTimersByTime(999);
  expect(document.status).toBe('live');
  vi.advanceTimersByTime(1);
  expect(Socket.made[0]?.closedWith).toEqual([undefined]);
  expect(Socket.made).toHaveLength(2);
  Socket.made[0]?.drop(1006);
  expect(document.status).toBe('connecting');
});

test('a server that is only slow to answer an edit is left in peace', () => {
  const { document } = open();
  last().live();
  edit(document, 1);
  for (let i = 0; i < 10; i++) {
    vi.advanceTimersByTime(2500);
    last().say('OK', { rev: 0 });
  }
  expect(last().told()).toEqual(['PATCH-DOC', ...Array(10).fill('PING')]);
  expect(Socket.made).toHaveLength(1);
  last().say('OK', { seq: 1, since: 0, rev: 1 }, { verbatim: true });
  vi.advanceTimersByTime(30_000);
  expect(last().told()).toEqual([]);
});

test('a large edit on its way out is no silence', () => {
  const { document } = open();
  last().live();
  last().bufferedAmount = 5;
  edit(document, 1);
  for (const left of [3, 1]) {
    last().bufferedAmount = left;
    vi.advanceTimersByTime(2500);
  }
  expect(last().told()).toEqual(['PATCH-DOC']);
  last().bufferedAmount = 0;
  vi.advanceTimersByTime(2500);
  expect(last().told()).toEqual(['PING']);
});

test('where frames take longer, patience grows until the document is live', () => {
  open();
  const times = Array.from({ length: 7 }, () => {
    last().accept();
    const start = performance.now();
    const { length } = Socket.made;
    while (Socket.made.length === length) vi.advanceTimersByTime(50);
    return Math.round((performance.now() - start) / 1000);
  });
  expect(times).toEqual([4, 8, 15, 29, 57, 113, 113]);
});

test.each([['offline'], ['online'], ['focus'], ['visibilitychange']])(
  'on %s an open connection has to show that it is alive, within a second',
  (name) => {
    const { document } = open();
    last().live();
    const target = name === 'visibilitychange' ? page : events;
    target.dispatchEvent(new Event(name));
    target.dispatchEvent(new Event(name));
    expect(last().told()).toEqual(['PING']);
    vi.advanceTimersByTime(900);
    last().say('OK', { rev: 0 });
    vi.advanceTimersByTime(2000);
    expect(document.status).toBe('live');
    target.dispatchEvent(new Event(name));
    vi.advanceTimersByTime(1000);
    expect([document.status, Socket.made.length]).toEqual(['connecting', 2]);
  },
);

/** The machine sleeps: its clock goes on, and nothing else does. */
function sleep(ms: number): void {
  vi.setSystemTime(Date.now() + ms);
}

test('after a sleep the connection is tried at once, and what came meanwhile is read first', () => {
  const { document } = open();
  last().live();
  edit(document, 1);
  vi.advanceTimersByTime(2000);
  expect(last().told()).toEqual(['PATCH-DOC']);
  sleep(60_000);
  vi.advanceTimersByTime(500);
  expect(last().told()).toEqual(['PING']);
  vi.advanceTimersByTime(299);
  expect(document.status).toBe('live');
  vi.advanceTimersByTime(1);
  expect([document.status, Socket.made.length]).toEqual(['connecting', 2]);
});

test('a page that sleeps while hidden is left alone until it is seen', () => {
  const { document } = open();
  last().live();
  page.hidden = true;
  sleep(60_000);
  vi.advanceTimersByTime(5000);
  expect([document.status, last().told()]).toEqual(['live', []]);
});

test('a sleep in the middle of an attempt does not make it wait for ever', () => {
  open();
  vi.advanceTimersByTime(3900);
  sleep(60_000);
  vi.advanceTimersByTime(2000);
  expect(Socket.made[0]?.closedWith).toEqual([undefined]);
});

test('a silent connection is found dead by the pings, and replaced', () => {
  const { document } = open();
  last().live();
  vi.advanceTimersByTime(40_000);
  expect(last().told()).toEqual(['PING']);
  vi.advanceTimersByTime(3750);
  expect(Socket.made).toHaveLength(2);
  Socket.made[0]?.drop(1006);
  Socket.made[0]?.accept();
  expect(document.status).toBe('connecting');
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
