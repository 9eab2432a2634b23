// JSON forms as a file keeps them: what is equal has the same bytes. python/syncline/kernel/canonical.py
// is the twin; tests/vectors/static.json holds both to it.
import type { Json } from '../core/values';
import { isObject } from './static/arrays';

/** What a file calls models, by when they were found: ids count what else was made. */
export class Names {
  /** What was found so far; it grows while references are given names. */
  readonly ids: string[] = [];
  readonly roots: readonly string[];
  private readonly names = new Map<string, string>();

  constructor(roots: readonly string[]) {
    this.roots = roots.map((id) => this.of(id));
  }

  /** A model's name. */
  of(id: string): string {
    const name = this.names.get(id) ?? `m${this.ids.push(id)}`;
    this.names.set(id, name);
    return name;
  }

  /** A canonical JSON form with names for ids; they are found in its order. */
  given(raw: Json): Json {
    if (Array.isArray(raw)) return raw.map((item) => this.given(item));
    if (!isObject(raw)) return raw;
    if (raw.$ === 'ref') return { $: 'ref', id: this.of(raw.id) };
    const keys = Object.keys(raw).sort();
    return ordered(Object.fromEntries(keys.map((key) => [key, this.given(raw[key])])));
  }
}

/**
 * A JSON form without what says how it came about: -0 is 0, members of sets and maps are in order, columns
 * count nothing.
 */
export function canonical(raw: Json): Json {
  if (Array.isArray(raw)) return raw.map(canonical);
  if (!isObject(raw)) return raw;
  if (raw.$ === 'num' && raw.v === '-0') return 0;
  const plain = Object.fromEntries(Object.entries(raw).map(([key, v]) => [key, canonical(v)]));
  return ordered(plain.$ === 'cols' ? Object.assign(plain, { gen: '0', first: 0 }) : plain);
}

/** With the members of a set or a map in order: shorter texts first, so that m9 is before m10. */
function ordered(raw: Json): Json {
  if (!Array.isArray(raw.v)) return raw;
  if (raw.$ === 'set') raw.v = sortedBy(raw.v, (item) => item);
  if (raw.$ === 'map') raw.v = sortedBy(raw.v, (pair) => pair[0]);
  return raw;
}

function sortedBy(members: readonly Json[], part: (member: Json) => Json): Json[] {
  const keyed = members.map((member) => [JSON.stringify(part(member)), member] as const);
  keyed.sort(([a], [b]) => a.length - b.length || (a < b ? -1 : a > b ? 1 : 0));
  return keyed.map(([, member]) => member);
}
