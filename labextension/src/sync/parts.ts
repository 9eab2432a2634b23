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
