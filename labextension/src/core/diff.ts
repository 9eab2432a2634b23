import { difference } from './bulk';
import { differing } from './columns';
import { isDict } from './dicts';
import type { Op, Path } from './ops';
import type { State } from './state';
import { Columns, equal, type Value } from './values';

/**
 * Operations that turn the models of one content into those of another: dict keys, and one trimmed splice per
 * list (SPEC 5.6). Title and roots are left out, as no pending edit is changed when it is carried over these.
 */
export function diff(old: State, now: State): Op[] {
  const ops: Op[] = [];
  for (const [m, model] of now.models) {
    const before = old.models.get(m);
    if (before?.type === model.type) walk(ops, m, [], before.props, model.props);
    else {
      if (before) ops.push({ op: 'drop', ms: [m] });
      ops.push({ op: 'add', m, ...model });
    }
  }
  const ms = [...old.models.keys()].filter((m) => !now.models.has(m));
  if (ms.length) ops.push({ op: 'drop', ms });
  return ops;
}

function walk(ops: Op[], m: string, p: Path, old: Value | undefined, now: Value | undefined): void {
  if (equal(old, now)) return;
  if (now === undefined) ops.push({ op: 'del', m, p });
  else if (old instanceof Columns && now instanceof Columns)
    ops.push(...difference(m, p, old, now));
  else if (Array.isArray(old) && Array.isArray(now)) ops.push(splice(m, p, old, now));
  else if (isDict(old) && isDict(now)) {
    const gone = Object.keys(old).filter((key) => !(key in now));
    for (const key of [...gone, ...Object.keys(now)]) walk(ops, m, [...p, key], old[key], now[key]);
  } else ops.push({ op: 'set', m, p, v: now });
}

function splice(m: string, p: Path, old: Value[], now: Value[]): Op {
  const [i, tail] = differing(old, now);
  return {
    op: 'splice',
    m,
    p,
    i,
    d: old.length - i - tail,
    v: now.slice(i, now.length - tail),
  };
}
