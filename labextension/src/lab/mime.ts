import { PROTOCOL } from '../sync/version';

/** The MIME type of a displayed document. */
export const MIME = 'application/vnd.syncline.doc.v1+json';

/** That of a widget, which the same output may have for other hosts. */
export const WIDGET = 'application/vnd.jupyter.widget-view+json';

/**
 * What a notebook's file says where it keeps no values: the same whoever saves it, so in no language but ours.
 *
 * In JupyterLab `words.notKept` is shown for it.
 */
export const NOT_KEPT = 'A Syncline document; this notebook does not keep its values.';

/** What a cell's output says about its document: its names, and nothing that grants access. */
export interface DocBundle {
  readonly doc: string;
  /** The root to show; null shows all. */
  readonly mount: string | null;
  /** The Syncline that displayed it. */
  readonly version: string;
}

/** Read a bundle's value; null when it is not one of this version of the protocol. */
export function readBundle(value: unknown): DocBundle | null {
  if (value === null || typeof value !== 'object') return null;
  const { doc, mount, protocol } = value as Record<string, unknown>;
  if (typeof doc !== 'string' || !/^[\w-]{1,64}$/.test(doc) || protocol !== PROTOCOL) return null;
  return { doc, mount: typeof mount === 'string' ? mount : null, version: versionIn(value) };
}

/** The Syncline that displayed an output, whichever protocol that speaks; empty where it is not said. */
export function versionIn(value: unknown): string {
  const { version } = (value ?? {}) as { version?: unknown };
  return typeof version === 'string' && /^[\w.+!-]{1,40}$/.test(version) ? version : '';
}
