// Shorter waits show nothing: a fresh output would flicker through its saved form.
const PATIENCE = 400;

/** What an output shows: its live view, that view frozen, or its saved form. */
export type PlaceState = 'waiting' | 'saved' | 'live' | 'frozen';

/** The parts of one output's node, and which of them is to be seen. */
export class Place {
  readonly saved = part('syncline-saved');
  private readonly note = part('syncline-note');
  private readonly link = document.createElement('a');
  private live: HTMLElement | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly node: HTMLElement) {
    this.note.setAttribute('role', 'status');
    this.link.className = 'syncline-open';
    this.link.target = '_blank';
    this.link.rel = 'noopener';
    this.link.textContent = '↗';
    this.link.title = this.link.ariaLabel = 'Open as a page';
    this.link.hidden = true;
    node.append(this.note, this.saved, this.link);
    this.become('waiting', '');
  }

  /** Say which way the messages go; tests and the benchmark read it. */
  carrier(name: string | null): void {
    if (name === null) delete this.node.dataset.synclineCarrier;
    else this.node.dataset.synclineCarrier = name;
  }

  /** Show the live view, with a link to the same document as a page where there is one. */
  show(view: HTMLElement, page: string | null): void {
    if (this.live !== view) {
      this.live?.remove();
      this.live = view;
      this.note.after(view);
    }
    this.link.hidden = page === null;
    if (page !== null) this.link.href = page;
    this.become('live', '');
  }

  /** The document is on its way: what is there stays; the saved form appears only after a while. */
  wait(): void {
    if (this.live || this.node.dataset.synclineState === 'saved') return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.become('saved', 'Connecting…'), PATIENCE);
  }

  /** There is no live document: the last view is frozen, else the saved form is shown. */
  without(why: string): void {
    this.link.hidden = true;
    if (this.live) this.become('frozen', `${why} These are the last values.`);
    else this.become('saved', `${why} This is the saved output.`);
  }

  /** Take everything away. */
  dispose(): void {
    clearTimeout(this.timer);
    this.node.replaceChildren();
  }

  private become(state: PlaceState, note: string): void {
    clearTimeout(this.timer);
    this.node.dataset.synclineState = state;
    this.note.textContent = note;
    this.saved.hidden = state !== 'saved';
    if (this.live) this.live.inert = state === 'frozen';
  }
}

function part(className: string): HTMLElement {
  const node = document.createElement('div');
  node.className = className;
  return node;
}
