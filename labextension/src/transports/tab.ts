import type { Json } from '../core/values';

// How long the page that a tab was copied from has to say that it is there, in milliseconds.
const ANSWER = 150;

/**
 * What one page of a tab leaves for the next one, after a reload.
 *
 * Browsers copy a tab's storage when it is duplicated: what is found is no inheritance while its author lives.
 */
export class Tab {
  private readonly id = crypto.getRandomValues(new Uint32Array(4)).join('-');
  private readonly channel = new BroadcastChannel('syncline-tabs');

  /** `place` tells the pages that follow each other in a tab from others of the same server. */
  constructor(private readonly place: string = location.pathname) {
    this.channel.addEventListener('message', ({ data }) => {
      if (data.ask === this.id) this.channel.postMessage({ here: this.id });
    });
  }

  /** Take over what the tab's last page has left under a name; null, at once, where there is nothing. */
  take(name: string): Promise<Json> | null {
    const text = storage()?.getItem(this.key(name));
    return text ? this.inherit(name, text) : null;
  }

  /** Leave something for the tab's next page, or with null nothing; tells whether it could. */
  leave(name: string, value: Json): boolean {
    try {
      if (value === null) storage()?.removeItem(this.key(name));
      else sessionStorage.setItem(this.key(name), JSON.stringify({ by: this.id, value }));
      return true;
    } catch {
      // There is no storage here, or it is full.
      return false;
    }
  }

  private async inherit(name: string, text: string): Promise<Json> {
    const { by, value } = JSON.parse(text);
    // A duplicate is never the reload of a page.
    const own = how() === 'reload' || !(await this.lives(by));
    this.leave(name, own ? value : null);
    return own ? value : null;
  }

  private key(name: string): string {
    return `syncline ${this.place} ${name}`;
  }

  private lives(id: string): Promise<boolean> {
    return new Promise((resolve) => {
      this.channel.addEventListener('message', ({ data }) => data.here === id && resolve(true));
      this.channel.postMessage({ ask: id });
      setTimeout(() => resolve(false), ANSWER);
    });
  }
}

/** How the browser came to this page. */
export function how(): string {
  const [entry] = performance.getEntriesByType('navigation');
  return (entry as PerformanceNavigationTiming | undefined)?.type ?? '';
}

function storage(): Storage | null {
  try {
    return sessionStorage;
  } catch {
    return null;
  }
}
