import { fromWire, type Op } from '../../../labextension/src/core/ops';
import { fromSnapshot, type State } from '../../../labextension/src/core/state';
import { encode, type Json } from '../../../labextension/src/core/values';

/** A state with one model `a` of the given properties. */
export function stateOf(props: Json = {}, more: Json = {}): State {
  return fromSnapshot(
    { title: 't', roots: [], models: { a: { type: 'x/X@1', props }, ...more } },
    [],
  );
}

/** An operation as it is written on the wire. */
export function op(raw: Json): Op {
  return fromWire({ m: 'a', ...raw }, []);
}

/** A state as plain JSON, to compare with. */
export function shown({ title, roots, models }: State): Json {
  const entries = [...models].map(([m, { type, props }]) => [
    m,
    { type, props: encode(props, null) },
  ]);
  return JSON.parse(JSON.stringify({ title, roots, models: Object.fromEntries(entries) }));
}
