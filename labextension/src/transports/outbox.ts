import type { Json } from '../core/values';
import type { Document } from '../model/document';
import type { Tab } from './tab';

// While somebody drags, what is kept is written no more often than so, in milliseconds.
const PAUSE = 250;

/** Keeps what a document could not send yet with the tab, so that a reload of the page loses nothing. */
export class Outbox {
  private writing: ReturnType<typeof setTimeout> | undefined;
  private readonly ending = new AbortController();
  // Whether something may lie in the tab: each edit of a drag comes by here twice.
  private left = true;

  /** `name` tells the document from others of the page. */
  constructor(
    private readonly document: Document,
    private readonly name: string,
    private readonly tab: Tab,
  ) {
    const { signal } = this.ending;
    const look = (): void => this.look();
    const off = [document.onStatus(look), document.onPending(look)];
    signal.addEventListener('abort', () => {
      for (const each of off) each();
    });
    addEventListener('pagehide', () => this.write(), { signal });
    addEventListener('pageshow', look, { signal });
    globalThis.document.addEventListener('visibilitychange', look, { signal });
    const leave = (event: Event): void => {
      // Where nothing can be kept, or not all may be, the browser asks first.
      if (!this.write()) event.preventDefault();
    };
    addEventListener('beforeunload', leave, { signal });
  }

  /** Take up what the tab's last page has kept; null where that is nothing, so that nobody has to wait. */
  restore(): Promise<void> | null {
    const kept = this.tab.take(this.name);
    return kept?.then((found) => found && this.document.adopt(found)).catch(unreadable) ?? null;
  }

  /** Keep nothing any more. */
  end(): void {
    clearTimeout(this.writing);
    this.ending.abort();
    this.tab.leave(this.name, null);
  }

  private look(): void {
    const { document } = this;
    const hidden = globalThis.document.hidden;
    clearTimeout(this.writing);
    // What is kept of a live page is soon out of date: after a crash it would be sent twice.
    if (document.status === 'live' && !hidden) this.leave(null);
    // A browser ends hidden pages without a word.
    else if (hidden) this.write();
    else this.writing = setTimeout(() => this.write(), PAUSE);
  }

  /** Keep what there is; tells whether it is all. */
  private write(): boolean {
    clearTimeout(this.writing);
    const kept = this.document.keep();
    const all = (kept?.edits.length ?? 0) === this.document.pending;
    return this.leave(kept) && all;
  }

  private leave(kept: Json): boolean {
    if (kept === null && !this.left) return true;
    this.left = kept !== null;
    return this.tab.leave(this.name, kept);
  }
}

function unreadable(error: unknown): void {
  console.error('Syncline: what was kept of the last page cannot be read', error);
}
