import { type Buffers, type Dict, decode, type Json } from './values';

/** A model as its type and property values. It is never changed in place. */
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
  const models = Object.keys(raw.models).map((id): [string, PlainModel] => {
    const { type, props } = raw.models[id];
    return [id, { type, props: decode(props, buffers) as Dict }];
  });
  return { ...raw, models: new Map(models) };
}
