import type { Bytes } from '../core/arrays';
import { check } from '../core/errors';
import type { Json } from '../core/values';
import { late } from './late';
import type { Header, Message } from './messages';

/** A message as a carrier takes it: text, or bytes in an ArrayBuffer of their own. */
export type Frame = string | Bytes;

/** How a binary frame begins (SPEC 3.3). */
export const MAGIC = 0x00014c53;
const encoder = new TextEncoder();

/** The frame of a message: text without buffers, binary with them or where `binary` is asked for. */
export function pack(
  header: Header,
  content: Json,
  buffers: readonly Bytes[] = [],
  binary = false,
): Frame {
  const text = JSON.stringify({
    header: { ...header, buffers: buffers.length || undefined },
    content,
  });
  return binary || buffers.length ? join([encoder.encode(text), ...buffers]) : text;
}

/** The message of a frame; throws where it is malformed. Its buffers alias the frame's bytes where they are aligned. */
export function unpack(frame: string | ArrayBuffer | ArrayBufferView): Message {
  const [text, ...buffers] = typeof frame === 'string' ? [frame] : late.get().split(frame);
  const { header, content = {} } = JSON.parse(text);
  check(header.msgid && header.msgtype && (header.buffers ?? 0) === buffers.length, 'header');
  return { header, content, buffers };
}

/** The place behind so many bytes where the next part begins. */
export function aligned(size: number): number {
  return (size + 7) & ~7;
}

// Like the arrays of values, the table of lengths is little-endian, as is every machine with a browser.

function join(parts: readonly Bytes[]): Bytes {
  let offset = aligned(8 + 4 * parts.length);
  const out = new Uint8Array(parts.reduce((size, part) => size + aligned(part.length), offset));
  new Uint32Array(out.buffer).set([MAGIC, parts.length, ...parts.map((part) => part.length)]);
  for (const part of parts) {
    out.set(part, offset);
    offset += aligned(part.length);
  }
  return out;
}
