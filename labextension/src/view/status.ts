import type { Document } from '../model/document';
import type { Dispose } from './view';

const WAITING = {
  connecting: 'Connecting…',
  'catching-up': 'Catching up…',
  offline: 'Offline: changes are kept and sent later',
} as const;

// Close codes after which nothing is tried again (SPEC 8, amendment 42).
const ENDED: Readonly<Record<number, string>> = {
  4400: 'The server does not understand this page.',
  4401: 'You may not see this any more.',
  4404: 'This session has ended.',
  4406: 'The server has another version than this page.',
  4413: 'Something was too large to be sent.',
};

// Shorter interruptions are not worth a reader's attention.
const PATIENCE = 500;

/** Why a document's connection is over for good; null while it may come back. */
export function endedText(document: Document): string | null {
  const { status, link } = document;
  return (status === 'offline' && link.closed && ENDED[link.closed.code]) || null;
}

/** Keep `data-syncline-status` current, and a small note while the document is not live. */
export function showStatus(element: HTMLElement, document: Document): Dispose {
  const note = makeNote();
  element.append(note);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const update = () => {
    element.dataset.synclineStatus = document.status;
    clearTimeout(timer);
    const patience = document.status === 'live' || endedText(document) ? 0 : PATIENCE;
    if (patience) timer = setTimeout(() => fill(note, document), patience);
    else fill(note, document);
  };
  update();
  const off = document.onStatus(update);
  return () => {
    off();
    clearTimeout(timer);
    note.remove();
    delete element.dataset.synclineStatus;
  };
}

function makeNote(): HTMLElement {
  const note = globalThis.document.createElement('div');
  note.className = 'syncline-status';
  note.setAttribute('role', 'status');
  note.setAttribute('aria-live', 'polite');
  return note;
}

function fill(note: HTMLElement, document: Document): void {
  const ended = endedText(document);
  note.classList.toggle('syncline-ended', ended !== null);
  if (ended !== null) note.replaceChildren(`${ended} `, reloadLink());
  else note.textContent = document.status === 'live' ? '' : WAITING[document.status];
}

function reloadLink(): HTMLElement {
  const link = globalThis.document.createElement('a');
  link.href = location.href;
  link.textContent = 'Reload the page';
  link.addEventListener('click', (event) => {
    // A link to the page's own address with a fragment would only scroll.
    event.preventDefault();
    location.reload();
  });
  return link;
}
