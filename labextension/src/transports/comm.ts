import type { Frame } from '../sync/frames';
import type { Link } from '../sync/link';
import { PROTOCOL } from '../sync/version';
import { Lossy, type LossyCarrier } from './lossy';
import { Timer } from './timer';

const TARGET = 'syncline.v1';
// Milliseconds until the subshell of a kernel that has them, or that has not said so yet, is not waited for.
const STARTS = 5000;
const UNKNOWN = 300;

/** The part of a Jupyter comm message that is read. */
export interface CommMessage {
  readonly content: { readonly data?: unknown };
  readonly buffers?: readonly (ArrayBuffer | ArrayBufferView)[];
}

/** A comm of a kernel connection; JupyterLab's `Kernel.IComm` is one. */
export interface KernelComm {
  onMsg: (message: never) => void | PromiseLike<void>;
  onClose: (message: never) => void | PromiseLike<void>;
  readonly commId: string;
  readonly isDisposed: boolean;
  /** Settled when it is known by which subshell the comm goes, if by any. */
  readonly subshellStarted?: Promise<void> | undefined;
  open(data?: never): unknown;
  send(data: never, metadata?: never, buffers?: (ArrayBuffer | ArrayBufferView)[]): unknown;
  close(): unknown;
  dispose(): void;
}

/** A kernel connection; JupyterLab's `Kernel.IKernelConnection` is one. */
export interface CommKernel {
  /** Whether it has said that its comms can go by subshells. */
  readonly supportsSubshells?: boolean;
  createComm(target: string, id?: string): KernelComm;
}

interface Envelope {
  /** For each frame the comm of the page that it is for; null: for all. */
  readonly to?: readonly (string | null)[];
  /** The frames where buffers get lost; null: the next buffer. */
  readonly frames?: readonly (string | null)[];
  readonly code?: number;
  readonly text?: string;
}

/** Carries a document over a comm of a kernel: one per page and document. */
export class CommTransport implements LossyCarrier {
  private readonly lossy: Lossy;
  private readonly timer: Timer;
  private page: KernelComm | null = null;
  private shared: KernelComm | null = null;
  private announced = false;

  constructor(
    readonly kernel: CommKernel,
    readonly doc: string,
    readonly link: Link,
  ) {
    this.lossy = new Lossy(link, this);
    this.timer = new Timer(this.lossy);
  }

  /** Open the page's comm; again after a kernel came back. */
  open(): void {
    if (this.page) return;
    const comm = this.kernel.createComm(TARGET);
    this.page = comm;
    comm.onMsg = (message: CommMessage) => this.receive(message);
    comm.onClose = ({ content }: CommMessage) => {
      const { code = 1006, text = '' } = (content.data ?? {}) as Envelope;
      if (this.page === comm) this.lost(code, text);
    };
    this.lossy.open(performance.now());
    this.timer.arm();
    void this.announce(comm);
  }

  /** Hand on what a message of either comm has for this page. */
  receive({ content, buffers = [] }: CommMessage): void {
    const { to = [], frames = [] } = (content.data ?? {}) as Envelope;
    const now = performance.now();
    let next = 0;
    for (const [i, page] of to.entries()) {
      const frame = frames[i] ?? buffers[next++];
      if (page !== null && page !== this.page?.commId) continue;
      if (frame) this.lossy.receive(frame, now);
      else this.lossy.stripped(now);
    }
    this.timer.arm();
  }

  /** Send a frame. */
  send(frame: Frame): void {
    const text = typeof frame === 'string';
    const data = text ? { v: 1, frame } : { v: 1 };
    // JupyterLab writes the whole ArrayBuffer of a view; a frame has one of its own.
    const buffers = text ? [] : [frame.buffer];
    if (this.page && !this.page.isDisposed) this.page.send(data as never, undefined, buffers);
    this.timer.arm();
  }

  /** Listen on the document's own comm, which the kernel never opens towards a page. */
  listen(channel: string | null): void {
    if (this.shared) return;
    this.shared = this.kernel.createComm(TARGET, channel ?? `syncline-${this.doc}`);
    this.shared.onMsg = (message: CommMessage) => this.receive(message);
  }

  /** End the connection; with `gone` nothing is sent, as the kernel is no longer there. */
  close(code = 1000, text = '', gone = false): void {
    const { page } = this;
    if (page && !page.isDisposed && !gone && this.announced) page.close();
    this.lost(code, text);
  }

  /** Tell the kernel of the page's comm: by its subshell, for the main shell may be busy for long. */
  private async announce(comm: KernelComm): Promise<void> {
    const patience = this.kernel.supportsSubshells ? STARTS : UNKNOWN;
    const late = new Promise((resolve) => setTimeout(resolve, patience));
    try {
      await Promise.race([comm.subshellStarted, late]).catch(() => {});
      if (this.page !== comm || comm.isDisposed) return;
      comm.open({ protocol: PROTOCOL, doc: this.doc, client: null } as never);
      this.announced = true;
    } catch (error) {
      // The kernel has died meanwhile.
      this.lost(1006, String(error));
    }
  }

  private lost(code: number, text: string): void {
    this.timer.stop();
    // Only forgotten, not closed: other pages listen on the document's comm too.
    this.shared?.dispose();
    this.page?.dispose();
    this.shared = this.page = null;
    this.announced = false;
    this.lossy.end(code, text);
  }
}
