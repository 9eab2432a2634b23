import type { Frame } from '../sync/frames';
import type { Link } from '../sync/link';
import { Lossy, type LossyCarrier } from './lossy';
import { Timer } from './timer';

const TARGET = 'syncline.v1';

/** The part of a Jupyter comm message that is read. */
export interface CommMessage {
  readonly content: { readonly data?: unknown };
  readonly buffers?: readonly (ArrayBuffer | ArrayBufferView)[];
}

/** A comm of a kernel connection; JupyterLab's `Kernel.IComm` is one. */
export interface KernelComm {
  onMsg: (message: never) => void | PromiseLike<void>;
  onClose: (message: never) => void | PromiseLike<void>;
  readonly isDisposed: boolean;
  open(data?: never): unknown;
  send(data: never, metadata?: never, buffers?: (ArrayBuffer | ArrayBufferView)[]): unknown;
  close(): unknown;
  dispose(): void;
}

/** A kernel connection; JupyterLab's `Kernel.IKernelConnection` is one. */
export interface CommKernel {
  createComm(target: string, id?: string): KernelComm;
}

interface Envelope {
  readonly v?: number;
  readonly frame?: string;
  readonly code?: number;
  readonly text?: string;
}

/** Carries a document over a comm of a kernel: one per page and document. */
export class CommTransport implements LossyCarrier {
  private readonly lossy: Lossy;
  private readonly timer: Timer;
  private page: KernelComm | null = null;
  private shared: KernelComm | null = null;

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
    comm.open({ protocol: 1, doc: this.doc, client: null } as never);
    this.timer.arm();
  }

  /** Hand on a message of either comm. */
  receive(message: CommMessage): void {
    const { frame } = (message.content.data ?? {}) as Envelope;
    const buffer = message.buffers?.[0];
    const now = performance.now();
    if (frame !== undefined) this.lossy.receive(frame, now);
    else if (buffer) this.lossy.receive(buffer, now);
    else this.lossy.stripped(now);
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
    if (page && !page.isDisposed && !gone) page.close();
    this.lost(code, text);
  }

  private lost(code: number, text: string): void {
    this.timer.stop();
    // Only forgotten, not closed: other pages listen on the document's comm too.
    this.shared?.dispose();
    this.page?.dispose();
    this.shared = this.page = null;
    this.lossy.end(code, text);
  }
}
