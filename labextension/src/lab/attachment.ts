import type { Kernel, ServerConnection } from '@jupyterlab/services';
import { Document } from '../model/document';
import { type CommKernel, CommTransport } from '../transports/comm';
import { WebSocketTransport } from '../transports/websocket';
import { endedText } from '../view/status';
import { attachUrl, hasExtension } from './server';

/** Which way a document's messages go. */
export type Carrier = 'attach' | 'comm';

const UNAUTHORISED = 4401;
const KERNEL_LOST = 1006;
const FORCED = 'syncline:carrier';

/** One document of one kernel, shared by all outputs of this browser page that show it. */
export class Attachment {
  readonly document = new Document();
  /** Null until the way is chosen. */
  carrier: Carrier | null = null;
  /** Whether the document can also be opened as a page of its own. */
  hasPage = false;

  private socket: WebSocketTransport | null = null;
  private comm: CommTransport | null = null;
  private closed = false;
  private asked = false;

  constructor(
    readonly kernel: Kernel.IKernelConnection,
    readonly doc: string,
    private readonly settings: ServerConnection.ISettings,
    private readonly changed: () => void,
  ) {
    this.document.onStatus(() => this.fallBack());
    kernel.statusChanged.connect(this.onKernelStatus, this);
    kernel.connectionStatusChanged.connect(this.onConnection, this);
    void this.start();
  }

  /** Whether the kernel has said that it does not have the document. */
  get gone(): boolean {
    const { document } = this;
    // A kernel without our package closes the comm without a word; asking again would never end.
    const refused = this.asked && this.comm !== null && document.status === 'offline';
    return refused || endedText(document) !== null;
  }

  /** End the connection. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.kernel.statusChanged.disconnect(this.onKernelStatus, this);
    this.kernel.connectionStatusChanged.disconnect(this.onConnection, this);
    this.socket?.close();
    this.comm?.close(1000, '', this.kernel.isDisposed);
  }

  private async start(): Promise<void> {
    const forced = localStorage.getItem(FORCED) === 'comm';
    this.hasPage = await hasExtension(this.settings);
    if (this.closed) return;
    if (this.hasPage && !forced) this.useSocket();
    else this.useComm();
  }

  private useSocket(): void {
    const url = attachUrl(this.settings, this.kernel.id, this.doc);
    this.socket = new WebSocketTransport(url, null, this.document.link);
    this.choose('attach');
    this.socket.open();
  }

  private useComm(): void {
    this.comm = new CommTransport(
      this.kernel as unknown as CommKernel,
      this.doc,
      this.document.link,
    );
    this.choose('comm');
    this.openComm();
  }

  private choose(carrier: Carrier): void {
    this.carrier = carrier;
    this.changed();
  }

  private openComm(): void {
    this.asked = true;
    try {
      this.comm?.open();
    } catch (error) {
      // A second connection to the same kernel in one page may have its comms switched off.
      console.error(error);
    }
  }

  /** A websocket that never got to the document gives way: the kernel's comm has the last word. */
  private fallBack(): void {
    const { document, socket } = this;
    const { status, link, loaded } = document;
    if (!socket || loaded || status !== 'offline' || link.closed?.code === UNAUTHORISED) return;
    this.socket = null;
    // Later: the transport is still in the middle of its own close.
    queueMicrotask(() => {
      socket.close();
      if (!this.closed) this.useComm();
    });
  }

  private onKernelStatus(_: unknown, status: Kernel.Status): void {
    if (status === 'restarting' || status === 'autorestarting' || status === 'dead') {
      this.lose('the kernel has stopped');
    } else if (status === 'idle' && this.mayReopen()) this.openComm();
  }

  private onConnection(_: unknown, status: Kernel.ConnectionStatus): void {
    if (status !== 'connected') this.lose('no connection');
    else if (this.mayReopen()) this.openComm();
  }

  private lose(why: string): void {
    this.asked = false;
    this.comm?.close(KERNEL_LOST, why, true);
  }

  private mayReopen(): boolean {
    return this.document.status === 'offline' && !this.asked && !this.gone;
  }
}
