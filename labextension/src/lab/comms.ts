import { type Kernel, KernelMessage } from '@jupyterlab/services';
import type { CommKernel, CommMessage, KernelComm } from '../transports/comm';
import { reachable } from './situation';

const made = new WeakMap<Kernel.IKernelConnection, CommKernel>();

/**
 * The comms of a kernel connection; always the same object.
 *
 * Of a page's connections to one kernel JupyterLab lets only the first have comms. A second notebook's needs some too:
 * a connection of our own with comms would close those of widgets, whose target it does not know.
 */
export function commsOf(kernel: Kernel.IKernelConnection): CommKernel {
  const comms = made.get(kernel) ?? (kernel.handleComms ? (kernel as never) : new Comms(kernel));
  made.set(kernel, comms);
  return comms;
}

/** Comms made of a connection's messages. */
class Comms implements CommKernel {
  private subshell: Promise<string | null> | null = null;
  private users = 0;

  constructor(readonly kernel: Kernel.IKernelConnection) {}

  get isDisposed(): boolean {
    return this.kernel.isDisposed;
  }

  get supportsSubshells(): boolean {
    return this.kernel.supportsSubshells;
  }

  createComm(target: string, id: string = random()): KernelComm {
    this.users++;
    this.subshell ??= this.begin();
    return new Comm(this.kernel, target, id, this.subshell, () => this.leave());
  }

  /** As JupyterLab does: a running cell then holds up nothing. */
  private async begin(): Promise<string | null> {
    const { kernel } = this;
    try {
      await kernel.info;
      if (!kernel.supportsSubshells) return null;
      const { content } = await kernel.requestCreateSubshell({}).done;
      return (content as { subshell_id?: string }).subshell_id ?? null;
    } catch {
      return null;
    }
  }

  private leave(): void {
    if (--this.users) return;
    const { subshell, kernel } = this;
    this.subshell = null;
    void subshell?.then((subshell_id) => {
      if (subshell_id !== null && reachable(kernel)) {
        kernel.requestDeleteSubshell({ subshell_id }, true);
      }
    });
  }
}

/** One of them; it sends nothing and hears nothing once it is disposed. */
class Comm implements KernelComm {
  onMsg: KernelComm['onMsg'] = () => undefined;
  onClose: KernelComm['onClose'] = () => undefined;
  isDisposed = false;
  /** Settled when it is known where its messages go. */
  readonly subshellStarted: Promise<void>;
  private subshellId: string | null = null;

  constructor(
    private readonly kernel: Kernel.IKernelConnection,
    private readonly target: string,
    readonly commId: string,
    subshell: Promise<string | null>,
    private readonly left: () => void,
  ) {
    kernel.iopubMessage.connect(this.hear, this);
    this.subshellStarted = subshell.then((id) => {
      this.subshellId = id;
    });
  }

  open(data?: never): void {
    this.tell('comm_open', { target_name: this.target, data: data ?? {} });
  }

  send(data: never, _metadata?: never, buffers: (ArrayBuffer | ArrayBufferView)[] = []): void {
    this.tell('comm_msg', { data }, buffers);
  }

  close(): void {
    this.tell('comm_close', { data: {} });
    this.dispose();
  }

  dispose(): void {
    if (this.isDisposed) return;
    this.isDisposed = true;
    this.kernel.iopubMessage.disconnect(this.hear, this);
    this.left();
  }

  private tell(
    msgType: 'comm_open' | 'comm_msg' | 'comm_close',
    content: object,
    buffers: (ArrayBuffer | ArrayBufferView)[] = [],
  ): void {
    const { kernel, commId, subshellId } = this;
    const message = KernelMessage.createMessage({
      msgType,
      channel: 'shell',
      username: kernel.username,
      session: kernel.clientId,
      subshellId,
      content: { comm_id: commId, ...content },
      buffers,
    } as never) as unknown as KernelMessage.IShellMessage;
    kernel.sendShellMessage(message, false, true);
  }

  private hear(_: unknown, { header, content, buffers }: KernelMessage.IIOPubMessage): void {
    const { comm_id } = content as { comm_id?: string };
    if (comm_id !== this.commId) return;
    const message = { content, buffers } as CommMessage as never;
    if (header.msg_type === 'comm_msg') void this.onMsg(message);
    else if (header.msg_type === 'comm_close') {
      this.dispose();
      void this.onClose(message);
    }
  }
}

function random(): string {
  return crypto.getRandomValues(new Uint32Array(4)).join('-');
}
