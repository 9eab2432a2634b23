import { Document } from '../model/document';
import { WebSocketTransport } from '../transports/websocket';
import type { Connection } from '../view/view';

interface Shared {
  readonly document: Document;
  readonly transport: WebSocketTransport;
  uses: number;
}

/** The page's websockets: one per address, closed when nobody uses it any more. */
export class Connections {
  private readonly open = new Map<string, Shared>();

  constructor(private readonly token: string | null) {}

  /** Reach the document behind an address, relative to the page's. */
  to(url: string): Connection {
    const shared = this.open.get(url) ?? this.dial(url);
    shared.uses++;
    return { document: shared.document, close: () => this.leave(url, shared) };
  }

  private dial(url: string): Shared {
    const document = new Document();
    const transport = new WebSocketTransport(url, this.token, document.link);
    const shared = { document, transport, uses: 0 };
    this.open.set(url, shared);
    transport.open();
    return shared;
  }

  private leave(url: string, shared: Shared): void {
    if (--shared.uses > 0) return;
    this.open.delete(url);
    shared.transport.close();
  }
}
