import { toBase64 } from '../core/arrays';
import { fromBase64 } from '../core/binary';
import type { Bytes } from '../core/values';
import { SLOW_CONSUMER } from '../sync/errors';
import { type Frame, pack, unpack } from '../sync/frames';
import type { Carrier, Link } from '../sync/link';
import type { Message } from '../sync/messages';
import { cut } from '../sync/parts';
// It looks at the link's state after every message: none may wait for code.
import '../sync/second';
import { inlined } from './inline';

/** A pair of comms, or whatever else may lose messages without ending. */
export interface LossyCarrier {
  send(frame: Frame): void;
  close(code: number, text?: string): void;
  /** Listen where the document's patches are published; null when the server's choice is not known. */
  listen(channel: string | null): void;
}

// Milliseconds, like all times here.
const LOST = 10_000;
const LONGEST = 600_000;
const HOLD = 500;
const BURST = 1000;
const JOIN = 30_000;
const RECEIPT = 100;
const RECEIPTS = 8;

const PROBE = new Uint8Array(8).map((_, i) => i);

/**
 * What a link needs on a carrier that loses messages, or the buffers of all of them (SPEC 5.2, 5.7, 6.2).
 *
 * It stands between the two and, like the link, does no I/O: frames and times come in as arguments.
 */
export class Lossy implements Carrier {
  #channel: string | null = null;
  #inline = false;
  // An outcome that came before the patches that explain it.
  #held: Message | null = null;
  #patience = LOST;
  // When to pull, to ask whether the last message has come, and to confirm what came.
  #lost = Infinity;
  #burst = Infinity;
  #receipt = Infinity;
  // Numbers of the frame that came last, and of the one that was confirmed last.
  #got = 0;
  #told = 0;

  constructor(
    readonly link: Link,
    private readonly carrier: LossyCarrier,
  ) {}

  /** A connection begins; the server speaks first, but the ACK too may get lost. */
  open(now: number): void {
    this.#channel = null;
    // An ACK that comes with its buffer proves that buffers pass, and nothing else (SPEC 6.2).
    this.#inline = true;
    this.#got = this.#told = 0;
    this.#forget();
    this.link.open(this, now);
    this.#lost = now + LOST;
  }

  /** A frame has come. */
  receive(frame: string | ArrayBuffer | ArrayBufferView, now: number): void {
    let message: Message;
    try {
      message = unpack(frame);
    } catch {
      // The link knows what to do about it.
      this.link.receive(frame, now);
      return;
    }
    const gap = this.#count(message, now) && this.link.status !== 'catching-up';
    if (!this.#refused(message, now) && !this.#early(message, now)) this.#pass(message, now);
    if (gap) this.link.pull(now);
  }

  /** A message has come without its buffers: this path loses them, so everything goes inline from now on. */
  stripped(now: number): void {
    this.#inline = true;
    this.link.pull(now, true);
  }

  /** When `tick` next has something to do. */
  due(): number {
    return Math.min(this.link.due(), this.#lost, this.#burst, this.#receipt);
  }

  /** Time has passed. */
  tick(now: number): void {
    this.link.tick(now);
    if (now >= this.#receipt) this.#confirm();
    if (now >= this.#burst) {
      this.#burst = Infinity;
      this.link.send('PING');
    }
    if (now >= this.#lost) this.link.pull(now);
  }

  /** Send a message; called by the link. */
  send({ header, content, buffers }: Message, now: number): void {
    const pulls = header.msgtype === 'PULL-DOC-REQ';
    if (pulls) this.#pulling(now);
    else if (header.seq !== undefined) {
      // An answer may get lost; then PULL asks for it, never a blind resend.
      this.#lost = now + LOST;
      this.#burst = now + BURST;
    }
    const got = this.#got > this.#told ? { got: this.#got } : {};
    this.#told = this.#got;
    this.#receipt = Infinity;
    // A PULL without the probe says that buffers got lost on the way.
    const probe = pulls && !this.#inline ? [PROBE] : buffers;
    for (const frame of this.#frames({ header: { ...header, ...got }, content, buffers: probe })) {
      this.carrier.send(frame);
    }
  }

  /** End the connection; called by the link. */
  close(code: number, text?: string): void {
    // A kernel may be busy for long: silence does not mean that the connection is dead.
    if (code === SLOW_CONSUMER) this.link.send('PING');
    else this.carrier.close(code, text);
  }

  /** The connection has ended. */
  end(code: number, text: string): void {
    this.#forget();
    this.link.close(code, text);
  }

  #frames(message: Message): Frame[] {
    const { frame = Infinity } = this.link.limits;
    if (!this.#inline) return cut(message, frame, true);
    // Base64 takes four bytes for three.
    return cut(inlined(message), frame * 0.75).map((part) => {
      if (typeof part === 'string') return part;
      const { header, buffers } = unpack(part);
      return pack({ ...header, inline: true }, { b64: toBase64(buffers[0] as Bytes) });
    });
  }

  #pulling(now: number): void {
    // Listening comes first: what is published after the reply must not be missed.
    this.carrier.listen(this.#channel);
    const patience = this.#patience;
    this.#forget();
    this.#lost = now + patience;
    this.#patience = Math.min(2 * patience, LONGEST);
  }

  /** Nothing is waited for any more. */
  #forget(): void {
    this.#held = null;
    this.#lost = this.#burst = this.#receipt = Infinity;
    this.#patience = LOST;
  }

  /** Count a frame of the page's channel; true says that one before it is missing. */
  #count({ header: { n = 0, part } }: Message, now: number): boolean {
    if (n <= this.#got) return false;
    const gap = n > this.#got + 1;
    this.#got = n;
    if (part || n - this.#told >= RECEIPTS) this.#confirm();
    else this.#receipt = Math.min(this.#receipt, now + RECEIPT);
    return gap;
  }

  #confirm(): void {
    this.#told = this.#got;
    this.link.send('ACK', {}, { got: this.#got });
  }

  /** Whether a PULL was refused because its buffers got lost; then it is made again without any. */
  #refused({ header, content }: Message, now: number): boolean {
    const pulling = this.link.status === 'catching-up';
    const refused = header.seq === undefined && content.code === 'bad-message';
    if (!pulling || !refused || this.#inline) return false;
    this.stripped(now);
    return true;
  }

  /** Whether an outcome waits for the patches before it, which may be a moment behind (SPEC 6.2). */
  #early(message: Message, now: number): boolean {
    const { seq, since = 0, epoch } = message.header;
    const { status, replica } = this.link;
    const known = seq === undefined || epoch !== replica.epoch || since <= replica.rev;
    const retry = message.content.retry ?? 'never';
    if (known || this.#held || status !== 'live' || retry !== 'never') return false;
    this.#held = message;
    this.#lost = now + HOLD;
    return true;
  }

  #pass(message: Message, now: number): void {
    const { header, content } = message;
    if (header.msgtype === 'ACK') {
      this.#channel = content.channel ?? null;
      this.#inline = !!header.probe && message.buffers[0]?.length !== 8;
    }
    // The bytes of an inline part.
    const buffers = header.part && content.b64 ? [fromBase64(content.b64)] : message.buffers;
    this.link.receive({ header, content, buffers }, now);
    const held = this.#held;
    if (held && (held.header.since as number) <= this.link.replica.rev) {
      this.#held = null;
      this.link.receive(held, now);
    }
    if (this.link.status !== 'live') return;
    this.#patience = LOST;
    if (this.link.replica.waiting === null) this.#lost = this.#burst = Infinity;
    if (header.part) this.#lost = Math.min(this.#lost, now + JOIN);
  }
}
