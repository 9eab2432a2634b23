import type { Dict } from './values';

// An object without any prototype would do, but engines keep such a one as a slow hash table.
function Blank(): void {}
Blank.prototype = Object.freeze(Object.create(null));

/** Whether a value is a dict with string keys. */
export function isDict(v: unknown): v is Dict {
  return v instanceof Blank;
}

/** A dict with every value replaced; its prototype has no keys, so that every key is safe. */
export function mapDict<A, B>(
  v: { readonly [key: string]: A },
  fn: (item: A, key: string) => B,
): { [key: string]: B } {
  const out = new (Blank as unknown as new () => { [key: string]: B })();
  for (const key of Object.keys(v)) out[key] = fn(v[key] as A, key);
  return out;
}
