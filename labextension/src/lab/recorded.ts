// Fetched when a saved output is looked at that has no kernel.
import '../../style/lab.css';
import type { Json } from '../core/values';
import { Document } from '../model/document';
import { RecordedTransport } from '../transports/recorded';
import { mount } from '../view/mount';
import { type Find, StaticModel, staticText } from './static';

// Some document, which its view says cannot be reached: the file does not name it.
const ELSEWHERE = { type: 'ui/Mount@1', props: { doc: 'elsewhere' } };

/**
 * Show in a node what was saved of a document, if it is still `wanted`; what cannot be read changes
 * nothing.
 *
 * What a file holds may come from anybody: only built-in views show it, and it reaches nothing.
 */
export function showRecorded(node: HTMLElement, snapshot: Json, wanted: () => boolean): void {
  const recorded = new Document();
  // The output says what it is.
  recorded.note = '';
  const view = document.createElement('div');
  const off = recorded.onStatus(() => {
    if (!recorded.roots.length || !wanted()) return;
    off();
    mount(recorded, null, view);
    node.replaceChildren(view);
  });
  try {
    const doc = shownByUs(snapshot.doc, snapshot.schema);
    new RecordedTransport(recorded.link, { doc, schema: {}, assets: {} }).open();
  } catch {
    // Not a snapshot: there is the html.
  }
}

/** The content with nothing but built-in types in it: a model with a view of its own becomes its text. */
function shownByUs(doc: Json, schema: Json): Json {
  const find: Find = (id) => {
    const found = Object.hasOwn(doc.models, id) ? doc.models[id] : undefined;
    return found && new StaticModel(found.type, found.type, found.props, []);
  };
  const models = Object.entries(doc.models as { [id: string]: Json }).map(([id, model]) => {
    const hash = model.type.split('#')[1];
    const view = hash === undefined ? model.type : schema[hash]?.view;
    if (view === 'ui/Mount@1') return [id, ELSEWHERE];
    if (typeof view === 'string') return [id, { ...model, type: view }];
    const data = { 'text/plain': staticText(null, [id], find) };
    return [id, { type: 'ui/Output@1', props: { data } }];
  });
  return { ...doc, models: Object.fromEntries(models) };
}
