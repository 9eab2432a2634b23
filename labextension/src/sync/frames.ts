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
  const counted = buffers.length ? { ...header, buffers: buffers.length } : header;
  const text = JSON.stringify({ header: counted, content });
  return binary || buffers.length ? join([encoder.encode(text), ...buffers]) : text;
}

/** The message of a frame; throws `BadMessage`. Its buffers alias the frame's bytes where they are aligned. */
export function unpack(frame: string | ArrayBuffer | ArrayBufferView): Message {
  let text: string;
  let buffers: Bytes[] = [];
  let message: Json;
  try {
    if (typeof frame === 'string') text = frame;
    else {
      const [body, ...rest] = split(frame) as [Bytes, ...Bytes[]];
      text = decoder.decode(body);
      buffers = rest;
    }
    message = JSON.parse(text);
  } catch (error) {
    throw new BadMessage(`malformed frame: ${error}`);
  }
  const { header, content = {} } = message ?? {};
  if (typeof header?.msgid !== 'string' || typeof header.msgtype !== 'string') {
    throw new BadMessage('malformed header');
  }
  if ((header.buffers ?? 0) !== buffers.length) {
    throw new BadMessage(`expected ${header.buffers} buffers, got ${buffers.length}`);
  }
  return { header, content, buffers };
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
  if (table.getUint32(0, true) !== MAGIC || count < 1 || count > MAX_PARTS) {
    throw new BadMessage('not a frame of version 1');
  }
  const parts: Bytes[] = [];
  let offset = aligned(8 + 4 * count);
  for (let i = 0; i < count; i++) {
    const length = table.getUint32(8 + 4 * i, true);
    parts.push(bytes.subarray(offset, offset + length));
    offset += aligned(length);
  }
  if (offset !== bytes.length) {
    throw new BadMessage(`expected a frame of ${offset} bytes, got ${bytes.length}`);
  }
  return parts;
}
