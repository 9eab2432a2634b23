/** The MIME type of a displayed document. */
export const MIME = 'application/vnd.syncline.doc.v1+json';

/** What a cell's output says about its document: its names, and nothing that grants access. */
export interface DocBundle {
  readonly doc: string;
  /** The root to show; null shows all. */
  readonly mount: string | null;
  /** The Syncline that displayed it. */
  readonly version: string;
}

/** Read a bundle's value; null when it is not one of this version. */
export function readBundle(value: unknown): DocBundle | null {
  if (value === null || typeof value !== 'object') return null;
  const { doc, mount, protocol, version } = value as Record<string, unknown>;
  if (typeof doc !== 'string' || !/^[\w-]{1,64}$/.test(doc) || protocol !== 1) return null;
  return {
    doc,
    mount: typeof mount === 'string' ? mount : null,
    version: typeof version === 'string' ? version : '',
  };
}
