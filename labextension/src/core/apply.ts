import { Gone } from './errors';
import type { Op, SpliceOp } from './ops';
import { ABSENT, propsOf, resolve, write } from './paths';
import type { State } from './state';

/** Apply one operation and return what undoes it, in the order to apply it; throws `Gone` before any change. */
export function apply(state: State, op: Op): Op[] {
  switch (op.op) {
    case 'set':
      return restore(op, write(state, op.m, op.p, op.v));
    case 'del':
      return remove(state, op);
    case 'splice':
      return splice(state, op);
    case 'add':
      if (state.models.has(op.m)) throw new Gone('exists');
      // The props are changed in place later on, the operation never is.
      state.models.set(op.m, {
        type: op.type,
        props: Object.assign(Object.create(null), op.props),
      });
      return [{ op: 'drop', ms: [op.m] }];
    case 'drop':
      return op.ms.flatMap((m) => {
        const model = state.models.get(m);
        state.models.delete(m);
        return model ? { op: 'add' as const, m, ...model } : [];
      });
    case 'title': {
      const v = state.title;
      state.title = op.v;
      return [{ op: 'title', v }];
    }
    case 'msg':
      propsOf(state, op.m);
      return [];
    default:
      return roots(state, op);
  }
}

type At = { readonly m: string; readonly p: readonly (string | number)[] };

function restore({ m, p }: At, old: ReturnType<typeof write>): Op[] {
  return [old === ABSENT ? { op: 'del', m, p } : { op: 'set', m, p, v: old }];
}

function remove(state: State, op: At): Op[] {
  if (op.p.length === 1) resolve(state, op.m, op.p);
  const old = write(state, op.m, op.p, ABSENT);
  return old === ABSENT ? [] : restore(op, old);
}

function splice(state: State, { m, p, i, d, v }: SpliceOp): Op[] {
  const list = resolve(state, m, p);
  if (!Array.isArray(list)) throw new Gone('target-gone');
  const start = i ?? list.length;
  const end = start + d;
  if (!(start >= 0 && d >= 0 && end <= list.length)) throw new Gone('target-gone');
  write(state, m, p, list.slice(0, start).concat(v, list.slice(end)));
  return [{ op: 'splice', m, p, i: start, d: v.length, v: list.slice(start, end) }];
}

function roots(state: State, op: Extract<Op, { op: 'root+' | 'root-' | 'roots' }>): Op[] {
  const ids = state.roots;
  if (op.op === 'roots') state.roots = op.ids;
  else {
    const member = ids.includes(op.m);
    if (op.op === 'root+') propsOf(state, op.m);
    if (member === (op.op === 'root+')) return [];
    state.roots = member ? ids.filter((id) => id !== op.m) : [...ids, op.m];
  }
  return [{ op: 'roots', ids }];
}
