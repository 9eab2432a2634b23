// What a cell's output keeps of a document: its values at a moment, for where no kernel runs.
// python/syncline/kernel/saved.py writes the same when something is displayed.
import { type Bytes, encode, type Json } from '../core/values';
import type { Document } from '../model/document';
import type { Model } from '../model/model';
import { canonical, Names } from './canonical';
import { StaticModel, staticHtml, staticText } from './static';
import { weight } from './weight';

/** Of all that an output keeps, as JSON. */
export const MAX_BYTES = 256 * 1024;
// Bytes of what an output says besides.
const NAMES = 1024;

/** What an output keeps besides the names of its document. */
export interface SavedForm {
  /** Null where all three would be too large. */
  readonly snapshot: Json;
  readonly html: string;
  readonly text: string;
}

/**
 * What a document, or one root of it, is now.
 *
 * What is not `saved` is in none of the forms, nor is the code of views.
 */
export function savedForm(document: Document, mount: string | null): SavedForm {
  const roots = mount === null ? document.replica.state.roots : [mount];
  const title = mount === null ? document.title : null;
  const find = (id: string): StaticModel | undefined => {
    const model = document.model(id);
    return model && staticModel(model);
  };
  const html = staticHtml(title, roots, find);
  const text = staticText(title, roots, find);
  const left = MAX_BYTES - NAMES - bytes([html, text]);
  return { snapshot: snapshot(document, title ?? '', roots, left), html, text };
}

function staticModel(model: Model): StaticModel {
  const buffers: Bytes[] = [];
  return new StaticModel(model.type, bare(model.look), savedProps(model, buffers), buffers);
}

function bare(type: string): string {
  return type.split('#')[0] as string;
}

/**
 * The values that may enter a file, in their JSON form: no names of running models and documents, and of a
 * type that is not known nothing.
 */
function savedProps(model: Model, buffers: Bytes[] | null): { [name: string]: Json } {
  const { types } = model.document;
  const live = bare(model.look) === 'ui/Mount@1' ? ['key', 'doc', 'mount'] : ['key'];
  const names = model.names.filter((name) => !live.includes(name) && types.keeps(model.type, name));
  return Object.fromEntries(
    names.map((name) => [name, canonical(encode(model.raw(name) ?? null, buffers))]),
  );
}

/** A document's content as it may stand in a file; null for more than so many bytes. */
function snapshot(document: Document, title: string, roots: readonly string[], most: number): Json {
  const models: { [name: string]: Json } = {};
  const names = new Names(roots);
  let left = most;
  // It grows on the way.
  for (const id of names.ids) {
    const model = document.model(id);
    if (!model) continue;
    if (model.names.some((name) => weight(model.raw(name)) > left)) return null;
    const name = names.of(id);
    models[name] = { type: model.type, props: names.given(savedProps(model, null)) };
    left -= bytes([name, models[name]]);
    if (left < 0) return null;
  }
  const types = new Set(Object.values(models).map(({ type }) => type));
  const doc = { title, roots: names.roots, models };
  const content = { doc, schema: canonical(schemaOf(document, types)) };
  return bytes(content) <= most ? JSON.parse(JSON.stringify(content)) : null;
}

/** What types are, by hash, without the code of their views. */
function schemaOf(document: Document, types: Iterable<string>): Json {
  const known = [...types].flatMap((type) => {
    const entry = document.types.entry(type);
    return entry ? [[type.split('#')[1], entry] as const] : [];
  });
  return Object.fromEntries(
    known.map(([hash, entry]) => [
      hash,
      { ...entry, view: typeof entry.view === 'string' ? entry.view : null },
    ]),
  );
}

function bytes(raw: Json): number {
  return new TextEncoder().encode(JSON.stringify(raw)).length;
}
