import type { Carrier, Link } from '../sync/link';
import type { Message } from '../sync/messages';
import { cut } from '../sync/parts';
import { delay } from './delay';
import { Timer } from './timer';
import { Vigil } from './vigil';

// SPEC 5.9: after these a new connection would end the same way.
const FINAL = new Set([4400, 4401, 4404, 4406, 4413]);
const LOST = 1006;

// Milliseconds. How long an attempt to connect may take, how long the server's greeting (a kernel may have to start),
// how long an answer, how long one to a PING, and to that after a sleep, which few connections outlive.
const CONNECT = 4000;
const GREETING = 30_000;
const ANSWER = 2500;
const PONG = 1000;
const PONG_AWAKE = 300;
// On a line so slow that a frame takes longer, patience doubles with each connection given up, so often at most.
const DOUBLINGS = 5;

// What may mean that the network has changed, or that somebody looks again.
const WINDOW = ['online', 'offline', 'focus', 'pageshow'] as const;

/** Carries a document over a websocket and opens it again when it is lost. */
export class WebSocketTransport implements Carrier {
  private readonly timer: Timer;
  private readonly vigil = new Vigil({
    overdue: () => this.overdue(),
    woke: () => this.hurry(undefined, PONG_AWAKE),
  });
  private socket: WebSocket | null = null;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private stopped = true;
  private pinged = false;
  private unsent = 0;
  // Since the document was live: attempts that failed, and connections given up for their silence.
  private failed = 0;
  private silent = 0;

  /** `url` may be relative to the page; `token` grants access and never appears in the url. */
  constructor(
    readonly url: string,
    readonly token: string | null | undefined,
    readonly link: Link,
  ) {
    this.timer = new Timer(link);
  }

  /** Whether it neither is connected nor will be again. */
  get ended(): boolean {
    return this.stopped;
  }

  /** Connect, and keep connected until `close`. */
  open(): void {
    if (!this.stopped) return;
    this.stopped = false;
    for (const name of WINDOW) addEventListener(name, this.hurry);
    globalThis.document?.addEventListener('visibilitychange', this.hurry);
    this.dial();
  }

  /** Hand a frame from the socket to the link. */
  receive(frame: string | ArrayBuffer): void {
    this.pinged = false;
    this.vigil.rest();
    const { link } = this;
    link.receive(frame, performance.now());
    if (link.status === 'live') this.failed = this.silent = 0;
    if (link.status !== 'live' || link.replica.waiting !== null) this.expect(ANSWER);
    this.timer.arm();
  }

  /** Send a message; called by the link. */
  send(message: Message): void {
    const { socket } = this;
    if (socket?.readyState === 1) {
      for (const frame of cut(message, this.link.limits.frame)) socket.send(frame);
      this.unsent = socket.bufferedAmount;
      if (message.header.msgtype !== 'OK') this.expect(ANSWER);
    }
    this.timer.arm();
  }

  /** End the connection: by the application for good, by the link (with a code) as if it had been lost. */
  close(code = 1000, text = ''): void {
    const { socket } = this;
    // A dead peer never answers the closing handshake, so the end is taken as reached now.
    socket?.close(code, text);
    if (code === 1000) this.stop();
    if (socket) this.lost(socket, code, text);
    else this.link.close(code, text);
  }

  private dial(): void {
    clearTimeout(this.retry);
    const protocols = ['syncline.v1'];
    if (this.token) protocols.push(`syncline.t.${base64url(this.token)}`);
    const socket = new WebSocket(absolute(this.url), protocols);
    this.socket = socket;
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => this.socket === socket && this.opened();
    socket.onmessage = ({ data }) => this.socket === socket && this.receive(data);
    socket.onclose = ({ code, reason }) => this.lost(socket, code, reason);
    this.link.open(this, performance.now());
    this.expect(CONNECT);
    this.timer.arm();
  }

  private opened(): void {
    this.vigil.rest();
    this.expect(GREETING);
  }

  private lost(socket: WebSocket, code: number, text: string): void {
    if (this.socket !== socket) return;
    this.socket = null;
    this.pinged = false;
    this.timer.stop();
    this.vigil.stop();
    if (FINAL.has(code)) this.stop();
    this.link.close(code, text);
    if (!this.stopped) this.retry = setTimeout(() => this.dial(), delay(this.failed++));
  }

  private stop(): void {
    this.stopped = true;
    clearTimeout(this.retry);
    for (const name of WINDOW) removeEventListener(name, this.hurry);
    globalThis.document?.removeEventListener('visibilitychange', this.hurry);
  }

  // Silence

  private expect(ms: number): void {
    if (this.socket) this.vigil.expect(ms * 2 ** Math.min(this.silent, DOUBLINGS));
  }

  /** Make sure that a connection is alive: silence from now on ends it. */
  private probe(within = PONG): void {
    if (this.pinged || this.link.status === 'connecting') return;
    this.pinged = true;
    this.link.send('PING');
    this.expect(within);
  }

  private overdue(): void {
    const { socket, unsent, pinged } = this;
    if (!socket) return;
    this.unsent = socket.bufferedAmount;
    // What is sent is still on its way out.
    if (this.unsent && this.unsent < unsent) this.expect(ANSWER);
    else if (pinged || this.link.status === 'connecting') this.abandon(socket);
    else this.probe();
  }

  private abandon(socket: WebSocket): void {
    this.silent++;
    socket.close();
    this.lost(socket, LOST, 'no answer');
    // Each page finds this out at a time of its own: the first attempt need not wait for chance.
    if (this.silent === 1 && !this.stopped) this.dial();
  }

  /** Connect at once where an attempt is to be made later, and make sure that a connection is alive. */
  readonly hurry = (event?: Event, within?: number): void => {
    const { socket } = this;
    if (this.stopped || globalThis.document?.hidden) return;
    // An attempt from before the network was there waits for what was lost on its way.
    if (socket?.readyState === 0 && event?.type === 'online') this.abandon(socket);
    if (this.socket) this.probe(within);
    else if (event?.type !== 'offline') {
      this.failed = 0;
      this.dial();
    }
  };
}

function absolute(url: string): string {
  const out = new URL(url, globalThis.document?.baseURI);
  out.protocol = out.protocol.replace('http', 'ws');
  return out.href;
}

function base64url(text: string): string {
  const bytes = String.fromCharCode(...new TextEncoder().encode(text));
  return btoa(bytes).replace(/\+/g, '-').replace(/\//g, '_').replace(/=/g, '');
}
