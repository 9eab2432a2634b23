import { Document } from '../model/document';
import { RecordedTransport, type Recording } from '../transports/recorded';
import { mount } from '../view/mount';
import { shelter } from '../view/shelter';
import type { Connection } from '../view/view';

/** What Python has put into the page (`syncline.embed`). */
interface Copy {
  /** Elements by their ids, and the root each shows; null shows all. */
  readonly places: { readonly [element: string]: string | null };
  /** The document under '', and those that are mounted in it. */
  readonly documents: { readonly [doc: string]: Recording };
  /** What is said of the copy. */
  readonly note: string;
  /** With it each place is sheltered from the page. */
  readonly styles?: string;
}

const DATA = 'script.syncline-copy:not([data-shown])';

function show({ places, documents, note, styles }: Copy): void {
  const open = (recording: Recording, said: string): Document => {
    const document = new Document();
    document.note = said;
    new RecordedTransport(document.link, recording).open();
    return document;
  };
  const none = { doc: { title: '', roots: [], models: {} }, schema: {}, assets: {} };
  // What is said is said once.
  const opened = new Map<string, Document>();
  const connect = (doc: string): Connection => {
    const document = opened.get(doc) ?? open(documents[doc] ?? none, '');
    opened.set(doc, document);
    return { document, close: () => undefined };
  };
  const copy = open(documents[''] ?? none, note);
  for (const id of Object.keys(places)) {
    const element = document.getElementById(id);
    if (element) mount(copy, places[id] ?? null, inside(element, styles), { connect });
  }
}

/** Where in an element a copy stands. */
function inside(element: HTMLElement, styles: string | undefined): HTMLElement {
  if (styles === undefined) return element;
  const place = shelter((host) => element.append(host), element.dataset.theme);
  place.dress([styles]);
  return place.root;
}

// There may be several in a page, each with its own script.
for (const element of document.querySelectorAll<HTMLElement>(DATA)) {
  element.dataset.shown = '';
  show(JSON.parse(element.textContent ?? ''));
}
