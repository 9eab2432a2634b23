import type { Document } from '../model/document';
import type { Status } from '../sync/link';
import { refusalText } from './refusal';
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
// Long enough to be read, short enough not to be taken for the present state.
const REFUSED_FOR = 8000;
const VIEWING = 'Read-only: you see changes, and cannot make any.';

/** Why a document's connection is over for good; null while it may come back. */
export function endedText(document: Document): string | null {
  const { status, link } = document;
  return (status === 'offline' && link.closed && ENDED[link.closed.code]) || null;
}

/** Keep `data-syncline-status` current, and a small note of what keeps the document from being live. */
export function showStatus(element: HTMLElement, document: Document): Dispose {
  const status = new StatusNote(element, document);
  return () => status.dispose();
}

/** The note of one place: an ended or interrupted connection, a refused edit, a document only to look at. */
class StatusNote {
  private readonly note = makeNote();
  private refused: string | null = null;
  private waiting: ReturnType<typeof setTimeout> | undefined;
  private forgetting: ReturnType<typeof setTimeout> | undefined;
  private readonly offs: Dispose[];

  constructor(
    private readonly element: HTMLElement,
    private readonly document: Document,
  ) {
    element.append(this.note);
    this.offs = [
      document.onStatus(() => this.update()),
      document.onConflict((conflict) => this.refuse(refusalText(conflict))),
    ];
    this.update();
  }

  dispose(): void {
    for (const off of this.offs) off();
    clearTimeout(this.waiting);
    clearTimeout(this.forgetting);
    this.note.remove();
    delete this.element.dataset.synclineStatus;
  }

  private update(): void {
    const { document } = this;
    this.element.dataset.synclineStatus = document.status;
    clearTimeout(this.waiting);
    if (document.status === 'live' || endedText(document)) this.fill();
    else this.waiting = setTimeout(() => this.fill(), PATIENCE);
  }

  /** Say for a while that an edit was not kept; of several places of a document, where the user is. */
  private refuse(text: string | null): void {
    const elsewhere = globalThis.document.activeElement?.closest('[data-syncline-status]');
    if (text === null || (elsewhere && !this.element.contains(elsewhere))) return;
    this.refused = text;
    clearTimeout(this.forgetting);
    this.forgetting = setTimeout(() => {
      this.refused = null;
      this.fill();
    }, REFUSED_FOR);
    this.fill();
  }

  private fill(): void {
    const { note, document, refused } = this;
    const live = document.status === 'live';
    const ended = endedText(document);
    const viewing = live && refused === null && document.link.readOnly;
    note.classList.toggle('syncline-ended', ended !== null);
    note.classList.toggle('syncline-viewing', viewing);
    if (ended !== null) note.replaceChildren(`${ended} `, reloadLink());
    else note.textContent = refused ?? (viewing ? VIEWING : waitingText(document.status));
  }
}

function waitingText(status: Status): string {
  return status === 'live' ? '' : WAITING[status];
}

function makeNote(): HTMLElement {
  const note = globalThis.document.createElement('div');
  note.className = 'syncline-status';
  note.setAttribute('role', 'status');
  note.setAttribute('aria-live', 'polite');
  return note;
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
