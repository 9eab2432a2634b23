import { check, Gone } from './errors';
import { late } from './late';
import type { Op, Path, SpliceOp } from './ops';
import { modelOf, resolve, write } from './paths';
import type { State } from './state';
import type { Value } from './values';

/** Apply one operation and return what undoes it, in the order to apply it; throws `Gone` before any change. */
export function apply(state: State, op: Op): Op[] {
  const { models, title, roots } = state;
  switch (op.op) {
    case 'set':
    case 'del':
      return assign(state, op);
    case 'splice':
      return splice(state, op);
    case 'stream':
    case 'write':
      return late.get().apply(state, op);
    case 'add':
      if (models.has(op.m)) throw new Gone('exists');
      models.set(op.m, { type: op.type, props: op.props });
      return [{ op: 'drop', ms: [op.m] }];
    case 'drop':
      return op.ms.flatMap((m) => {
        const model = models.get(m);
        models.delete(m);
        return model ? { op: 'add' as const, m, ...model } : [];
      });
    case 'title':
      state.title = op.v;
      return [{ op: 'title', v: title }];
    case 'msg':
      modelOf(state, op.m);
      return [];
    case 'roots':
      state.roots = op.ids;
      break;
    case 'root+':
      modelOf(state, op.m);
      if (!roots.includes(op.m)) state.roots = [...roots, op.m];
      break;
    case 'root-':
      state.roots = roots.filter((id) => id !== op.m);
      break;
    default:
      check(false, (op as Op).op);
  }
  return roots.length === state.roots.length ? [] : [{ op: 'roots', ids: roots }];
}

function assign(state: State, op: { m: string; p: Path; v?: Value }): Op[] {
  const { m, p, v } = op;
  if (v === undefined) {
    // An element is removed by a splice; and while a dict's key may be missing, a property may not.
    if (p.length === 1) resolve(state, m, p);
    else if (typeof p.at(-1) === 'number') {
      modelOf(state, m);
      throw new Gone();
    }
  }
  const old = write(state, m, p, v);
  if (old !== undefined) return [{ op: 'set', m, p, v: old }];
  return v === undefined ? [] : [{ op: 'del', m, p }];
}

function splice(state: State, { m, p, i, d, v }: SpliceOp): Op[] {
  const list = resolve(state, m, p);
  if (!Array.isArray(list)) throw new Gone();
  const start = i ?? list.length;
  const end = start + d;
  if (!(start >= 0 && d >= 0 && end <= list.length)) throw new Gone();
  write(state, m, p, list.slice(0, start).concat(v, list.slice(end)));
  return [{ op: 'splice', m, p, i: start, d: v.length, v: list.slice(start, end) }];
}
