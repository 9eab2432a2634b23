import type { Model } from '../model/model';
import { showElement } from './element';
import { renderFlex } from './flex';
import { isElement, loadedFacts, loadFacts } from './load';
import { renderMount } from './nested';
import { type Dispose, mark, type Render, type View, type ViewContext } from './view';
import { words } from './words';

const rendered: Readonly<Record<string, Render>> = {
  'ui/Row@1': renderFlex,
  'ui/Column@1': renderFlex,
  'ui/Mount@1': renderMount,
};

const lazy: Readonly<Record<string, () => Promise<Render>>> = {
  'ui/Markdown@1': async () => (await import('./content')).renderMarkdown,
  'ui/Output@1': async () => (await import('./content')).renderOutput,
  'ui/LinePlot@1': async () => (await import('./plot')).renderPlot,
};

/** Make the view of a model; of a type nobody shows, a box that says so. */
export function show(model: Model, context: ViewContext): View {
  if (context.trail.includes(model)) return showBox(model, words.insideItself(model.type));
  const inner = { ...context, trail: [...context.trail, model] };
  const type = model.look;
  if (isElement(type)) return showLoaded(model, type);
  const render = rendered[type];
  if (render) return showRendered(model, inner, render);
  const load = lazy[type] ?? (model.entry === null ? undefined : own);
  return load ? showLazy(model, inner, load) : showBox(model, words.noView(model.type));
}

const own = async (): Promise<Render> => (await import('./own')).renderOwn;

function hostFor(model: Model): HTMLElement {
  const host = document.createElement('div');
  mark(host, model);
  return host;
}

/** A box that names what cannot be shown, so that nothing vanishes silently. */
function showBox(model: Model, text: string): View {
  return showRendered(model, undefined, (host) => {
    fillBox(host, text);
    return () => undefined;
  });
}

/** Say in a place what cannot be shown there. */
export function fillBox(host: HTMLElement, text: string): void {
  host.classList.add('syncline-box');
  host.textContent = text;
}

function showRendered<C>(
  model: Model,
  context: C,
  render: (host: HTMLElement, model: Model, context: C) => Dispose,
): View {
  const host = hostFor(model);
  const end = render(host, model, context);
  const dispose = () => {
    end();
    host.remove();
  };
  return { node: host, dispose };
}

function showLazy(model: Model, context: ViewContext, load: () => Promise<Render>): View {
  return showRendered(model, context, (host) => {
    let end: Dispose | undefined;
    let ended = false;
    const begin = (render: Render) => {
      if (!ended) end = render(host, model, context);
    };
    load()
      .then(begin)
      .catch((error) => fillFailure(host, model, error));
    return () => {
      ended = true;
      end?.();
    };
  });
}

/** Say in a place that a model's view has failed. */
export function fillFailure(host: HTMLElement, model: Model, error: unknown): void {
  console.error(error);
  fillBox(host, words.notShown(model.type));
}

/** An element is made only when its code is there; until then a comment holds its place. */
function showLoaded(model: Model, type: string): View {
  const facts = loadedFacts(type);
  if (facts) return showElement(model, facts);
  let view: View | undefined;
  let ended = false;
  const place = document.createComment(type);
  const fill = (made: View) => {
    view = made;
    place.replaceWith(made.node);
  };
  loadFacts(type)
    .then((loaded) => ended || fill(showElement(model, loaded)))
    .catch((error) => {
      console.error(error);
      if (!ended) fill(showBox(model, words.notLoaded(model.type)));
    });
  return {
    get node() {
      return view?.node ?? place;
    },
    dispose() {
      ended = true;
      view?.dispose();
      place.remove();
    },
  };
}
