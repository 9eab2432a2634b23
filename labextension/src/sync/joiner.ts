import { check } from '../core/errors';
import type { Bytes } from '../core/values';
import type { Message } from './messages';

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
