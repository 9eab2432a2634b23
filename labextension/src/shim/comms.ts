import type { CommKernel, CommMessage, KernelComm } from '../transports/comm';
import { type FromKernel, hear, type WidgetModel } from './host';

/** The comms that go inside a widget's custom messages (SPEC 6.6). */
export class WidgetComms implements CommKernel {
  constructor(private readonly model: WidgetModel) {}

  createComm(_target: string, id: string = random()): KernelComm {
    return new WidgetComm(this.model, id);
  }
}

class WidgetComm implements KernelComm {
  onMsg: KernelComm['onMsg'] = () => undefined;
  onClose: KernelComm['onClose'] = () => undefined;
  isDisposed = false;
  private readonly off: () => void;

  constructor(
    private readonly model: WidgetModel,
    readonly commId: string,
  ) {
    this.off = hear(model, (content, buffers) => this.hear(content, buffers));
  }

  open(data?: never): void {
    this.model.send({ comm: this.commId, open: data ?? {} });
  }

  send(data: never, _metadata?: never, buffers: (ArrayBuffer | ArrayBufferView)[] = []): void {
    this.model.send({ comm: this.commId, data }, undefined, buffers);
  }

  close(): void {
    this.model.send({ comm: this.commId, close: {} });
    this.dispose();
  }

  dispose(): void {
    this.isDisposed = true;
    this.off();
  }

  private hear({ comm, data, close }: FromKernel, buffers: readonly ArrayBufferView[]): void {
    if (comm !== this.commId || this.isDisposed) return;
    if (close === undefined) void this.onMsg({ content: { data }, buffers } as never);
    else {
      this.dispose();
      void this.onClose({ content: { data: close } } satisfies CommMessage as never);
    }
  }
}

function random(): string {
  return crypto.getRandomValues(new Uint32Array(4)).join('-');
}
