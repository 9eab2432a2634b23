import { type Bytes, bytesOf } from '../core/arrays';
import type { Json } from '../core/values';
import { BadMessage } from './errors';
import type { Header, Message } from './messages';

/** A message as a carrier takes it: text, or bytes in an ArrayBuffer of their own. */
export type Frame = string | Bytes;

const MAGIC = 0x00014c53;
const MAX_PARTS = 257;
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The frame of a message: text without buffers, binary with them or where `binary` is asked for. */
export function pack(
  header: Header,
  content: Json,
  buffers: readonly Bytes[] = [],
  binary = false,
): Frame {
  const counted = { ...header, buffers: buffers.length || undefined };
  const text = JSON.stringify({ header: counted, content });
  return binary || buffers.length ? join([encoder.encode(text), ...buffers]) : text;
}

/** The message of a frame; throws `BadMessage`. Its buffers alias the frame's bytes where they are aligned. */
export function unpack(frame: string | ArrayBuffer | ArrayBufferView): Message {
  try {
    const [body, ...buffers] = typeof frame === 'string' ? [] : split(frame);
    const { header, content } = JSON.parse(body ? decoder.decode(body) : (frame as string));
    if (!header.msgid || !header.msgtype || (header.buffers ?? 0) !== buffers.length)
      throw 'header';
    return { header, content: content ?? {}, buffers };
  } catch (error) {
    throw new BadMessage(`malformed frame: ${error}`);
  }
}

function aligned(size: number): number {
  return Math.ceil(size / 8) * 8;
}

function join(parts: readonly Bytes[]): Bytes {
  let offset = aligned(8 + 4 * parts.length);
  const out = new Uint8Array(parts.reduce((size, part) => size + aligned(part.length), offset));
  const table = new DataView(out.buffer);
  table.setUint32(0, MAGIC, true);
  table.setUint32(4, parts.length, true);
  parts.forEach((part, i) => {
    table.setUint32(8 + 4 * i, part.length, true);
    out.set(part, offset);
    offset += aligned(part.length);
  });
  return out;
}

function split(frame: ArrayBuffer | ArrayBufferView): Bytes[] {
  let bytes = ArrayBuffer.isView(frame) ? bytesOf(frame) : new Uint8Array(frame);
  // Copied once, so that every part is aligned in memory too (SPEC 8, amendment 44).
  if (bytes.byteOffset % 8) bytes = bytes.slice();
  const table = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const count = table.getUint32(4, true);
  const parts: Bytes[] = [];
  let offset = aligned(8 + 4 * count);
  if (table.getUint32(0, true) !== MAGIC || count > MAX_PARTS) throw 'magic';
  for (let i = 0; i < count; i++) {
    const length = table.getUint32(8 + 4 * i, true);
    parts.push(bytes.subarray(offset, offset + length));
    offset += aligned(length);
  }
  if (!count || offset !== bytes.length) throw 'length';
  return parts;
}
