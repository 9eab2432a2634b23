import { type Buffers, type Dict, decode, type Json } from './values';

/** A model as its type and property values. */
export interface PlainModel {
  readonly type: string;
  readonly props: Dict;
}

/** A document's content as plain values. */
export interface State {
  title: string;
  roots: readonly string[];
  readonly models: Map<string, PlainModel>;
}

/** An empty document. */
export function blank(): State {
  return { title: '', roots: [], models: new Map() };
}

/** The content of a snapshot. */
export function fromSnapshot(raw: Json, buffers: Buffers): State {
  const state = { ...blank(), title: raw.title, roots: raw.roots };
  for (const id of Object.keys(raw.models)) {
    const { type, props } = raw.models[id];
    state.models.set(id, { type, props: decode(props, buffers) as Dict });
  }
  return state;
}
