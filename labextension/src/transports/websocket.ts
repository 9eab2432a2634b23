import type { Carrier, Link } from '../sync/link';
import type { Message } from '../sync/messages';
import { cut } from '../sync/parts';
import { Timer } from './timer';

// SPEC 5.9: after these a new connection would end the same way.
const FINAL = new Set([4400, 4401, 4404, 4406, 4413]);
const FIRST_DELAY = 500;
const LAST_DELAY = 30_000;

/** Carries a document over a websocket and opens it again when it is lost. */
export class WebSocketTransport implements Carrier {
  private readonly timer: Timer;
  private socket: WebSocket | null = null;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private delay = FIRST_DELAY;
  private stopped = true;

  /** `url` may be relative to the page; `token` grants access and never appears in the url. */
  constructor(
    readonly url: string,
    readonly token: string | null | undefined,
    readonly link: Link,
  ) {
    this.timer = new Timer(link);
  }

  /** Connect, and keep connected until `close`. */
  open(): void {
    if (!this.stopped) return;
    this.stopped = false;
    addEventListener('online', this.hurry);
    globalThis.document?.addEventListener('visibilitychange', this.hurry);
    this.dial();
  }

  /** Hand a frame from the socket to the link. */
  receive(frame: string | ArrayBuffer): void {
    this.delay = FIRST_DELAY;
    this.link.receive(frame, performance.now());
    this.timer.arm();
  }

  /** Send a message; called by the link. */
  send(message: Message): void {
    for (const frame of cut(message, this.link.limits.frame)) {
      if (this.socket?.readyState === 1) this.socket.send(frame);
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
    socket.onmessage = ({ data }) => this.socket === socket && this.receive(data);
    socket.onclose = ({ code, reason }) => this.lost(socket, code, reason);
    this.link.open(this, performance.now());
    this.timer.arm();
  }

  private lost(socket: WebSocket, code: number, text: string): void {
    if (this.socket !== socket) return;
    this.socket = null;
    this.timer.stop();
    if (FINAL.has(code)) this.stop();
    this.link.close(code, text);
    if (this.stopped) return;
    this.retry = setTimeout(() => this.dial(), this.delay * (0.5 + Math.random() / 2));
    this.delay = Math.min(2 * this.delay, LAST_DELAY);
  }

  private stop(): void {
    this.stopped = true;
    clearTimeout(this.retry);
    removeEventListener('online', this.hurry);
    globalThis.document?.removeEventListener('visibilitychange', this.hurry);
  }

  private readonly hurry = (): void => {
    if (this.socket || this.stopped || globalThis.document?.hidden) return;
    this.delay = FIRST_DELAY;
    this.dial();
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
