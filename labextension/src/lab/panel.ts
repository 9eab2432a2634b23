import { MainAreaWidget } from '@jupyterlab/apputils';
import { RenderMimeRegistry } from '@jupyterlab/rendermime';
import type { Kernel, ServerConnection } from '@jupyterlab/services';
import { Signal } from '@lumino/signaling';
import { PROTOCOL } from '../sync/version';
import type { Named } from './displayed';
import { icon } from './icon';
import { MIME } from './mime';
import { type KernelSource, LiveOutput } from './output';

/** A document in a panel of its own, live as long as its kernel has it. */
export class DocumentPanel extends MainAreaWidget<LiveOutput> {
  /** Takes the connection to the kernel over; `fallback` is its title while the document has none. */
  constructor(
    readonly named: Named,
    private readonly kernel: Kernel.IKernelConnection,
    settings: ServerConnection.ISettings,
    fallback: string,
  ) {
    const retitle = (title: string): void => {
      this.title.label = title || fallback;
    };
    const rendermime = new RenderMimeRegistry();
    const host = { context: sourceOf(kernel), settings, rendermime, retitle };
    super({ content: new LiveOutput(rendermime.sanitizer, host) });
    this.id = idOf(named);
    this.title.icon = icon;
    this.title.caption = fallback;
    this.addClass('syncline-panel');
    retitle('');
    // As its page does: all roots.
    const data = { [MIME]: { doc: named.doc, mount: null, protocol: PROTOCOL } };
    void this.content.renderModel({ data } as never);
  }

  override dispose(): void {
    if (this.isDisposed) return;
    super.dispose();
    this.kernel.dispose();
  }
}

/** The id of the panel of a document. */
export function idOf({ kernel, doc }: Named): string {
  return `syncline-${kernel}-${doc}`;
}

function sourceOf(kernel: Kernel.IKernelConnection): KernelSource {
  const kernelChanged = new Signal<object, void>({});
  kernel.disposed.connect(() => kernelChanged.emit());
  const { statusChanged, connectionStatusChanged } = kernel;
  return {
    session: { kernel },
    isReady: true,
    kernelChanged,
    statusChanged,
    connectionStatusChanged,
  };
}
