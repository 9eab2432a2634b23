import { type Bytes, bytesOf } from '../core/arrays';
import { check } from '../core/errors';
import { aligned, MAGIC } from './frames';

const decoder = new TextDecoder('utf-8', { fatal: true });

/** The text and the buffers of a binary frame; throws where it is malformed. */
export function split(frame: ArrayBuffer | ArrayBufferView): [text: string, ...buffers: Bytes[]] {
  let bytes = bytesOf(frame);
  // Copied once, so that every part is aligned in memory too (SPEC 3.3).
  if (bytes.byteOffset % 8) bytes = bytes.slice();
  const { buffer, byteOffset, length } = bytes;
  const table = new Uint32Array(buffer, byteOffset, length >> 2);
  const count = table[1] as number;
  let offset = aligned(8 + 4 * count);
  const [body, ...buffers] = Array.from(table.subarray(2, 2 + count), (size) => {
    const start = offset;
    offset += aligned(size);
    return bytes.subarray(start, start + size);
  });
  check(table[0] === MAGIC && count && offset === length, 'frame');
  return [decoder.decode(body), ...buffers];
}
