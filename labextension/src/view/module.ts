import type { Document } from '../model/document';
import type { Model } from '../model/model';
import { ModuleModel } from './module-model';
import { addStyles } from './module-styles';
import type { Dispose } from './view';

/** What a front-end module may give: the end of what it began, or nothing. */
type End = (() => unknown) | undefined | null;

/** The default export of a front-end module, as anywidget defines it. */
interface Widget {
  initialize?(given: { model: ModuleModel }): End | Promise<End>;
  render?(given: { model: ModuleModel; el: HTMLElement }): End | Promise<End>;
}

interface Started {
  readonly model: ModuleModel;
  readonly ready: Promise<unknown>;
}

// By document: a hash is a name that its writer made.
const widgets = new WeakMap<Document, Map<string, Promise<Widget>>>();
const started = new WeakMap<Model, Started>();

/** Show a model by the code that its type brings along; fails where the code does. */
export async function renderModule(
  host: HTMLElement,
  model: Model,
  { esm, css }: { readonly esm: string; readonly css?: string },
): Promise<Dispose> {
  const widget = await widgetOf(model.document, esm);
  const styles = css === undefined ? undefined : await addStyles(host, model.document, css);
  const { model: given, ready } = start(model, widget);
  await ready;
  const el = document.createElement('div');
  host.append(el);
  const end = await widget.render?.({ model: given, el });
  return () => {
    end?.();
    el.remove();
    styles?.();
  };
}

function widgetOf(document: Document, hash: string): Promise<Widget> {
  const known = widgets.get(document) ?? new Map<string, Promise<Widget>>();
  widgets.set(document, known);
  let widget = known.get(hash);
  if (!widget) {
    widget = load(document, hash);
    known.set(hash, widget);
    widget.catch(() => known.delete(hash));
  }
  return widget;
}

async function load(document: Document, hash: string): Promise<Widget> {
  const code = new Blob([await document.assets.get(hash)], { type: 'text/javascript' });
  const url = URL.createObjectURL(code);
  try {
    const { default: given } = await import(/* @vite-ignore */ /* webpackIgnore: true */ url);
    return typeof given === 'function' ? await given() : given;
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** Begin with a model once, however many places show it, and end when it leaves the document. */
function start(model: Model, widget: Widget): Started {
  let known = started.get(model);
  if (!known) {
    const given = new ModuleModel(model);
    const ready = Promise.resolve(widget.initialize?.({ model: given }));
    known = { model: given, ready };
    started.set(model, known);
    const off = model.document.onDrop(async (gone) => {
      if (gone !== model) return;
      off();
      given.dispose();
      (await ready)?.();
    });
  }
  return known;
}
