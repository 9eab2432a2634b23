import { toWire } from '../core/ops';
import type { Bytes, Json } from '../core/values';
import { BAD_MESSAGE, SLOW_CONSUMER, VERSION_MISMATCH } from './errors';
import { type Frame, pack, unpack } from './frames';
import {
  decodeOutcome,
  decodeReply,
  decodeTxs,
  type Header,
  type Message,
  VERSION,
} from './messages';
import type { Replica } from './replica';

/** The state of a connection. */
export type Status = 'offline' | 'connecting' | 'catching-up' | 'live';

/** What a link needs from the transport that carries it. */
export interface Carrier {
  /** Whether messages may get lost without the connection ending. */
  readonly lossy: boolean;
  /** Whether every frame has to be binary. */
  readonly binary: boolean;
  send(frame: Frame): void;
  close(code: number, text?: string): void;
  /** Listen where the document's patches are published; null when the server's choice is not known. */
  listen?(channel: string | null): void;
}

/** Who is told of a link's state. */
export interface LinkOptions {
  status?(status: Status): void;
  error?(error: unknown): void;
}

// All times are milliseconds.
const HOLD = 500;
const LOST = 10_000;
const LONGEST = 600_000;
const FAULT = 60_000;

const PROBE = new Uint8Array(8).map((_, i) => i);

/** The client half of a connection, without I/O: frames and times come in as arguments. */
export class Link {
  status: Status = 'offline';
  /** Why the last connection ended. */
  closed: { readonly code: number; readonly text: string } | null = null;
  readOnly = false;

  #carrier: Carrier | null = null;
  #count = 0;
  #ack: Message | null = null;
  #inline = false;
  // The latest PULL that is not answered; `whole` says that only its own reply will do.
  #pull: { readonly id: string; readonly whole: boolean } | null = null;
  #held: Message | null = null;
  #now = 0;
  // One thing at a time is waited for: a reply, a held outcome's patch, or the moment to send again.
  #alarm = Infinity;
  #onAlarm = (): void => {};
  #heard = 0;
  #pings = 0;
  #faulted = -Infinity;

  constructor(
    readonly replica: Replica,
    private readonly options: LinkOptions = {},
  ) {}

  /** A connection begins; the server speaks first. */
  open(carrier: Carrier, now: number): void {
    this.#carrier = carrier;
    this.#ack = null;
    this.#inline = false;
    this.#hear(now);
    this.#enter('connecting');
    // The ACK too may get lost.
    if (carrier.lossy) this.#wait(LOST);
  }

  /** A frame has come. Never throws: what does not follow the protocol is answered by a fresh snapshot. */
  receive(frame: string | ArrayBuffer | ArrayBufferView, now: number): void {
    if (!this.#carrier) return;
    this.#hear(now);
    try {
      this.replica.view.step(() => this.#handle(unpack(frame)));
    } catch (error) {
      this.options.error?.(error);
      const again = now - this.#faulted < FAULT;
      this.#faulted = now;
      if (again) this.#carrier?.close(VERSION_MISMATCH);
      else this.#request(true);
    }
  }

  /** A message has come without its buffers: this path loses them, so everything goes inline from now on. */
  stripped(now: number): void {
    this.#hear(now);
    this.#inline = true;
    this.#request(true);
  }

  /** Send what is queued, if the connection is live and nothing is in flight. */
  flush(now: number): void {
    this.#now = now;
    this.#proceed();
  }

  /** When `tick` next has something to do. */
  due(): number {
    return this.#carrier ? Math.min(this.#alarm, this.#silence()) : Infinity;
  }

  /** Time has passed. */
  tick(now: number): void {
    if (!this.#carrier) return;
    this.#now = now;
    if (now >= this.#alarm) {
      this.#alarm = Infinity;
      this.replica.view.step(this.#onAlarm);
    }
    if (now < this.#silence()) return;
    // A kernel may be busy for long: on a comm silence does not mean that the connection is dead.
    if (this.#pings++ < 2 || this.#carrier.lossy) this.#send('PING');
    else this.#carrier.close(SLOW_CONSUMER);
  }

  /** The connection has ended. */
  close(code = 1000, text = ''): void {
    this.#carrier = this.#ack = null;
    this.closed = { code, text };
    this.#enter('offline');
  }

  // Receiving

  #handle(message: Message): void {
    const { replica } = this;
    const { header, content, buffers } = message;
    const { msgtype, msgid, epoch, seq, since = 0, rev = 0 } = header;
    const live = this.status === 'live';
    if (msgtype === 'ACK') this.#greet(message);
    if (msgtype === 'PULL-DOC-REPLY') this.#caughtUp(message);
    if (msgtype === 'PING') this.#send('OK', { reqid: msgid });
    if (msgtype === 'ERROR' && seq === undefined) this.#complaint(header, content);
    // All else is skipped while pulling, as the reply tells it.
    if (!live) return;
    if (msgtype === 'PUSH-DOC') {
      // What is in flight stays so: its outcome is probably on the way (SPEC 3.2).
      replica.resume(decodeReply(message));
      this.#proceed();
    } else if (epoch !== replica.epoch) this.#request();
    else if (msgtype === 'PATCH-DOC') {
      const held = this.#held;
      if (!replica.patch(since, rev, decodeTxs(content.txs, buffers))) this.#request();
      else if (held) this.#outcome(held);
      else this.#proceed();
    } else if (seq !== undefined) this.#outcome(message);
    else if (msgtype !== 'ERROR' && rev > replica.rev) this.#request();
  }

  #greet(message: Message): void {
    const { header, content, buffers } = message;
    const { protocol, read_only } = content;
    if (protocol.min > VERSION || protocol.version < VERSION) {
      this.#carrier?.close(VERSION_MISMATCH);
      return;
    }
    this.#ack = message;
    this.#inline = !!header.probe && buffers[0]?.length !== 8;
    this.readOnly = !!read_only;
    this.#request();
  }

  #caughtUp(message: Message): void {
    const { replica } = this;
    const { reqid, epoch, client } = message.header;
    const pull = this.#pull;
    // Any reply will do that fits; but one in another epoch, or instead of a faulty state, has to be the latest.
    if (!pull || (reqid !== pull.id && (pull.whole || epoch !== replica.epoch))) return;
    if (!replica.resume(decodeReply(message))) return;
    const ack = this.#ack;
    if (client === ack?.header.client) replica.resumeKey = ack?.content.resume_key;
    this.#enter('live');
    this.#submit();
  }

  #outcome(message: Message): void {
    const { header, content, buffers } = message;
    const { msgtype: type, seq } = header;
    const { retry, after_ms = 1000 } = content;
    const { replica } = this;
    if (retry === 'resume') this.#request();
    else if (retry === 'later') {
      if (seq === replica.inFlight) this.#wait(after_ms, () => this.#submit());
      // Decoding uses buffers up, and a held message is decoded again.
    } else if (replica.outcome(decodeOutcome({ ...content, ...header, type }, [...buffers]))) {
      this.#proceed();
    } else if (!this.#carrier?.lossy) this.#request();
    else if (!this.#held) {
      // On a comm the patch before it may be a moment behind (SPEC 6.2).
      this.#held = message;
      this.#wait(HOLD);
    }
  }

  #complaint({ reqid }: Header, { code, retry, after_ms = 1000, text }: Json): void {
    const pull = this.#pull;
    if (pull && !this.#inline && this.#carrier?.binary && code === 'bad-message') {
      this.stripped(this.#now);
    } else if (retry === 'resume') {
      if (!pull) this.#request();
    } else if (pull && pull.id === reqid) {
      if (retry !== 'later') this.#carrier?.close(BAD_MESSAGE, text);
      else this.#wait(after_ms, () => this.#request(pull.whole));
    }
  }

  // Sending

  #send(
    msgtype: string,
    header: Partial<Header> = {},
    content: Json = {},
    buffers: Bytes[] = [],
  ): string {
    const { epoch, rev: seen } = this.replica;
    const msgid = `c-${++this.#count}`;
    // Told only where it is so.
    const inline = this.#inline || undefined;
    const full = { msgid, msgtype, epoch, seen, inline, ...header };
    this.#carrier?.send(pack(full, content, buffers, this.#carrier.binary && !inline));
    return msgid;
  }

  /** Send the transaction in flight, again or for the first time. */
  #submit(): void {
    const submission = this.replica.take(this.#ack?.content.limits?.ops);
    if (!submission) return;
    const { ops, ...header } = submission;
    const buffers: Bytes[] = [];
    const content = { ops: ops.map((op) => toWire(op, this.#inline ? null : buffers)) };
    // On a comm an answer may get lost; then PULL asks for it, never a blind resend.
    if (this.#carrier?.lossy) this.#wait(LOST);
    this.#send('PATCH-DOC', header, content, buffers);
  }

  /** Ask for what is missing; `whole` asks for a snapshot in any case. */
  #request(whole = false, patience = LOST): void {
    const { epoch, rev, inFlight: pending, client, resumeKey: resume_key } = this.replica;
    // A PULL without the probe says that buffers got lost on the way.
    const probe = this.#inline ? [] : (this.#ack?.buffers ?? [PROBE]);
    const have = epoch === null || whole ? null : { epoch, rev };
    const content = { have, pending, kind: whole ? 'snapshot' : undefined };
    const header = resume_key ? { client, resume_key } : {};
    // Listening comes first: what is published after the reply must not be missed (SPEC 6.2).
    this.#carrier?.listen?.(this.#ack?.content.channel ?? null);
    this.#enter('catching-up');
    this.#pull = { id: this.#send('PULL-DOC-REQ', header, content, probe), whole };
    // On an ordered carrier a reply cannot get lost alone, so that asking again would only add to the load.
    if (this.#carrier?.lossy) {
      this.#wait(patience, () => this.#request(whole, Math.min(2 * patience, LONGEST)));
    }
  }

  /** Go on with what is queued, unless something is still in flight. */
  #proceed(): void {
    if (this.status !== 'live' || this.replica.inFlight !== null) return;
    this.#enter('live');
    this.#submit();
  }

  // Time

  #wait(ms: number, then = (): void => this.#request()): void {
    this.#alarm = this.#now + ms;
    this.#onAlarm = then;
  }

  #hear(now: number): void {
    this.#now = this.#heard = now;
    this.#pings = 0;
  }

  /** When a sign of life is due: every two silent intervals. */
  #silence(): number {
    const interval = (this.#ack?.content.ping ?? 20) * 1000;
    return this.#heard + 2 * interval * (this.#pings + 1);
  }

  /** Begin a state, or begin it anew: nothing is waited for any more. */
  #enter(status: Status): void {
    this.#alarm = Infinity;
    this.#pull = this.#held = null;
    if (status === this.status) return;
    this.status = status;
    this.options.status?.(status);
  }
}
