import { type Kernel, KernelMessage } from '@jupyterlab/services';
import type { CommKernel, CommMessage, KernelComm } from '../transports/comm';
import { reachable } from './situation';

/** What is read of a kernel's answers. */
interface Info {
  readonly supported_features?: readonly string[];
  readonly subshell_id?: string;
}

const SUBSHELLS = 'kernel subshells';
const made = new WeakMap<Kernel.IKernelConnection, CommKernel>();

/**
 * The comms of a kernel connection; always the same object.
 *
 * Of a page's connections to one kernel JupyterLab lets only the first have comms. A second notebook's needs some too:
 * a connection of our own with comms would close those of widgets, whose target it does not know. And JupyterLab asks
 * the main shell whether there are subshells: after a reload that may be busy for long.
 */
export function commsOf(kernel: Kernel.IKernelConnection): CommKernel {
  const theirs = kernel.handleComms && kernel.supportsSubshells;
  const comms = made.get(kernel) ?? (theirs ? (kernel as never) : new Comms(kernel));
  made.set(kernel, comms);
  return comms;
}

/** Comms made of a connection's messages. */
class Comms implements CommKernel {
  /** Until it is known: the main shell does not answer before it has told that it has none. */
  readonly supportsSubshells = true;
  private subshell: Promise<string | null> | null = null;
  private users = 0;

  constructor(readonly kernel: Kernel.IKernelConnection) {}

  get isDisposed(): boolean {
    return this.kernel.isDisposed;
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
      const asked = control(kernel, 'kernel_info_request');
      const { supported_features } = (await Promise.race([kernel.info, asked])) as Info;
      if (!supported_features?.includes(SUBSHELLS)) return null;
      const { subshell_id } = await control(kernel, 'create_subshell_request');
      return subshell_id ?? null;
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

/** Ask a kernel where a running cell holds up nothing. */
async function control(
  kernel: Kernel.IKernelConnection,
  msgType: 'kernel_info_request' | 'create_subshell_request',
): Promise<Info> {
  const { username, clientId: session } = kernel;
  const message = { msgType, channel: 'control', username, session, content: {} };
  const request = KernelMessage.createMessage(message as never) as unknown;
  return (await kernel.sendControlMessage(request as never, true, true).done).content as Info;
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
