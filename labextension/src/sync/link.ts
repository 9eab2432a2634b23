import type { Bytes, Json } from '../core/values';
import { Close } from './errors';
import { type Frame, pack, unpack } from './frames';
import {
  decodeOutcome,
  decodeReply,
  decodeTxs,
  encodeOps,
  type Header,
  type Message,
  type Outcome,
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

interface Pulling {
  readonly id: string;
  readonly whole: boolean;
  readonly wait: number;
  readonly until: number;
}

// All times are milliseconds.
const HOLD = 500;
const LOST = 10_000;
const LONGEST = 600_000;
const FAULT = 60_000;

/** The client half of a connection, without I/O: frames and times come in as arguments. */
export class Link {
  status: Status = 'offline';
  /** Why the last connection ended. */
  closed: { readonly code: number; readonly text: string } | null = null;
  readOnly = false;

  readonly #options: LinkOptions;
  #carrier: Carrier | null = null;
  #sent = 0;
  #greeted = false;
  #issued: { readonly client: string; readonly key: string } | null = null;
  #inline = false;
  #probe: Bytes[] = [];
  #limit = 10_000;
  #pulling: Pulling | null = null;
  #held: { readonly message: Message; readonly until: number } | null = null;
  #submitted = 0;
  #retry = Infinity;
  #interval = 20_000;
  #heard = 0;
  #pings = 0;
  #faulted = -Infinity;

  constructor(
    readonly replica: Replica,
    options: LinkOptions = {},
  ) {
    this.#options = options;
  }

  /** A connection begins; the server speaks first. */
  open(carrier: Carrier, now: number): void {
    this.#carrier = carrier;
    this.#greeted = this.#inline = false;
    this.#probe = [];
    this.#pulling = this.#held = null;
    this.#retry = Infinity;
    this.#heard = now;
    this.#pings = 0;
    this.#become('connecting');
  }

  /** A frame has come. Never throws: what does not follow the protocol is answered by a fresh snapshot. */
  receive(frame: string | ArrayBuffer | ArrayBufferView, now: number): void {
    if (!this.#carrier) return;
    this.#heard = now;
    this.#pings = 0;
    try {
      this.#handle(unpack(frame), now);
    } catch (error) {
      this.#options.error?.(error);
      this.#fault(now);
    }
  }

  /** A message has come without its buffers: this path loses them, so everything goes inline from now on. */
  stripped(now: number): void {
    if (!this.#greeted) this.#carrier?.listen?.(null);
    this.#greeted = this.#inline = true;
    this.#pull(now, true);
  }

  /** Send what is queued, if the connection is live and nothing is in flight. */
  flush(now: number): void {
    if (this.status === 'live') this.#submit(this.replica.take(this.#limit), now);
  }

  /** When `tick` next has something to do. */
  due(): number {
    if (!this.#carrier) return Infinity;
    const lost = this.#pulling?.until ?? this.#lostAt();
    return Math.min(this.#held?.until ?? Infinity, this.#retry, lost, this.#silentAt());
  }

  /** Time has passed. */
  tick(now: number): void {
    if (!this.#carrier) return;
    if (this.#held && now >= this.#held.until) {
      this.#held = null;
      this.#pull(now);
    }
    if (now >= this.#retry) {
      this.#retry = Infinity;
      this.#submit(this.replica.resend(), now);
    }
    this.#recover(now);
    if (now >= this.#silentAt()) this.#wake();
  }

  /** The connection has ended. */
  close(code = 1000, text = ''): void {
    this.#carrier = this.#held = this.#pulling = null;
    this.closed = { code, text };
    this.#become('offline');
  }

  // Receiving

  #handle(message: Message, now: number): void {
    const { header, content } = message;
    switch (header.msgtype) {
      case 'ACK':
        this.#greet(message, now);
        break;
      case 'PULL-DOC-REPLY':
        this.#caughtUp(message, now);
        break;
      case 'PATCH-DOC':
        this.#patch(message, now);
        break;
      case 'PUSH-DOC':
        this.#replace(message, now);
        break;
      case 'PING':
        this.#send('OK', { reqid: header.msgid, ...this.#receipt() });
        this.#compare(header, now);
        break;
      case 'OK':
      case 'ERROR':
        if (header.seq !== undefined) this.#outcome(message, now);
        else if (header.msgtype === 'OK') this.#compare(header, now);
        else this.#complaint(header, content, now);
    }
  }

  #greet({ header, content, buffers }: Message, now: number): void {
    if (content.protocol?.min > VERSION || content.protocol?.version < VERSION) {
      this.#end(Close.VERSION, 'no common protocol version');
      return;
    }
    this.#greeted = true;
    this.#issued = { client: header.client ?? '', key: content.resume_key };
    this.#probe = header.probe ? buffers : [];
    this.#inline = !!header.probe && buffers[0]?.length !== 8;
    this.readOnly = !!content.read_only;
    this.#limit = content.limits?.ops ?? this.#limit;
    this.#interval = (content.ping ?? 20) * 1000;
    // Listening comes first: what is published after the reply must not be missed (SPEC 8, amendment 32).
    if (content.channel) this.#carrier?.listen?.(content.channel);
    this.#become('catching-up');
    this.#request(now);
  }

  #caughtUp(message: Message, now: number): void {
    const replica = this.replica;
    const pulling = this.#pulling;
    const issued = this.#issued;
    const { header } = message;
    if (!pulling) return;
    // Any reply will do that fits; but one in another epoch, or instead of a faulty state, has to be the latest.
    const strict = pulling.whole || header.epoch !== replica.epoch;
    if (strict && header.reqid !== pulling.id) return;
    if (!replica.resume(decodeReply(message))) return;
    if (header.client === issued?.client) replica.resumeKey = issued?.key ?? null;
    this.#pulling = this.#held = null;
    this.#retry = Infinity;
    this.#become('live');
    this.#submit(replica.resend() ?? replica.take(this.#limit), now);
  }

  #patch({ header, content, buffers }: Message, now: number): void {
    const { epoch, since = 0, rev = 0 } = header;
    const { replica } = this;
    if (this.status !== 'live' || (epoch === replica.epoch && rev <= replica.rev)) return;
    const txs = epoch === replica.epoch && since === replica.rev && decodeTxs(content.txs, buffers);
    if (!txs) {
      this.#pull(now);
      return;
    }
    replica.patch(since, rev, txs);
    const held = this.#held;
    this.#held = null;
    if (held) this.#outcome(held.message, now);
    this.flush(now);
  }

  #replace(message: Message, now: number): void {
    // Skipped while pulling, as the reply comes later. What is in flight stays so: its OK is probably on the way,
    // and only a timeout pulls (SPEC 8, amendment 27).
    if (this.status !== 'live') return;
    this.replica.resume({ ...decodeReply(message), client: this.replica.client });
    this.flush(now);
  }

  #outcome(message: Message, now: number): void {
    // Skipped while pulling: the reply tells the outcome.
    if (this.status !== 'live') return;
    const { header, content, buffers } = message;
    const { replica } = this;
    if (header.epoch !== replica.epoch || content.retry === 'resume') this.#pull(now);
    else if (content.retry === 'later') {
      if (header.seq === replica.inFlight) this.#retry = now + (content.after_ms ?? 1000);
    } else {
      // Decoding uses buffers up, and the message may be held and decoded again.
      const outcome = decodeOutcome(header.msgtype, header, content, [...buffers]);
      if (replica.outcome(outcome)) this.flush(now);
      else this.#wait(message, outcome, now);
    }
  }

  /** An outcome of revisions not seen yet: on a comm their patch may be a moment behind (SPEC 8, amendment 17). */
  #wait(message: Message, { since }: Outcome, now: number): void {
    if (this.#carrier?.lossy && since > this.replica.rev)
      this.#held = { message, until: now + HOLD };
    else this.#pull(now);
  }

  #complaint({ reqid }: Header, { code, retry, after_ms, text }: Json, now: number): void {
    const pulling = this.#pulling;
    if (pulling && !this.#inline && this.#carrier?.binary && code === 'bad-message')
      this.stripped(now);
    else if (retry === 'resume') this.#pull(now);
    else if (pulling && reqid === pulling.id) {
      if (retry === 'later') this.#pulling = { ...pulling, until: now + (after_ms ?? LOST) };
      else this.#end(Close.BAD_MESSAGE, text ?? code);
    }
  }

  #compare({ epoch, rev = 0 }: Header, now: number): void {
    if (this.status === 'live' && (epoch !== this.replica.epoch || rev > this.replica.rev))
      this.#pull(now);
  }

  #fault(now: number): void {
    const again = now - this.#faulted < FAULT;
    this.#faulted = now;
    if (again) this.#end(Close.VERSION, 'a message was not understood');
    else this.#pull(now, true);
  }

  // Sending

  #send(
    msgtype: string,
    header: Partial<Header>,
    content: Json = {},
    buffers: Bytes[] = [],
  ): string {
    const msgid = `c-${++this.#sent}`;
    const full: Header = { msgid, msgtype, ...header, ...(this.#inline && { inline: true }) };
    this.#carrier?.send(pack(full, content, buffers, this.#carrier.binary && !this.#inline));
    return msgid;
  }

  #submit(submission: Submission | null, now: number): void {
    if (!submission) return;
    const { seq, base, ops } = submission;
    const { client, epoch, rev: seen } = this.replica;
    const buffers: Bytes[] = [];
    const content = { ops: encodeOps(ops, this.#inline ? null : buffers) };
    this.#submitted = now;
    this.#send('PATCH-DOC', { client, seq, base, epoch, seen }, content, buffers);
  }

  /** Ask for what is missing, unless that is under way; `whole` asks for a snapshot in any case. */
  #pull(now: number, whole = false): void {
    if (!this.#carrier || !this.#greeted || (this.#pulling && !whole)) return;
    this.#become('catching-up');
    this.#request(now, whole);
  }

  // On an ordered carrier a reply cannot get lost alone, so that asking again would only add to the load.
  #request(now: number, whole = false, wait = this.#carrier?.lossy ? LOST : Infinity): void {
    const { epoch, rev, inFlight, client, resumeKey } = this.replica;
    const have = epoch === null || whole ? null : { epoch, rev };
    const content = { have, pending: inFlight, ...(whole && { kind: 'snapshot' }) };
    const header = resumeKey ? { client, resume_key: resumeKey } : {};
    const until = now + wait;
    this.#held = null;
    this.#retry = Infinity;
    const id = this.#send('PULL-DOC-REQ', header, content, this.#inline ? [] : this.#probe);
    this.#pulling = { id, whole, wait, until };
    this.#probe = [];
  }

  #lostAt(): number {
    const waiting = this.status === 'live' && this.replica.inFlight !== null;
    return waiting && this.#carrier?.lossy ? this.#submitted + LOST : Infinity;
  }

  #recover(now: number): void {
    const pulling = this.#pulling;
    if (!pulling) {
      if (now >= this.#lostAt()) this.#pull(now);
    } else if (now >= pulling.until) {
      this.#request(now, pulling.whole, Math.min(2 * pulling.wait, LONGEST));
    }
  }

  #receipt(): Partial<Header> {
    return { epoch: this.replica.epoch, seen: this.replica.rev };
  }

  #silentAt(): number {
    return this.#heard + 2 * this.#interval * (this.#pings + 1);
  }

  /** Two silent intervals: ask for a sign of life, and give up where silence means a dead connection. */
  #wake(): void {
    const carrier = this.#carrier;
    if (this.#pings++ < 2 || carrier?.lossy) {
      this.#send('PING', this.#receipt());
    } else this.#end(Close.SLOW_CONSUMER, 'the server does not answer');
  }

  #end(code: number, text: string): void {
    this.#carrier?.close(code, text);
  }

  #become(status: Status): void {
    if (status === this.status) return;
    this.status = status;
    this.#options.status?.(status);
  }
}
