import { MainAreaWidget } from '@jupyterlab/apputils';
import { RenderMimeRegistry } from '@jupyterlab/rendermime';
import type { Kernel, ServerConnection } from '@jupyterlab/services';
import { Signal } from '@lumino/signaling';
import { PROTOCOL } from '../sync/version';
import { type Named, shownAt, spotsOf } from './displayed';
import { icon } from './icon';
import { MIME } from './mime';
import { type KernelSource, LiveOutput } from './output';
import { words } from './words';

/** A document in a panel of its own, live as long as its kernel has it; then the one that comes in its place. */
export class DocumentPanel extends MainAreaWidget<LiveOutput> {
  // Where notebooks of this page have displayed the document.
  private readonly spots = new Set<string>();
  private readonly source: Source;

  /** Takes the connection to the kernel over; `fallback` is its title while the document has none. */
  constructor(
    private shown: Named,
    kernel: Kernel.IKernelConnection,
    settings: ServerConnection.ISettings,
    fallback: string,
  ) {
    const source = new Source(kernel);
    const rendermime = new RenderMimeRegistry();
    const retitle = (title: string): void => {
      this.title.label = title || fallback;
    };
    const owner = {
      gone: () => words.panelGone(this.spots.size > 0),
      close: () => this.dispose(),
    };
    const host = { context: source, settings, rendermime, retitle, owner };
    super({ content: new LiveOutput(rendermime.sanitizer, host) });
    this.source = source;
    this.id = `syncline-panel-${counter++}`;
    this.title.icon = icon;
    this.title.caption = fallback;
    this.addClass('syncline-panel');
    retitle('');
    this.render();
  }

  /** The document that is shown. */
  get named(): Named {
    return this.shown;
  }

  /** The connection to its kernel. */
  get kernel(): Kernel.IKernelConnection {
    return this.source.session.kernel;
  }

  /** Note where this page displays the document; once it does not any more, return what stands there instead. */
  successor(): Named | null {
    const { spots } = this;
    const now = spotsOf(this.named);
    const others = [...spots].filter((spot) => shownAt(spot));
    if (!now.length) return others.length ? (shownAt(others[0] as string) ?? null) : null;
    for (const spot of others) spots.delete(spot);
    for (const spot of now) spots.add(spot);
    return null;
  }

  /** Show another document from now on; takes the connection to its kernel over. */
  follow(named: Named, kernel: Kernel.IKernelConnection): void {
    const before = this.kernel;
    this.shown = named;
    this.spots.clear();
    if (kernel !== before) this.source.take(kernel);
    this.render();
    if (kernel !== before) before.dispose();
  }

  override dispose(): void {
    if (this.isDisposed) return;
    super.dispose();
    this.kernel.dispose();
  }

  private render(): void {
    this.successor();
    // As its page does: all roots.
    const data = { [MIME]: { doc: this.named.doc, mount: null, protocol: PROTOCOL } };
    void this.content.renderModel({ data } as never);
  }
}

let counter = 0;

/** The name of the panel of a document. */
export function nameOf({ kernel, doc }: Named): string {
  return `syncline-${kernel}-${doc}`;
}

/** The connection to the kernel of a panel. */
class Source implements KernelSource {
  readonly isReady = true;
  readonly kernelChanged = new Signal<this, void>(this);
  readonly statusChanged = this.kernelChanged;
  readonly connectionStatusChanged = this.kernelChanged;
  session: { readonly kernel: Kernel.IKernelConnection };

  constructor(kernel: Kernel.IKernelConnection) {
    this.session = { kernel };
    this.listen();
  }

  /** Have another connection in place of this one. */
  take(kernel: Kernel.IKernelConnection): void {
    this.session = { kernel };
    this.listen();
    this.kernelChanged.emit();
  }

  private listen(): void {
    const { kernel } = this.session;
    const changed = () => this.kernelChanged.emit();
    kernel.disposed.connect(changed);
    kernel.statusChanged.connect(changed);
    kernel.connectionStatusChanged.connect(changed);
  }
}
