import { check } from '../core/errors';
import type { Bytes } from '../core/values';
import { type Frame, pack } from './frames';
import type { Message } from './messages';

// Room for a part's own header.
const HEAD = 1024;

/** The frames of a message: one, or where that is over `limit` bytes several parts of it (SPEC 3.4). */
export function cut(
  { header, content, buffers }: Message,
  limit = Infinity,
  binary = false,
): Frame[] {
  const frame = pack(header, content, buffers, binary);
  // A character of text takes up to three bytes.
  if (frame.length * (typeof frame === 'string' ? 3 : 1) <= limit) return [frame];
  const whole = pack(header, content, buffers, true) as Bytes;
  const step = Math.max(HEAD, limit - HEAD);
  const n = Math.ceil(whole.length / step);
  // A part that is refused names its transaction.
  const { msgid, msgtype, seq } = header;
  return Array.from({ length: n }, (_, k) =>
    pack({ msgid, msgtype, seq, part: [k, n], total: whole.length }, {}, [
      whole.subarray(k * step, (k + 1) * step),
    ]),
  );
}

/** Puts the parts of one message together, which come in order. */
export class Joiner {
  #name = '';
  #parts: Bytes[] = [];

  /** Take a part: the whole frame with the last one, null before; false says that one is missing. */
  add({ header, buffers: [bytes] }: Message): Bytes | null | false {
    const { msgid, total, part } = header;
    const [k, n] = part as [number, number];
    // What has the same id may be cut otherwise on another way.
    const name = `${msgid} ${n} ${total}`;
    if (!k) {
      this.#name = name;
      this.#parts = [];
    }
    if (k !== this.#parts.length || name !== this.#name) return false;
    if (this.#parts.push(bytes as Bytes) < n) return null;
    const whole = new Uint8Array(total as number);
    let at = 0;
    for (const part of this.#parts.splice(0)) {
      whole.set(part, at);
      at += part.length;
    }
    check(at === whole.length, 'part');
    return whole;
  }
}
