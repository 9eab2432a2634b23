import type { Document } from '../model/document';
import { endedText } from '../view/status';
import type { Dispose } from '../view/view';

// Milliseconds until a kernel that says nothing is worth a word.
const SILENT = 3000;
// Close codes (SPEC 5.9).
const UNKNOWN = 4404;

const GONE = 'The kernel does not have this document any more: run the cell again.';
const SILENCE =
  'The kernel does not answer: it is busy, or was restarted; then run the cell again.';

/** The style sheet of what is said, for a place of its own. */
export const STYLES = `
.syncline-notice:not(:empty) {
  margin-block-end: var(--wa-space-s);
  padding: var(--wa-space-3xs) var(--wa-space-s);
  border-inline-start: 3px solid var(--wa-color-warning-border-loud);
  color: var(--wa-color-text-quiet);
  font-size: var(--wa-font-size-s);
}
.syncline-absence {
  color: var(--wa-color-text-quiet);
  font-size: var(--wa-font-size-s);
}
[data-syncline-state='waiting'] > :not(.syncline-notice) { display: none; }
[data-syncline-state='frozen'] > .syncline-body { opacity: 0.65; }
/* It says more. */
.syncline-notice:not(:empty) ~ .syncline-status { display: none; }
`;

/**
 * Show a root as soon as its document is there, and say above it what keeps it from being live.
 *
 * Its `data-syncline-state` is `waiting`, `live`, `reconnecting` or, when nothing will come any more, `frozen`.
 */
export function watch(root: HTMLElement, document: Document, arrived: () => void): Dispose {
  const notice = new Notice(root, document, arrived);
  return () => notice.dispose();
}

class Notice {
  private readonly node = globalThis.document.createElement('div');
  private silent = false;
  private here = false;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly offs: Dispose[];

  constructor(
    private readonly root: HTMLElement,
    private readonly document: Document,
    private readonly arrived: () => void,
  ) {
    this.node.className = 'syncline-notice';
    this.node.setAttribute('role', 'status');
    root.prepend(this.node);
    const update = (): void => this.update();
    this.offs = [document.onStatus(update), document.onPending(update)];
    update();
  }

  dispose(): void {
    for (const off of this.offs) off();
    clearTimeout(this.timer);
    this.node.remove();
  }

  private update(): void {
    const { root, node, document } = this;
    this.listen();
    if (document.loaded && !this.here) {
      this.here = true;
      this.arrived();
    }
    const ended = this.ended();
    for (const body of root.querySelectorAll<HTMLElement>(':scope > .syncline-body')) {
      body.inert = ended !== null;
    }
    root.dataset.synclineState = ended && document.loaded ? 'frozen' : this.state();
    const text = ended ?? (this.silent ? SILENCE : '');
    // What is said already is not announced again.
    if (node.textContent !== text) node.textContent = text;
  }

  /** Notice when the kernel has been silent for long. */
  private listen(): void {
    if (this.document.status === 'live') {
      clearTimeout(this.timer);
      this.timer = undefined;
      this.silent = false;
    } else {
      this.timer ??= setTimeout(() => {
        this.silent = true;
        this.update();
      }, SILENT);
    }
  }

  private state(): string {
    const { status, loaded } = this.document;
    if (!loaded) return 'waiting';
    return status === 'live' ? 'live' : 'reconnecting';
  }

  private ended(): string | null {
    const { status, link, pending } = this.document;
    const gone = status === 'offline' && link.closed?.code === UNKNOWN;
    const text = gone ? GONE : endedText(this.document);
    if (text === null || !pending) return text;
    return `${text} ${pending === 1 ? '1 change was' : `${pending} changes were`} not sent.`;
  }
}
