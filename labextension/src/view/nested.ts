import type { Model } from '../model/model';
import { showMount } from './mount';
import type { Dispose, ViewContext } from './view';
import { words } from './words';

/** Show `ui/Mount`: (a part of) another document inside this one. */
export function renderMount(host: HTMLElement, model: Model, context: ViewContext): Dispose {
  host.classList.add('syncline-mount');
  let end: Dispose = () => undefined;
  const update = () => {
    end();
    end = begin(host, model, context);
  };
  update();
  const off = model.on('*', update);
  return () => {
    off();
    end();
  };
}

function begin(host: HTMLElement, model: Model, context: ViewContext): Dispose {
  const doc = model.get('doc');
  if (typeof doc !== 'string' || !doc) return say(host, words.noneChosen());
  if (context.trail.includes(doc)) return say(host, words.documentInsideItself());
  const connection = context.connect?.(doc);
  if (!connection) return say(host, words.notReached());
  const mountId = model.get('mount');
  const inner = { ...context, document: connection.document, trail: [...context.trail, doc] };
  const dispose = showMount(host, typeof mountId === 'string' ? mountId : null, inner);
  return () => {
    dispose();
    connection.close();
  };
}

function say(host: HTMLElement, text: string): Dispose {
  host.textContent = text;
  host.classList.add('syncline-box');
  return () => {
    host.textContent = '';
    host.classList.remove('syncline-box');
  };
}
