import type { Document } from '../model/document';
import { Interruption, type Word } from './interruption';
import { refusalText } from './refusal';
import type { Dispose } from './view';
import { words } from './words';

const UNAUTHORISED = 4401;

// What a link that is good no more says of itself (SPEC 6.5): another one is needed, not another attempt.
const OF_LINK = /^This link /;

// Milliseconds: long enough to be read, short enough not to be taken for the present state.
const REFUSED_FOR = 8000;

/** Why a document's connection is over for good; null while it may come back. */
export function endedText(document: Document): string | null {
  const { closed } = document.link;
  if (document.status !== 'offline' || !closed) return null;
  return ofLink(document) ?? words.ended(closed.code);
}

/** Why the link that led here leads here no more. */
function ofLink({ link }: Document): string | null {
  const { code, text } = link.closed ?? {};
  return code === UNAUTHORISED && text && OF_LINK.test(text) ? words.askAnew(text) : null;
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
    const said = document.note ?? words.viewing();
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

function interruptionText(word: Word, { loaded, pending }: Document): string {
  if (word === 'back') return words.back();
  if (word === 'overdue') return words.overdue();
  if (!word) return '';
  if (!loaded) return words.connecting();
  return pending ? words.kept(pending) : words.reconnecting();
}

function lostText({ pending }: Document): string {
  return pending ? `${words.lost(pending)} ` : '';
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
  button.textContent = words.reload();
  button.addEventListener('click', () => location.reload());
  return button;
}
