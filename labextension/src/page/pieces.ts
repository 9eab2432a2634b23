import type { Document as Model } from '../model/document';
import { Children } from '../view/children';
import { showStatus } from '../view/status';
import type { Connect } from '../view/view';

/**
 * Show each root where a template of the application's own has put it: `data-syncline-root` is its
 * number among the document's roots. What is to be said of the connection stands at the end.
 */
export function showPieces(model: Model, connect: Connect): void {
  const context = { document: model, connect, trail: [] };
  const pieces = [...document.querySelectorAll<HTMLElement>('[data-syncline-root]')].map(
    (element) => ({
      number: Number(element.dataset.synclineRoot),
      children: new Children(element, context),
    }),
  );
  const update = (): void => {
    for (const { number, children } of pieces) {
      const root = model.roots[number];
      children.show(root ? [root] : []);
    }
  };
  const notes = document.createElement('div');
  notes.className = 'syncline-root syncline-notes';
  document.body.append(notes);
  showStatus(notes, model);
  model.onRoots(update);
  update();
}
