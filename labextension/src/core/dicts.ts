import type { Dict } from './values';

/** Whether a value is a dict with string keys. */
export function isDict(v: unknown): v is Dict {
  return !!v && Object.getPrototypeOf(v) === null;
}

/** A dict with every value replaced; it has no prototype, so that every key is safe. */
export function mapDict<A, B>(
  v: { readonly [key: string]: A },
  fn: (item: A, key: string) => B,
): { [key: string]: B } {
  const out = Object.create(null);
  for (const key of Object.keys(v)) out[key] = fn(v[key] as A, key);
  return out;
}
