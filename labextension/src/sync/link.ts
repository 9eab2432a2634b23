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
import type { Replica, Submission } from './replica';

/** The state of a connection. */
export type Status = 'offline' | 'connecting' | 'catching-up' | 'live';

/** What a link needs from the transport that carries it. */
export interface Carrier {
  /** Whether messages may get lost without the connection ending. */
  readonly lossy: boolean;
  /** Whether every frame has to be binary. */
  readonly binary: boolean;
  send(frame: Frame): void;
  close(code: number, text: string): void;
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

const PROBE = Uint8Array.from([0, 1, 2, 3, 4, 5, 6, 7]);

/** The client half of a connection, without I/O: frames and times come in as arguments. */
export class Link {
  readonly replica: Replica;
  status: Status = 'offline';
  /** Why the last connection ended. */
  closed: { readonly code: number; readonly text: string } | null = null;
  readOnly = false;

  readonly #options: LinkOptions;
  #carrier: Carrier | null = null;
  #count = 0;
  #ack: Message | null = null;
  #inline = false;
  #limit = 10_000;
  // The latest PULL that is not answered; `whole` says that only its own reply will do.
  #pull: { readonly id: string; readonly whole: boolean } | null = null;
  #held: Message | null = null;
  // One thing at a time is waited for: a reply, a held outcome's patch, or the moment to send again.
  #alarm = Infinity;
  #onAlarm: (now: number) => void = () => {};
  #interval = 20_000;
  #heard = 0;
  #pings = 0;
  #faulted = -Infinity;

  constructor(replica: Replica, options: LinkOptions = {}) {
    this.replica = replica;
    this.#options = options;
  }

  /** A connection begins; the server speaks first. */
  open(carrier: Carrier, now: number): void {
    this.#carrier = carrier;
    this.#ack = this.closed = null;
    this.#inline = false;
    this.#rest();
    this.#hear(now);
    this.#become('connecting');
    // The ACK too may get lost.
    if (carrier.lossy) this.#wait(now + LOST, (then) => this.#request(then));
  }

  /** A frame has come. Never throws: what does not follow the protocol is answered by a fresh snapshot. */
  receive(frame: string | ArrayBuffer | ArrayBufferView, now: number): void {
    if (!this.#carrier) return;
    this.#hear(now);
    try {
      this.#handle(unpack(frame), now);
    } catch (error) {
      this.#options.error?.(error);
      const again = now - this.#faulted < FAULT;
      this.#faulted = now;
      if (again) this.#carrier?.close(VERSION_MISMATCH, 'a message was not understood');
      else this.#request(now, true);
    }
  }

  /** A message has come without its buffers: this path loses them, so everything goes inline from now on. */
  stripped(now: number): void {
    this.#inline = true;
    this.#request(now, true);
  }

  /** Send what is queued, if the connection is live and nothing is in flight. */
  flush(now: number): void {
    if (this.status === 'live') this.#submit(this.replica.take(this.#limit), now);
  }

  /** When `tick` next has something to do. */
  due(): number {
    return this.#carrier ? Math.min(this.#alarm, this.#silence()) : Infinity;
  }

  /** Time has passed. */
  tick(now: number): void {
    if (!this.#carrier) return;
    if (now >= this.#alarm) {
      this.#alarm = Infinity;
      this.#onAlarm(now);
    }
    if (now < this.#silence()) return;
    // A kernel may be busy for long: on a comm silence does not mean that the connection is dead.
    if (this.#pings++ < 2 || this.#carrier.lossy) this.#send('PING', {});
    else this.#carrier.close(SLOW_CONSUMER, 'the server does not answer');
  }

  /** The connection has ended. */
  close(code = 1000, text = ''): void {
    this.#carrier = this.#ack = null;
    this.#rest();
    this.closed = { code, text };
    this.#become('offline');
  }

  // Receiving

  #handle(message: Message, now: number): void {
    const { header, content } = message;
    const { msgtype, msgid, epoch, seq, rev = 0 } = header;
    const live = this.status === 'live';
    if (msgtype === 'ACK') this.#greet(message, now);
    if (msgtype === 'PULL-DOC-REPLY') this.#caughtUp(message, now);
    if (msgtype === 'PING') this.#send('OK', { reqid: msgid });
    if (msgtype === 'ERROR' && seq === undefined) this.#complaint(header, content, now);
    // All else is skipped while pulling, as the reply tells it.
    if (!live) return;
    if (msgtype === 'PUSH-DOC') this.#replace(message, now);
    else if (epoch !== this.replica.epoch) this.#request(now);
    else if (msgtype === 'PATCH-DOC') this.#patch(message, now);
    else if (seq !== undefined) this.#outcome(message, now);
    else if (msgtype !== 'ERROR' && rev > this.replica.rev) this.#request(now);
  }

  #greet(message: Message, now: number): void {
    const { header, content, buffers } = message;
    const { protocol, limits, ping = 20, read_only, channel } = content;
    if (protocol.min > VERSION || protocol.version < VERSION) {
      this.#carrier?.close(VERSION_MISMATCH, 'no common protocol version');
      return;
    }
    this.#ack = message;
    this.#inline = !!header.probe && buffers[0]?.length !== 8;
    this.readOnly = !!read_only;
    this.#limit = limits?.ops ?? this.#limit;
    this.#interval = ping * 1000;
    // Listening comes first: what is published after the reply must not be missed (SPEC 8, amendment 32).
    if (channel) this.#carrier?.listen?.(channel);
    this.#request(now);
  }

  #caughtUp(message: Message, now: number): void {
    const { replica } = this;
    const { reqid, epoch, client } = message.header;
    const pull = this.#pull;
    if (!pull) return;
    // Any reply will do that fits; but one in another epoch, or instead of a faulty state, has to be the latest.
    if (reqid !== pull.id && (pull.whole || epoch !== replica.epoch)) return;
    if (!replica.resume(decodeReply(message))) return;
    const ack = this.#ack;
    if (ack && client === ack.header.client) replica.resumeKey = ack.content.resume_key;
    this.#rest();
    this.#become('live');
    this.#submit(replica.resend() ?? replica.take(this.#limit), now);
  }

  #patch({ header, content, buffers }: Message, now: number): void {
    const { since = 0, rev = 0 } = header;
    const { replica } = this;
    const held = this.#held;
    if (!replica.patch(since, rev, decodeTxs(content.txs, buffers))) this.#request(now);
    else if (held) this.#outcome(held, now);
    else this.#flushAfter(now);
  }

  #replace(message: Message, now: number): void {
    // What is in flight stays so: its outcome is probably on the way (SPEC 8, amendment 27).
    this.replica.resume({ ...decodeReply(message), client: this.replica.client });
    this.#flushAfter(now);
  }

  #outcome(message: Message, now: number): void {
    const { header, content, buffers } = message;
    const { retry, after_ms = 1000 } = content;
    const { replica } = this;
    if (retry === 'resume') this.#request(now);
    else if (retry === 'later') {
      if (header.seq === replica.inFlight) {
        this.#wait(now + after_ms, (then) => this.#submit(replica.resend(), then));
      }
      // Decoding uses buffers up, and a held message is decoded again.
    } else if (replica.outcome(decodeOutcome(header.msgtype, header, content, [...buffers]))) {
      this.#flushAfter(now);
    } else if (this.#carrier?.lossy && !this.#held) {
      // On a comm the patch before it may be a moment behind (SPEC 8, amendment 17).
      this.#held = message;
      this.#wait(now + HOLD, (then) => this.#request(then));
    } else if (!this.#held) this.#request(now);
  }

  #complaint({ reqid }: Header, { code, retry, after_ms = LOST, text }: Json, now: number): void {
    const pull = this.#pull;
    if (pull && !this.#inline && this.#carrier?.binary && code === 'bad-message') {
      this.stripped(now);
    } else if (retry === 'resume') {
      if (!pull) this.#request(now);
    } else if (pull && pull.id === reqid) {
      if (retry !== 'later') this.#carrier?.close(BAD_MESSAGE, text);
      else this.#wait(now + after_ms, (then) => this.#request(then, pull.whole));
    }
  }

  // Sending

  #send(
    msgtype: string,
    header: Partial<Header>,
    content: Json = {},
    buffers: Bytes[] = [],
  ): string {
    const { epoch, rev: seen } = this.replica;
    const msgid = `c-${++this.#count}`;
    const inline = this.#inline;
    const full: Header = { msgid, msgtype, epoch, seen, ...header, ...(inline && { inline }) };
    this.#carrier?.send(pack(full, content, buffers, this.#carrier.binary && !inline));
    return msgid;
  }

  #submit(submission: Submission | null, now: number): void {
    if (!submission) return;
    const { seq, base, ops } = submission;
    const buffers: Bytes[] = [];
    const content = { ops: ops.map((op) => toWire(op, this.#inline ? null : buffers)) };
    // On a comm an answer may get lost; then PULL asks for it, never a blind resend.
    if (this.#carrier?.lossy) this.#wait(now + LOST, (then) => this.#request(then));
    this.#send('PATCH-DOC', { client: this.replica.client, seq, base }, content, buffers);
  }

  /** Ask for what is missing; `whole` asks for a snapshot in any case. */
  #request(now: number, whole = false, patience = LOST): void {
    const { epoch, rev, inFlight, client, resumeKey } = this.replica;
    const have = epoch === null || whole ? null : { epoch, rev };
    // A PULL without the probe says that buffers got lost on the way.
    const probe = this.#inline ? [] : (this.#ack?.buffers ?? [PROBE]);
    const content = { have, pending: inFlight, ...(whole && { kind: 'snapshot' }) };
    const header = resumeKey ? { client, resume_key: resumeKey } : {};
    if (!this.#ack) this.#carrier?.listen?.(null);
    this.#rest();
    this.#become('catching-up');
    this.#pull = { id: this.#send('PULL-DOC-REQ', header, content, probe), whole };
    // On an ordered carrier a reply cannot get lost alone, so that asking again would only add to the load.
    if (!this.#carrier?.lossy) return;
    const next = Math.min(2 * patience, LONGEST);
    this.#wait(now + patience, (then) => this.#request(then, whole, next));
  }

  #flushAfter(now: number): void {
    if (this.replica.inFlight !== null) return;
    this.#rest();
    this.flush(now);
  }

  // Time

  #wait(until: number, then: (now: number) => void): void {
    this.#alarm = until;
    this.#onAlarm = then;
  }

  #rest(): void {
    this.#alarm = Infinity;
    this.#pull = this.#held = null;
  }

  #hear(now: number): void {
    this.#heard = now;
    this.#pings = 0;
  }

  /** When a sign of life is due: every two silent intervals. */
  #silence(): number {
    return this.#heard + 2 * this.#interval * (this.#pings + 1);
  }

  #become(status: Status): void {
    if (status === this.status) return;
    this.status = status;
    this.#options.status?.(status);
  }
}
