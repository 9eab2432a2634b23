import { Missing } from '../core/late';
import { type MsgOp, type Op, toWire } from '../core/ops';
import type { Bytes, Json } from '../core/values';
import { BAD_MESSAGE, SLOW_CONSUMER, TAKEN_OVER, VERSION_MISMATCH } from './errors';
import { type Frame, unpack } from './frames';
import type { Joiner } from './joiner';
import { late } from './late';
import {
  decodeOps,
  decodeOutcome,
  decodeReply,
  decodeTxs,
  type Header,
  type Limits,
  type Message,
} from './messages';
import type { Replica } from './replica';
import { PROTOCOL } from './version';

/** The state of a connection. */
export type Status = 'offline' | 'connecting' | 'catching-up' | 'live';

/** What a link needs from the transport that carries it: messages arrive in order, or the connection ends. */
export interface Carrier {
  send(message: Message, now: number): void;
  close(code: number, text?: string): void;
}

/** What a carrier hands on: a frame, or a message that it had to look into. */
type Given = string | ArrayBuffer | ArrayBufferView | Message;

/** Who is told of a link's state, and of what is not about the document's content. */
export interface LinkOptions {
  status?(status: Status): void;
  error?(error: unknown): void;
  /** An answer to what is none of the engine's, or an error that may be one. */
  other?(message: Message): void;
  /** Types that the content of a message uses, before it is applied (SPEC 5.9). */
  types?(entries: Json): void;
  /** Hashes of the types that are known. */
  known?(): string[];
  /** Fetch the code that is missing; what has come waits for it, in order. */
  load?(): Promise<void>;
}

// Milliseconds, like all times here.
const FAULT = 60_000;
// Bytes that may wait for code, and what a message weighs at least: as much as the largest document (SPEC 3.4).
const MOST_WAITING = 2 ** 29;
const LEAST_WEIGHT = 2 ** 16;

/** The client half of a connection, without I/O: frames and times come in as arguments. */
export class Link {
  status: Status = 'offline';
  /** Why the last connection ended. */
  closed: { readonly code: number; readonly text: string } | null = null;
  readOnly = false;
  /** The public id of the session that it leads to, where the server names it. */
  session: string | undefined;
  /** What the server takes (SPEC 3.4). */
  limits: Limits = {};

  #carrier: Carrier | null = null;
  #count = 0;
  #ack: Message | null = null;
  // The latest PULL that is not answered; `whole` says that only its own reply will do.
  #pull: { readonly id: string; readonly whole: boolean } | null = null;
  #now = 0;
  // When to send again what the server has postponed.
  #alarm = Infinity;
  #onAlarm = (): void => {};
  #heard = 0;
  #pings = 0;
  #faulted = -Infinity;
  #joiner: Joiner | null = null;
  // What is not handled yet: it may wait for code that the first of it needs.
  #inbox: Given[] = [];
  #waits = false;
  #waiting = 0;

  constructor(
    readonly replica: Replica,
    private readonly options: LinkOptions = {},
  ) {}

  /** A connection begins; the server speaks first. */
  open(carrier: Carrier, now: number): void {
    this.#carrier = carrier;
    this.#ack = this.#joiner = null;
    this.#hear(now);
    this.#enter('connecting');
  }

  /** A frame or message has come. Never throws: what is no protocol is answered by a fresh snapshot. */
  receive(given: Given, now: number): void {
    if (!this.#carrier) return;
    this.#hear(now);
    this.#inbox.push(given);
    if (!this.#waits) this.#drain();
    else {
      this.#waiting += weight(given);
      if (this.#waiting > MOST_WAITING) this.#carrier.close(SLOW_CONSUMER);
    }
  }

  /** Ask again for what may be missing. */
  pull(now: number, whole?: boolean): void {
    this.#now = now;
    this.#request(whole);
  }

  /** Send what is queued, if the connection is live and nothing is in flight. */
  flush(now: number): void {
    this.#now = now;
    this.#proceed();
  }

  /** Send a custom message that may get lost, if the connection is live (SPEC 5.8). */
  volatile(op: MsgOp, now: number): void {
    this.#now = now;
    if (this.status === 'live') this.#sendOps({ volatile: true }, [op]);
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
    if (this.#pings++ < 2) this.send('PING');
    else this.#carrier.close(SLOW_CONSUMER);
  }

  /** The connection has ended. */
  close(code = 1000, text = ''): void {
    // The next connection gets a new client id (SPEC 3.1).
    if (code === TAKEN_OVER) this.replica.resumeKey = null;
    this.#carrier = this.#ack = null;
    this.#inbox = [];
    this.#waits = false;
    this.closed = { code, text };
    this.#enter('offline');
  }

  // Receiving

  #drain(): void {
    for (let given = this.#inbox.shift(); given; given = this.#inbox.shift()) {
      try {
        this.#open(given);
      } catch (error) {
        if (error instanceof Missing) {
          this.#load(given);
          return;
        }
        this.#fault(error);
      }
    }
  }

  #open(given: Given): void {
    const message = 'header' in Object(given) ? (given as Message) : unpack(given as Frame);
    // Decoding takes the buffers away, and it may have to begin again.
    const buffers = [...message.buffers];
    this.replica.view.step(() => this.#handle({ ...message, buffers }));
  }

  #load(given: Given): void {
    this.#inbox.unshift(given);
    this.#waits = true;
    this.#waiting = 0;
    void this.options.load?.().then(() => {
      this.#waits = false;
      this.#drain();
    });
  }

  #fault(error: unknown): void {
    this.options.error?.(error);
    const again = this.#now - this.#faulted < FAULT;
    this.#faulted = this.#now;
    if (again) this.#carrier?.close(VERSION_MISMATCH);
    else this.#request(true);
  }

  #handle(message: Message): void {
    const { replica } = this;
    const { header, content, buffers } = message;
    const { msgtype, msgid, epoch, seq, since = 0, rev = 0 } = header;
    if (header.part) {
      this.#joiner ??= new (late.get().Joiner)();
      const whole = this.#joiner.add(message);
      if (whole) this.#inbox.unshift(whole);
      else if (whole === false) this.#request();
      return;
    }
    if (header.volatile) {
      // My own comes back on a channel that several pages read (SPEC 5.8).
      if (content.by === replica.client) return;
      // Told at arrival, whatever else is missing.
      for (const op of decodeOps(content.ops, buffers)) replica.view.message(op as MsgOp);
      return;
    }
    for (const { schema } of [content, ...(content.txs ?? [])]) {
      if (schema) this.options.types?.(schema);
    }
    const live = this.status === 'live';
    if (msgtype === 'ACK') this.#greet(message);
    if (msgtype === 'PULL-DOC-REPLY') this.#caughtUp(message);
    if (msgtype === 'PING') this.send('OK', { reqid: msgid });
    if (msgtype === 'ERROR' && seq === undefined) this.#complaint(header, content);
    if (msgtype === 'ASSET' || msgtype === 'ERROR') this.options.other?.(message);
    // All else is skipped while pulling, as the reply tells it.
    if (!live || epoch === undefined) return;
    if (msgtype === 'PUSH-DOC') {
      // What is in flight stays so: its outcome is probably on the way (SPEC 3.2).
      const same = epoch === replica.epoch;
      replica.resume(decodeReply(message));
      // Another incarnation of the document has never heard of it.
      if (same) this.#proceed();
      else this.#submit();
    } else if (epoch !== replica.epoch) this.#request();
    else if (msgtype === 'PATCH-DOC') {
      if (replica.patch(since, rev, decodeTxs(content.txs, buffers))) this.#proceed();
      else this.#request();
    } else if (seq !== undefined) this.#outcome(message);
    else if (msgtype !== 'ERROR' && rev > replica.rev) this.#request();
  }

  #greet(message: Message): void {
    const { protocol, read_only, limits } = message.content;
    if (protocol.min > PROTOCOL || protocol.version < PROTOCOL) {
      this.#carrier?.close(VERSION_MISMATCH);
      return;
    }
    this.#ack = message;
    this.readOnly = !!read_only;
    this.session = message.header.session;
    this.limits = limits ?? {};
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

  #outcome({ header, content, buffers }: Message): void {
    const { msgtype: type, seq } = header;
    const { retry, after_ms = 1000 } = content;
    const { replica } = this;
    if (retry === 'resume') this.#request();
    else if (retry === 'later') {
      if (seq === replica.inFlight) this.#wait(after_ms, () => this.#submit());
    } else if (replica.outcome(decodeOutcome({ ...content, ...header, type }, buffers))) {
      this.#proceed();
    } else this.#request();
  }

  #complaint({ reqid }: Header, { retry, after_ms = 1000, text }: Json): void {
    const pull = this.#pull;
    if (retry === 'resume') {
      if (!pull) this.#request();
    } else if (pull && pull.id === reqid) {
      if (retry !== 'later') this.#carrier?.close(BAD_MESSAGE, text);
      else this.#wait(after_ms, () => this.#request());
    }
  }

  // Sending

  /** Send a message and return its id; the header gets what all have. */
  send(
    msgtype: string,
    header: Partial<Header> = {},
    content: Json = {},
    buffers: Bytes[] = [],
  ): string {
    const { epoch, rev: seen } = this.replica;
    const msgid = `c-${++this.#count}`;
    const full = { msgid, msgtype, epoch, seen, ...header };
    this.#carrier?.send({ header: full, content, buffers }, this.#now);
    return msgid;
  }

  #sendOps(header: Partial<Header>, given: readonly Op[], more: Json = {}): void {
    const buffers: Bytes[] = [];
    const ops = given.map((op) => toWire(op, buffers));
    this.send('PATCH-DOC', header, { ...more, ops }, buffers);
  }

  /** Send the transaction in flight, again or for the first time. */
  #submit(): void {
    const submission = this.replica.take(this.limits.ops);
    if (!submission) return;
    const { ops, mode, label, ...header } = submission;
    this.#sendOps(header, ops, { mode, label });
  }

  /** Ask for what is missing; `whole` asks for a snapshot in any case. */
  #request(whole: boolean = !!this.#pull?.whole): void {
    const { epoch, rev, waiting: pending, client, resumeKey: resume_key } = this.replica;
    // Also with `whole`: a snapshot from before what is known here would not do.
    const have = epoch === null ? null : { epoch, rev };
    const kind = whole ? 'snapshot' : undefined;
    const content = { have, pending, kind, full: true, known: this.options.known?.() };
    const header = resume_key ? { client, resume_key } : {};
    this.#enter('catching-up');
    this.#pull = { id: this.send('PULL-DOC-REQ', header, content), whole };
  }

  /** Go on with what is queued, unless something is still in flight. */
  #proceed(): void {
    if (this.status !== 'live' || this.replica.waiting !== null) return;
    this.#enter('live');
    this.#submit();
  }

  // Time

  #wait(ms: number, then: () => void): void {
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
    this.#pull = null;
    if (status === this.status) return;
    this.status = status;
    this.options.status?.(status);
  }
}

function weight(given: Given): number {
  const { length, byteLength } = given as { length?: number; byteLength?: number };
  return Math.max(LEAST_WEIGHT, byteLength ?? length ?? 0);
}
