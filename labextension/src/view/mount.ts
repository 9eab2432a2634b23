import type { Document } from '../model/document';
import type { Model } from '../model/model';
import { Children } from './children';
import { showStatus } from './status';
import type { Connect, Dispose, ViewContext } from './view';

export type { Connect, Connection, Dispose } from './view';

/** What the host of a mounted document provides. */
export interface MountOptions {
  /** How `Mount` models reach their documents; without it they say that they cannot. */
  readonly connect?: Connect;
}

/**
 * Show one root model of a document, or with `null` all of them, inside `element`.
 *
 * The element gets the class `syncline-root` and `data-syncline-status`; views are cheap, so the
 * same document may be mounted many times. Returns what takes everything away again.
 */
export function mount(
  document: Document,
  mountId: string | null,
  element: HTMLElement,
  options: MountOptions = {},
): Dispose {
  element.classList.add('syncline-root');
  return showMount(element, mountId, { document, connect: options.connect, trail: [] });
}

/** Mount inside a place that already has our theme. */
export function showMount(
  element: HTMLElement,
  mountId: string | null,
  context: ViewContext,
): Dispose {
  const { document } = context;
  const body = globalThis.document.createElement('div');
  body.className = 'syncline-body';
  const children = new Children(body, context);
  const update = () => children.show(mounted(document, mountId));
  const offs = [showStatus(element, document), document.onRoots(update), () => children.dispose()];
  element.append(body);
  update();
  return () => {
    for (const off of offs) off();
    body.remove();
  };
}

function mounted(document: Document, mountId: string | null): Model[] {
  if (mountId === null) return document.roots;
  const model = document.model(mountId);
  return model ? [model] : [];
}
