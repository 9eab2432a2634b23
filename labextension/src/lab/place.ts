import { VERSION } from '../sync/version';
import { type Situation, USABLE } from './situation';
import { words } from './words';

// Shorter waits show nothing: a fresh output would flicker through its saved form.
const PATIENCE = 400;

/** The live view of a document. */
export interface LiveView {
  readonly node: HTMLElement;
  /** How many edits are not acknowledged yet. */
  readonly pending: number;
}

/** A panel that shows nothing but one document. */
export interface Owner {
  /** What to do about a document that is gone. */
  readonly gone: () => string;
  readonly close: () => void;
}

const GONE: ReadonlySet<Situation> = new Set(['gone', 'dead', 'no-kernel']);

/**
 * The parts of one output's node, and which of them is to be seen.
 *
 * Its `data-syncline-state` says what that is: `waiting` for the first view, the view `live`, `reconnecting` or behind a
 * `busy` kernel, that view `frozen`, the form that was `saved` or the `widget` in its place; `data-syncline-situation`
 * says why.
 */
export class Place {
  readonly saved = part('syncline-saved');
  /** The Syncline that displayed the document; empty where that is not known. */
  version = '';
  private readonly note = part('syncline-note');
  private readonly link = document.createElement('a');
  private readonly closing = document.createElement('button');
  private view: LiveView | null = null;
  /** Since when the view has not been live. */
  private lost: Date | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly patience = performance.now() + PATIENCE;

  /** `savedAt` tells when the notebook's file was written; null for what has no saved form. */
  constructor(
    readonly node: HTMLElement,
    private readonly savedAt: (() => Date | null) | null = () => null,
    private readonly owner: Owner | null = null,
  ) {
    this.note.setAttribute('role', 'status');
    this.link.className = 'syncline-open';
    this.link.target = '_blank';
    this.link.rel = 'noopener';
    this.link.textContent = '↗';
    this.link.title = this.link.ariaLabel = words.openPage();
    this.link.hidden = true;
    this.closing.className = 'syncline-close jp-mod-styled';
    this.closing.textContent = words.closePanel();
    this.closing.hidden = true;
    this.closing.addEventListener('click', () => owner?.close());
    node.append(this.note, ...(owner ? [this.closing] : []), this.saved, this.link);
    this.become('waiting', '');
  }

  /** Say which way the messages go; tests and the benchmark read it. */
  carrier(name: string | null): void {
    if (name === null) delete this.node.dataset.synclineCarrier;
    else this.node.dataset.synclineCarrier = name;
  }

  /** Show the live view, with a link to the same document as a page where there is one. */
  show(view: LiveView, page: string | null, situation: Situation = 'live'): void {
    if (this.view?.node !== view.node) {
      this.view?.node.remove();
      this.saved.before(view.node);
    }
    this.view = view;
    this.link.hidden = page === null;
    if (page !== null) this.link.href = page;
    const other = this.version !== '' && this.version !== VERSION;
    const title = other ? `${words.openPage()}. ${words.versions(this.version)}` : words.openPage();
    this.link.title = title;
    this.tell(situation);
  }

  /** There is nothing new to show; what there is stays, and says how it stands with it. */
  tell(situation: Situation): void {
    this.node.dataset.synclineSituation = situation;
    if (situation === 'live') this.lost = null;
    else if (this.view) this.lost ??= new Date();
    if (USABLE.has(situation) && this.view) this.become(situation, this.doubt(situation));
    else if (situation === 'connecting' || USABLE.has(situation)) this.wait(situation);
    else this.without(situation);
  }

  /** The widget in the same output is shown: it has the code that understands the document. */
  yield(): void {
    this.node.dataset.synclineSituation = 'other-version';
    this.link.hidden = true;
    this.become('widget', joined(words.versions(this.version), words.asWidget()));
  }

  /** Take everything away. */
  dispose(): void {
    clearTimeout(this.timer);
    this.node.replaceChildren();
  }

  /** The first view is on its way; the saved form appears only after a while. */
  private wait(situation: Situation): void {
    const say = () => this.become('saved', joined(words.situation(situation), this.asSaved()));
    if (this.view) return;
    clearTimeout(this.timer);
    if (this.node.dataset.synclineState === 'saved') say();
    else this.timer = setTimeout(say, Math.max(0, this.patience - performance.now()));
  }

  /** There is no live document: the last view is frozen, else the saved form is shown. */
  private without(situation: Situation): void {
    this.link.hidden = true;
    const versions = situation === 'other-version' ? words.versions(this.version) : '';
    const { owner } = this;
    const why = joined(
      versions,
      owner && GONE.has(situation) ? owner.gone() : words.situation(situation),
    );
    if (!this.view) this.become('saved', joined(why, this.asSaved()));
    else this.become('frozen', joined(why, this.since(), counted(this.view, words.lost)));
    this.closing.hidden = !owner;
  }

  private doubt(situation: Situation): string {
    if (situation === 'live' || !this.view) return '';
    const count = situation === 'busy' ? words.waiting : words.kept;
    return joined(words.situation(situation), this.since(), counted(this.view, count));
  }

  /** What the saved form is; a panel has none. */
  private asSaved(): string {
    return this.savedAt ? words.savedOutput(this.savedAt()) : '';
  }

  private since(): string {
    return this.lost ? words.valuesOf(this.lost) : '';
  }

  private become(state: string, note: string): void {
    clearTimeout(this.timer);
    this.closing.hidden = true;
    this.node.dataset.synclineState = state;
    // What is said already is not announced again.
    if (this.note.textContent !== note) this.note.textContent = note;
    this.saved.hidden = state !== 'saved';
    if (this.view) this.view.node.inert = state === 'frozen';
  }
}

function joined(...sentences: (string | null)[]): string {
  return sentences.filter(Boolean).join(' ');
}

function counted({ pending }: LiveView, say: (count: number) => string): string {
  return pending ? say(pending) : '';
}

function part(className: string): HTMLElement {
  const node = document.createElement('div');
  node.className = className;
  return node;
}
