import { toBase64 } from '../core/arrays';
import { mapDict } from '../core/dicts';
import type { Bytes, Json } from '../core/values';
import type { Message } from '../sync/messages';

/** The same message for a path that loses buffers: arrays and bytes stand in it as base64 (SPEC 6.2). */
export function inlined({ header, content, buffers }: Message): Message {
  return { header: { ...header, inline: true }, content: inline(content, buffers), buffers: [] };
}

function inline(raw: Json, buffers: readonly Bytes[]): Json {
  if (Array.isArray(raw)) return raw.map((item) => inline(item, buffers));
  if (typeof raw !== 'object' || raw === null) return raw;
  const { buf, ...rest } = raw;
  // Only a tag has the key "$": a user's dict with it travels as a `map`.
  if ('$' in raw && buf !== undefined) return { ...rest, b64: toBase64(buffers[buf] as Bytes) };
  return mapDict(raw, (item) => inline(item, buffers));
}
