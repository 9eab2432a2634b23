import type { Model } from '../model/model';
import { renderModule } from './module';
import { fillBox, fillFailure, show } from './show';
import type { Dispose, ViewContext } from './view';
import { words } from './words';

/** Show a model of a type that its document brings along, as soon as that is known (SPEC 5.9). */
export function renderOwn(host: HTMLElement, model: Model, context: ViewContext): Dispose {
  let end: Dispose = () => undefined;
  let ended = false;
  begin(host, model, context)
    .then((dispose) => {
      if (ended) dispose();
      else end = dispose;
    })
    .catch((error) => {
      if (!ended) fillFailure(host, model, error);
    });
  return () => {
    ended = true;
    end();
  };
}

async function begin(host: HTMLElement, model: Model, context: ViewContext): Promise<Dispose> {
  const entry = await model.document.types.find(model.type);
  const look = entry?.view ?? null;
  if (look === null) fillBox(host, words.noView(String(entry?.name)));
  if (look === null || typeof look === 'object') {
    return look ? renderModule(host, model, look) : () => undefined;
  }
  // It is known only now that it is shown as a built-in type: the place is its own, not one inside.
  const trail = context.trail.slice(0, -1);
  const view = show(model, { ...context, trail });
  host.append(view.node);
  return () => view.dispose();
}
