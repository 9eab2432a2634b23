import '../../style/embed.css';
import { how, Tab } from '../transports/tab';
import { mount } from '../view/mount';
import { type Shelter, shelter } from '../view/shelter';
import { Connections } from './connections';

/** What lets a page into a session. */
interface Ticket {
  readonly token: string;
  /** The app's own style sheet, relative to the ticket. */
  readonly theme?: string;
}

// Close codes (SPEC 5.9) that say that a token leads nowhere.
const REFUSED = [4401, 4404];
const FAILED = 'This app could not be loaded.';

const tab = new Tab();
// One app may stand in a page several times.
const counts = new Map<string, number>();

/**
 * Show the app whose `autoload.js` a script element of a foreign page has loaded, behind that element.
 *
 * Every address is derived from the script's own. The page has no cookie of the app's server: the session's
 * token comes with the element, from the tab's last page before a reload, or from the server.
 */
export async function embed(script: HTMLScriptElement, styles: readonly string[]): Promise<void> {
  const embedded = new Embedded(script, sheets(styles));
  await embedded.begin(await embedded.earlier());
}

/** The server has said why there is no session. */
class Unavailable extends Error {}

/** One app in the page. */
class Embedded {
  private readonly place: Shelter;
  private readonly name: string;

  constructor(
    private readonly script: HTMLScriptElement,
    private readonly styles: Promise<string[]>,
  ) {
    this.place = shelter((place) => script.after(place), script.dataset.theme);
    const count = (counts.get(script.src) ?? 0) + 1;
    counts.set(script.src, count);
    this.name = `${script.src} ${count}`;
  }

  /** What the tab's last page had, after a reload; null where the page says which session it wants. */
  async earlier(): Promise<Ticket | null> {
    const again = how() === 'reload' || how() === 'back_forward';
    return this.script.dataset.token || !again ? null : tab.take(this.name);
  }

  /** Show the session of a ticket; without one that of the page's own token, or a new one. */
  async begin(earlier: Ticket | null): Promise<void> {
    const { root } = this.place;
    try {
      const { token } = this.script.dataset;
      const ticket = earlier ?? (token ? { token } : await this.ask());
      const theme = ticket.theme ? [this.at(ticket.theme)] : [];
      this.place.dress([...(await this.styles), ...(await sheets(theme))]);
      this.show(ticket, ticket === earlier);
    } catch (error) {
      console.error('Syncline:', error);
      root.textContent = error instanceof Unavailable ? error.message : FAILED;
    }
  }

  private show(ticket: Ticket, inherited: boolean): void {
    const connections = new Connections([ticket.token], tab, `${this.name} `);
    const { document, close } = connections.to(this.at('ws'));
    const connect = (doc: string) => connections.to(this.at(`docs/${encodeURIComponent(doc)}/ws`));
    const unmount = mount(document, null, this.place.root, { connect });
    this.place.ends(unmount, close);
    document.onStatus((status) => {
      const own = !this.script.dataset.token;
      if (status === 'live' && own) tab.leave(this.name, { ...ticket });
      const refused = status === 'offline' && REFUSED.includes(document.link.closed?.code ?? 0);
      if (!inherited || !refused || document.loaded) return;
      // Its session has ended meanwhile. Later: the transport is still in the middle of its own close.
      queueMicrotask(() => {
        unmount();
        close();
        void this.begin(null);
      });
    });
  }

  private async ask(): Promise<Ticket> {
    const { search } = new URL(this.script.src);
    const response = await fetch(this.at(`ticket${search}`));
    const answer = await response.json();
    if (!response.ok) throw new Unavailable(answer.text);
    return answer;
  }

  private at(path: string): string {
    return new URL(path, this.script.src).href;
  }
}

async function sheets(urls: readonly string[]): Promise<string[]> {
  return Promise.all(
    urls.map(async (url) => {
      const response = await fetch(url);
      if (!response.ok) throw new Error(`${url}: ${response.status}`);
      return response.text();
    }),
  );
}
