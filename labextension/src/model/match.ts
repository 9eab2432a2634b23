import { isDict } from '../core/dicts';
import type { State } from '../core/state';
import { Ref, type Value } from '../core/values';
import type { Ids } from './rename';

type Pair = readonly [old: string, now: string];

/** Which model of a rebuilt document is which of the old one: by `key`, else by place and type, never by id (SPEC 5.6). */
export function match(old: State, now: State): Ids {
  const found = new Map<string, string>();
  const taken = new Set<string>();
  const todo: Pair[] = [...keyed(old, now), ...pairs(old.roots, now.roots)];
  // Places come in the order of their distance from the roots.
  for (let i = 0; i < todo.length; i++) {
    const [a, b] = todo[i] as Pair;
    const before = old.models.get(a);
    const after = now.models.get(b);
    if (found.has(a) || taken.has(b) || !before || before.type !== after?.type) continue;
    found.set(a, b);
    taken.add(b);
    below(before.props, after.props, todo);
  }
  return found;
}

function pairs<T>(a: readonly T[], b: readonly T[]): [T, T][] {
  const count = Math.min(a.length, b.length);
  return Array.from({ length: count }, (_, i) => [a[i] as T, b[i] as T]);
}

function keyed(old: State, now: State): Pair[] {
  const known = new Map<string, string>();
  for (const [m, { type, props }] of old.models) {
    if (typeof props.key === 'string' && props.key) known.set(`${type} ${props.key}`, m);
  }
  return [...now.models].flatMap(([m, { type, props }]): Pair[] => {
    const before = known.get(`${type} ${props.key}`);
    return before === undefined ? [] : [[before, m]];
  });
}

/** Note what two values refer to in the same places. */
function below(a: Value | undefined, b: Value | undefined, todo: Pair[]): void {
  if (a instanceof Ref && b instanceof Ref) todo.push([a.id, b.id]);
  else if (Array.isArray(a) && Array.isArray(b))
    for (const [x, y] of pairs(a, b)) below(x, y, todo);
  else if (isDict(a) && isDict(b)) for (const key of Object.keys(a)) below(a[key], b[key], todo);
}
