import type { Document } from '../model/document';
import type { SavedForm } from './snapshot';

/** Says what a document is now; null until the first live output has fetched the code. */
export const form: { of: ((document: Document, mount: string | null) => SavedForm) | null } = {
  of: null,
};

const shown = new Map<string, Document[]>();

/** Note that an output shows a document of a kernel; returns what ends it. */
export function note(kernel: string, doc: string, document: Document): () => void {
  const key = `${kernel}/${doc}`;
  const there = shown.get(key) ?? [];
  shown.set(key, there);
  there.push(document);
  return () => {
    there.splice(there.indexOf(document), 1);
    if (!there.length && shown.get(key) === there) shown.delete(key);
  };
}

/** The document of a kernel that outputs show, live or as it was last, if it has arrived. */
export function shownDocument(kernel: string, doc: string): Document | undefined {
  const there = shown.get(`${kernel}/${doc}`) ?? [];
  return there.filter((document) => document.loaded).at(-1);
}
