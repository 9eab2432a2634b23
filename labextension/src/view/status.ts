import type { Document } from '../model/document';
import { Interruption, type Word } from './interruption';
import { refusalText } from './refusal';
import type { Dispose } from './view';

const UNAUTHORISED = 4401;
// Close codes after which nothing is tried again (SPEC 5.9).
const ENDED: Readonly<Record<number, string>> = {
  4400: 'The server does not understand this page.',
  4401: 'This page has no access any more: its session has ended, or you have been signed out.',
  4404: 'This session has ended.',
  4406: 'The server has another version than this page.',
  4413: 'Something was too large to be sent.',
};

// What a link that is good no more says of itself (SPEC 6.5): another one is needed, not another attempt.
const OF_LINK = /^This link /;

// Milliseconds: long enough to be read, short enough not to be taken for the present state.
const REFUSED_FOR = 8000;
const VIEWING = 'Read-only: you see changes, and cannot make any.';

/** Why a document's connection is over for good; null while it may come back. */
export function endedText(document: Document): string | null {
  const { closed } = document.link;
  if (document.status !== 'offline' || !closed) return null;
  return ofLink(document) ?? ENDED[closed.code] ?? null;
}

/** Why the link that led here leads here no more. */
function ofLink({ link }: Document): string | null {
  const { code, text } = link.closed ?? {};
  return code === UNAUTHORISED && text && OF_LINK.test(text) ? `${text} Ask for a new one.` : null;
}

/** Keep `data-syncline-status` current, and a small note of what keeps the document from being live. */
export function showStatus(element: HTMLElement, document: Document): Dispose {
  const status = new StatusNote(element, document);
  return () => status.dispose();
}

/** The note of one place: an ended or interrupted connection, a refused edit, a document only to look at. */
class StatusNote {
  private readonly note = makeNote();
  private readonly text = this.note.appendChild(new Text());
  private readonly reload = reloadButton();
  private readonly interruption: Interruption;
  private refused: string | null = null;
  private forgetting: ReturnType<typeof setTimeout> | undefined;
  private readonly offs: Dispose[];

  constructor(
    private readonly element: HTMLElement,
    private readonly document: Document,
  ) {
    element.append(this.note);
    const fill = (): void => this.fill();
    this.interruption = new Interruption(document, fill);
    this.offs = [
      document.onStatus(fill),
      document.onPending(fill),
      document.onConflict((conflict) => this.refuse(refusalText(conflict))),
    ];
    this.fill();
  }

  dispose(): void {
    for (const off of this.offs) off();
    this.interruption.dispose();
    clearTimeout(this.forgetting);
    this.note.remove();
    delete this.element.dataset.synclineStatus;
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
    const { note, document, refused, interruption } = this;
    const { dataset } = this.element;
    if (dataset.synclineStatus !== document.status) dataset.synclineStatus = document.status;
    const ended = endedText(document);
    const passing = refused ?? interruptionText(interruption.word, document);
    const said = document.note ?? VIEWING;
    const readOnly = document.status === 'live' && document.link.readOnly && said;
    const viewing = !!readOnly && !ended && !passing;
    note.classList.toggle('syncline-ended', ended !== null);
    note.classList.toggle('syncline-viewing', viewing);
    note.classList.toggle('syncline-back', interruption.word === 'back');
    const text = ended !== null ? `${ended} ${lostText(document)}` : viewing ? said : passing;
    // What is said already is not announced again.
    if (this.text.data !== text) this.text.data = text;
    if (ended === null || ofLink(document) !== null) this.reload.remove();
    else if (!this.reload.isConnected) note.append(this.reload);
  }
}

function interruptionText(word: Word, document: Document): string {
  if (word === 'back') return 'Connected again';
  if (word === 'overdue') return 'Waiting for an answer…';
  if (!word) return '';
  if (!document.loaded) return 'Connecting…';
  const { pending } = document;
  if (!pending) return 'Reconnecting…';
  return `Offline: ${changes(pending)} ${pending === 1 ? 'is' : 'are'} kept and sent later`;
}

function lostText({ pending }: Document): string {
  if (!pending) return '';
  return `${changes(pending)} ${pending === 1 ? 'was' : 'were'} not sent. `;
}

function changes(count: number): string {
  return count === 1 ? '1 change' : `${count} changes`;
}

function makeNote(): HTMLElement {
  const note = globalThis.document.createElement('div');
  note.className = 'syncline-status';
  note.setAttribute('role', 'status');
  note.setAttribute('aria-live', 'polite');
  return note;
}

function reloadButton(): HTMLElement {
  const button = globalThis.document.createElement('button');
  button.type = 'button';
  button.textContent = 'Reload the page';
  button.addEventListener('click', () => location.reload());
  return button;
}
