import type { Op, Path } from './ops';
import type { State } from './state';
import { type Dict, equal, isDict, type Value } from './values';

/** Operations that turn one content into another: dict keys, and one trimmed splice per list (SPEC 5.6). */
export function diff(old: State, now: State): Op[] {
  const ops: Op[] = [];
  if (old.title !== now.title) ops.push({ op: 'title', v: now.title });
  for (const [m, model] of now.models) {
    const before = old.models.get(m);
    if (before?.type === model.type) keys(ops, m, [], before.props, model.props);
    else {
      if (before) ops.push({ op: 'drop', ms: [m] });
      ops.push({ op: 'add', m, ...model });
    }
  }
  for (const m of old.roots) if (!now.roots.includes(m)) ops.push({ op: 'root-', m });
  for (const m of now.roots) if (!old.roots.includes(m)) ops.push({ op: 'root+', m });
  const ms = [...old.models.keys()].filter((m) => !now.models.has(m));
  if (ms.length) ops.push({ op: 'drop', ms });
  return ops;
}

function keys(ops: Op[], m: string, path: Path, old: Dict, now: Dict): void {
  for (const key of Object.keys(old)) {
    if (!Object.hasOwn(now, key)) ops.push({ op: 'del', m, p: [...path, key] });
  }
  for (const key of Object.keys(now)) {
    const p = [...path, key];
    const v = now[key] as Value;
    if (!Object.hasOwn(old, key)) ops.push({ op: 'set', m, p, v });
    else walk(ops, m, p, old[key] as Value, v);
  }
}

function walk(ops: Op[], m: string, p: Path, old: Value, now: Value): void {
  if (equal(old, now)) return;
  if (Array.isArray(old) && Array.isArray(now)) ops.push(splice(m, p, old, now));
  else if (isDict(old) && isDict(now)) keys(ops, m, p, old, now);
  else ops.push({ op: 'set', m, p, v: now });
}

function splice(m: string, p: Path, old: Value[], now: Value[]): Op {
  const shortest = Math.min(old.length, now.length);
  let head = 0;
  while (head < shortest && equal(old[head], now[head])) head++;
  let tail = 0;
  while (tail < shortest - head && equal(old.at(-1 - tail), now.at(-1 - tail))) tail++;
  const v = now.slice(head, now.length - tail);
  return { op: 'splice', m, p, i: head, d: old.length - head - tail, v };
}
