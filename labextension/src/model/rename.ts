import { isDict, mapDict } from '../core/dicts';
import type { Op } from '../core/ops';
import type { PlainModel, State } from '../core/state';
import { Columns, type Dict, type Json, Opaque, Ref, type Value } from '../core/values';

/** Other ids for models, and other names of generations, by the old ones (SPEC 3.1 and 5.6). */
export type Ids = ReadonlyMap<string, string>;

/** A value whose references have the new ids. */
export function renamed(v: Value, ids: Ids): Value {
  const inner = (item: Value): Value => renamed(item, ids);
  if (v instanceof Ref) return ids.has(v.id) ? new Ref(ids.get(v.id) as string) : v;
  if (v instanceof Columns && ids.has(v.gen)) return v.renamed(ids.get(v.gen) as string);
  if (v instanceof Opaque) return new Opaque(mapDict(v.raw, inner));
  if (Array.isArray(v)) return v.map(inner);
  return isDict(v) ? mapDict(v, inner) : v;
}

/** An operation that means the models with the new ids. */
export function renamedOp(op: Op, ids: Ids): Op {
  const change = (value: Json, key: string): Json => {
    if (key === 'm' || key === 'gen') return ids.get(value) ?? value;
    if (key === 'ms' || key === 'ids') return value.map((m: string) => ids.get(m) ?? m);
    return key === 'p' || key === 'at' ? value : renamed(value, ids);
  };
  return { ...mapDict(op as Json, change) } as Json;
}

/** A state whose models have the new ids. */
export function renamedState(state: State, ids: Ids): State {
  if (!ids.size) return state;
  const models = [...state.models].map(([m, { type, props }]): [string, PlainModel] => [
    ids.get(m) ?? m,
    { type, props: renamed(props, ids) as Dict },
  ]);
  return { ...state, roots: state.roots.map((m) => ids.get(m) ?? m), models: new Map(models) };
}
