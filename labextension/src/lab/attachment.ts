import type { Kernel, ServerConnection } from '@jupyterlab/services';
import { Document } from '../model/document';
import { CommTransport } from '../transports/comm';
import { Outbox } from '../transports/outbox';
import type { Tab } from '../transports/tab';
import { WebSocketTransport } from '../transports/websocket';
import { Interruption } from '../view/interruption';
import { endedText } from '../view/status';
import { commsOf } from './comms';
import { attachUrl, hasExtension } from './server';
import { dead, reachable, restarting, type Situation } from './situation';

/** Which way a document's messages go. */
export type Carrier = 'attach' | 'comm';

// Close codes (SPEC 5.9): those by which a websocket says that there is no way to the document, and those after which
// a kernel that has it may be asked again.
const REFUSED = [4401, 4404];
const AGAIN = [1001, 1012, 4408, 4409];
const VERSION = 4406;
const KERNEL_LOST = 1006;
// A kernel's new process says that it starts; pages of others hear no more of a restart.
const ANEW = ['starting', 'restarting', 'autorestarting', 'dead'];
// So many attempts in a row, and the server is asked whether there is anything to connect to; so many, and it is not believed.
const DOUBT = 4;
const DESPAIR = 12;
// Milliseconds: how long a kernel that is not busy may leave a comm without an answer, which a restart takes along.
const ANSWER = 5000;
const LONGEST = 120_000;
// Milliseconds in which the comms of all documents end that a kernel has given up: their subshell ends with the last.
const TOGETHER = 100;
const FORCED = 'syncline:carrier';

/** One document of one kernel, shared by all outputs of this browser page that show it. */
export class Attachment {
  readonly document: Document = new Document();
  // One for each output; comms go over the first that lives.
  private readonly kernels: Kernel.IKernelConnection[] = [];
  private socket: WebSocketTransport | null = null;
  private comm: CommTransport | null = null;
  private closed = false;
  // Whether the server has our extension, which serves pages.
  private present = false;
  // Of a comm: whether the kernel has been asked, and has said no.
  private asked = false;
  private refused = false;
  private patience = ANSWER;
  private waiting: ReturnType<typeof setTimeout> | undefined;
  // Of the websocket: attempts that came to nothing, and whether it has been told that there is no way.
  private failed = 0;
  private astray = false;
  private looking = false;
  private readonly interruption = new Interruption(this.document, () => this.soon());
  private readonly outbox: Outbox;

  /** What could not be sent is kept with the tab: the next page of it goes on, after a reload. */
  constructor(
    kernel: Kernel.IKernelConnection,
    readonly doc: string,
    private readonly settings: ServerConnection.ISettings,
    tab: Tab,
    private readonly changed: () => void,
  ) {
    this.outbox = new Outbox(this.document, `${kernel.id} ${doc}`, tab);
    this.document.onStatus(() => this.onStatus());
    this.join(kernel);
    void this.start();
  }

  /** Which way is taken; null until it is chosen. */
  get carrier(): Carrier | null {
    return this.comm ? 'comm' : this.socket && 'attach';
  }

  /** Whether the document can also be opened as a page of its own: what reaches it is what the websocket reaches. */
  get hasPage(): boolean {
    return this.present && !this.astray;
  }

  /** How it stands with the document. */
  get situation(): Situation {
    const { document, kernel, interruption } = this;
    if (dead(kernel)) return 'dead';
    if (restarting(kernel)) return 'restarting';
    if (this.refused) return 'gone';
    if (endedText(document) && !this.astray) {
      return document.link.closed?.code === VERSION ? 'other-version' : 'ended';
    }
    const busy = this.comm && reachable(kernel) && kernel.status === 'busy';
    if (!document.loaded) return busy ? 'busy' : 'connecting';
    if (interruption.word === 'away') return busy ? 'busy' : 'reconnecting';
    return interruption.word === 'overdue' && busy ? 'busy' : 'live';
  }

  /** Have an output's kernel connection at hand, too. */
  join(kernel: Kernel.IKernelConnection): void {
    this.kernels.push(kernel);
    kernel.statusChanged.connect(this.onKernel, this);
    kernel.connectionStatusChanged.connect(this.onConnection, this);
    kernel.disposed.connect(this.soon, this);
  }

  /** Go on without an output's; the last one ends the connection. */
  leave(kernel: Kernel.IKernelConnection): void {
    this.kernels.splice(this.kernels.indexOf(kernel), 1);
    if (this.kernels.includes(kernel)) return;
    kernel.statusChanged.disconnect(this.onKernel, this);
    kernel.connectionStatusChanged.disconnect(this.onConnection, this);
    kernel.disposed.disconnect(this.soon, this);
    if (this.kernels.length) {
      this.look();
      return;
    }
    this.outbox.end();
    this.close(kernel);
  }

  /** End the connection; what could not be sent stays with the tab. */
  close(kernel: Kernel.IKernelConnection = this.kernel): void {
    if (this.closed) return;
    this.closed = true;
    clearTimeout(this.waiting);
    this.interruption.dispose();
    this.socket?.close();
    this.comm?.close(1000, '', dead(kernel));
  }

  private get kernel(): Kernel.IKernelConnection {
    const { kernels } = this;
    return kernels.find((each) => !each.isDisposed) ?? (kernels[0] as Kernel.IKernelConnection);
  }

  private async start(): Promise<void> {
    const present = hasExtension(this.settings);
    await this.outbox.restore();
    this.present = (await present) ?? false;
    if (this.closed) return;
    if (this.present && !forced()) this.useSocket();
    else this.useComm();
  }

  // Which way

  private useSocket(): void {
    this.comm?.close(1000, '', !reachable(this.kernel));
    this.comm = null;
    this.refused = this.astray = false;
    this.failed = 0;
    const url = attachUrl(this.settings, this.kernel.id, this.doc);
    this.socket = new WebSocketTransport(url, null, this.document.link);
    this.socket.open();
    this.changed();
  }

  private useComm(): void {
    const { kernel, comm, socket } = this;
    this.socket = this.comm = null;
    this.asked = this.refused = false;
    socket?.close();
    comm?.close(1000, '', (comm.kernel as { isDisposed?: boolean }).isDisposed);
    this.comm = new CommTransport(commsOf(kernel), this.doc, this.document.link);
    this.changed();
    this.look();
  }

  /** The way of the websocket is there, perhaps again. */
  private async upgrade(): Promise<void> {
    const present = await hasExtension(this.settings, true);
    if (present) this.present = true;
    if (present && this.comm && !this.closed && !this.refused) this.useSocket();
  }

  /** Ask whether the server still has what the websocket connects to. */
  private async doubt(): Promise<void> {
    const { failed } = this;
    const present = await hasExtension(this.settings, true);
    const { socket, document, kernel } = this;
    if (!socket || this.closed || document.status === 'live' || !reachable(kernel)) return;
    if (present === false || (present && failed >= DESPAIR)) this.useComm();
  }

  // What happens

  private onStatus(): void {
    const { document, asked } = this;
    const code = document.link.closed?.code ?? 0;
    if (document.status === 'live') {
      this.failed = 0;
      this.patience = ANSWER;
      if (this.socket) this.astray = false;
    } else if (document.status === 'offline') {
      this.failed++;
      if (this.socket) this.astray = REFUSED.includes(code);
      // A kernel without our package closes the comm without a word; asking again would never end.
      else if (asked && AGAIN.includes(code)) setTimeout(() => this.retry(), TOGETHER);
      else if (asked) this.refused = true;
    }
    this.soon();
  }

  private retry(): void {
    this.asked = false;
    this.soon();
  }

  private onKernel(kernel: Kernel.IKernelConnection, status: Kernel.Status): void {
    if (kernel === this.kernel && ANEW.includes(status)) this.drop();
    this.soon();
  }

  private onConnection(kernel: Kernel.IKernelConnection, status: Kernel.ConnectionStatus): void {
    if (kernel !== this.kernel) return;
    if (status !== 'connected') this.drop();
    else if (this.comm && !this.astray && !forced()) void this.upgrade();
    this.soon();
  }

  /** The comm is no more, whatever the kernel may still have of it; it will be asked again. */
  private drop(gone = true): void {
    this.asked = this.refused = false;
    this.comm?.close(KERNEL_LOST, 'the kernel was lost', gone);
  }

  /** Later: a transport may be in the middle of its own end; and several signals are answered once. */
  private soon(): void {
    if (this.looking) return;
    this.looking = true;
    queueMicrotask(() => {
      this.looking = false;
      this.look();
    });
  }

  /** Do what the present state asks for, however it came about. */
  private look(): void {
    const { document, kernel, comm, socket } = this;
    if (this.closed) return;
    // A notebook that was closed takes its connection along.
    if (comm && comm.kernel !== commsOf(kernel)) {
      this.useComm();
      return;
    }
    if (document.status === 'offline' && reachable(kernel)) {
      if (comm) this.ask(comm);
      // The kernel's comm has the last word.
      else if (socket && this.astray) this.useComm();
      else if (socket && this.failed && this.failed % DOUBT === 0) void this.doubt();
    }
    this.wait();
    this.changed();
  }

  /** A comm that was opened while its kernel ended is never answered, nor is one of the kernel before. */
  private wait(): void {
    const { document, kernel, asked, refused } = this;
    const idle = reachable(kernel) && kernel.status !== 'busy';
    if (document.status === 'live' || refused || !asked || !idle) {
      clearTimeout(this.waiting);
      this.waiting = undefined;
      return;
    }
    this.waiting ??= setTimeout(() => {
      this.waiting = undefined;
      this.patience = Math.min(2 * this.patience, LONGEST);
      this.drop(false);
      this.soon();
    }, this.patience);
  }

  private ask(comm: CommTransport): void {
    if (this.asked || this.refused) return;
    this.asked = true;
    comm.open();
  }
}

function forced(): boolean {
  return localStorage.getItem(FORCED) === 'comm';
}
