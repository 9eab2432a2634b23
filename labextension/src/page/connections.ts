import { Document } from '../model/document';
import { Outbox } from '../transports/outbox';
import type { Tab } from '../transports/tab';
import { WebSocketTransport } from '../transports/websocket';
import type { Connection } from '../view/view';

// Close codes (SPEC 5.9) that say that a token leads nowhere.
const REFUSED = [4401, 4404];
// How long what nobody shows any more may try to send what was entered, in milliseconds: as long as a session is kept.
const LINGER = 15 * 60_000;

interface Shared {
  readonly document: Document;
  readonly outbox: Outbox;
  transport: WebSocketTransport;
  uses: number;
}

/** The page's websockets: one per address, closed when nobody uses it any more and all is sent. */
export class Connections {
  private readonly open = new Map<string, Shared>();

  /**
   * Of several tokens a later one is used when the session of the one before it has ended; `name` tells the
   * connections from others of the page.
   */
  constructor(
    private readonly tokens: (string | null)[],
    private readonly tab: Tab,
    private readonly name = '',
  ) {}

  /** The token that is used. */
  get token(): string | null {
    return this.tokens[0] ?? null;
  }

  /** Reach the document behind an address, relative to the page's. */
  to(url: string): Connection {
    const shared = this.open.get(url) ?? this.dial(url);
    // What has lingered may be between two attempts, and somebody waits for it now.
    if (!shared.uses++) shared.transport.hurry();
    return { document: shared.document, close: () => this.leave(url, shared) };
  }

  /** Give up whatever could not be sent yet. */
  forget(): void {
    for (const { outbox } of this.open.values()) outbox.end();
  }

  private dial(url: string): Shared {
    const document = new Document();
    const transport = this.transport(url, document);
    const outbox = new Outbox(document, `${this.name}${url}`, this.tab);
    const shared = { document, transport, outbox, uses: 0 };
    this.open.set(url, shared);
    document.onStatus(() => this.fallBack(url, shared));
    const kept = outbox.restore();
    if (!kept) transport.open();
    else void kept.then(() => this.open.get(url) === shared && transport.open());
    return shared;
  }

  private transport(url: string, { link }: Document): WebSocketTransport {
    return new WebSocketTransport(url, this.token, link);
  }

  private fallBack(url: string, shared: Shared): void {
    const { loaded, link, status } = shared.document;
    const refused = status === 'offline' && REFUSED.includes(link.closed?.code ?? 0);
    if (loaded || !refused || this.tokens.length < 2) return;
    this.tokens.shift();
    shared.transport = this.transport(url, shared.document);
    // Later: the transport before it is still in the middle of its own close.
    queueMicrotask(() => this.open.get(url) === shared && shared.transport.open());
  }

  private leave(url: string, shared: Shared): void {
    shared.uses--;
    const { document } = shared;
    // What was entered outlives its view: a server that was started anew shows the document again after a while.
    const look = (late = false): void => {
      if (!shared.uses && document.pending && !shared.transport.ended && !late) return;
      clearTimeout(timer);
      for (const off of offs) off();
      if (!shared.uses && this.open.get(url) === shared) this.end(url, shared);
    };
    const timer = setTimeout(() => look(true), LINGER);
    const offs = [document.onPending(() => look()), document.onStatus(() => look())];
    look();
  }

  private end(url: string, shared: Shared): void {
    this.open.delete(url);
    shared.outbox.end();
    shared.transport.close();
  }
}
