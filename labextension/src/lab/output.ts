import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import type { Kernel, ServerConnection } from '@jupyterlab/services';
import type { ISignal } from '@lumino/signaling';
import { PanelLayout, Widget } from '@lumino/widgets';
import { keepShortcutsAway } from '../view/shortcuts';
import type { Showing } from './live';
import { type DocBundle, MIME, readBundle, versionIn, WIDGET } from './mime';
import { type Owner, Place } from './place';
import { showSaved } from './saved';

// One event of a kernel comes as several signals: they are answered once.
const SETTLE = 30;

/** Where an output has its kernel from: Jupyter's session contexts are such. */
export interface KernelSource {
  readonly session: { readonly kernel: Kernel.IKernelConnection | null } | null;
  readonly isReady: boolean;
  readonly kernelChanged: ISignal<unknown, unknown>;
  readonly statusChanged: ISignal<unknown, unknown>;
  readonly connectionStatusChanged: ISignal<unknown, unknown>;
}

/** What an output belongs to: a notebook, a console or a panel. */
export interface Host {
  readonly context: KernelSource;
  readonly settings: ServerConnection.ISettings;
  /** When its file was written, if it has one; none for what is not saved. */
  readonly savedAt?: () => Date | null;
  /** What else shows outputs there. */
  readonly rendermime: IRenderMimeRegistry;
  /** Told the document's title, now and when it changes. */
  readonly retitle?: (title: string) => void;
  /** Names the place of an output's node among those of its notebook; null where it has none. */
  readonly spot?: (node: Element) => string | null;
  /** What a panel does about a document that is gone. */
  readonly owner?: Owner;
}

/** One output of a notebook: live while its kernel has the document, readable always. */
export class LiveOutput extends Widget implements IRenderMime.IRenderer {
  private readonly place: Place;
  private bundle: DocBundle | null = null;
  private model: IRenderMime.IMimeModel | null = null;
  // Another renderer's, for what is not understood here.
  private readonly beside = new PanelLayout();
  private wanted = '';
  // The kernel and the document that are shown.
  private shown = '';
  // The last is the wanted one; what was shown before stays until its successor is there.
  private showings: Showing[] = [];
  private settling: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly sanitizer: IRenderMime.ISanitizer,
    private readonly host: Host,
  ) {
    super();
    this.place = new Place(this.node, host.savedAt ?? null, host.owner ?? null);
    this.layout = this.beside;
    this.addClass('syncline-output-area');
    keepShortcutsAway(this.node);
    const { context } = host;
    context.kernelChanged.connect(this.later, this);
    context.statusChanged.connect(this.later, this);
    context.connectionStatusChanged.connect(this.later, this);
  }

  /** Show a bundle: live where the kernel has its document, else as it was saved. */
  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    this.model = model;
    this.bundle = readBundle(model.data[MIME]);
    this.place.version = versionIn(model.data[MIME]);
    for (const widget of [...this.beside.widgets]) widget.dispose();
    showSaved(this.place.saved, model.data, { sanitizer: this.sanitizer });
    this.follow();
  }

  /** End the connection with the output. */
  override dispose(): void {
    if (this.isDisposed) return;
    clearTimeout(this.settling);
    const { context } = this.host;
    context.kernelChanged.disconnect(this.later, this);
    context.statusChanged.disconnect(this.later, this);
    context.connectionStatusChanged.disconnect(this.later, this);
    this.keepLast(0);
    this.place.dispose();
    super.dispose();
  }

  private later(): void {
    clearTimeout(this.settling);
    this.settling = setTimeout(() => this.follow(), SETTLE);
  }

  /** Do what the kernel's present state asks for. */
  private follow(): void {
    const { context } = this.host;
    const kernel = context.session?.kernel ?? null;
    if (this.bundle === null) this.showWidget(kernel);
    else if (kernel !== null && !kernel.isDisposed) void this.connect(kernel, this.bundle);
    else if (context.isReady || this.showings.length) {
      this.wanted = '';
      for (const showing of this.showings) showing.release();
      // One that is shut down takes its session along; one that has died does not.
      this.place.tell(kernel ? 'dead' : 'no-kernel');
    } else this.place.tell('connecting');
  }

  /** Have what is not understood here shown by the widget in the same output: its code comes from the kernel. */
  private showWidget(kernel: Kernel.IKernelConnection | null): void {
    const { model, place, beside } = this;
    const { rendermime } = this.host;
    if (beside.widgets.length) return;
    const data = kernel && !kernel.isDisposed && model?.trusted ? model.data : {};
    if (!model || !data[WIDGET] || !rendermime.getFactory(WIDGET)) {
      place.tell('other-version');
      return;
    }
    const widget = rendermime.createRenderer(WIDGET);
    beside.addWidget(widget);
    place.tell('connecting');
    whenShown(widget, model, (shown) => {
      widget.setHidden(!shown);
      if (shown) place.yield();
      else place.tell('other-version');
    });
  }

  private async connect(kernel: Kernel.IKernelConnection, bundle: DocBundle): Promise<void> {
    const key = JSON.stringify([kernel.id, kernel.clientId, bundle]);
    if (this.wanted === key) {
      this.showings.at(-1)?.update();
      return;
    }
    this.wanted = key;
    const { showLive } = await import('./live');
    if (this.isDisposed || this.wanted !== key) return;
    const { settings, spot } = this.host;
    const target = { kernel, bundle, settings, spot: () => spot?.(this.node) ?? null };
    // Another document: what is shown of the one before may stay, but it must not go on living.
    const shown = `${kernel.id}/${bundle.doc}`;
    if (shown !== this.shown) for (const each of this.showings) each.release();
    this.shown = shown;
    const showing = showLive(this.place, target, (title) => {
      this.keepLast(1);
      this.host.retitle?.(title);
    });
    this.showings.push(showing);
    showing.update();
  }

  private keepLast(count: number): void {
    const gone = this.showings.splice(0, this.showings.length - count);
    for (const showing of gone) showing.dispose();
  }
}

/** Render a widget; tell whether it is seen, then and whenever that changes: a manager that lacks it has words only. */
function whenShown(
  widget: IRenderMime.IRenderer,
  model: IRenderMime.IMimeModel,
  told: (shown: boolean) => void,
): void {
  let rendered = false;
  const tell = (): void => {
    const shown = widget.node.firstElementChild !== null;
    if (!widget.isDisposed && (shown || rendered)) told(shown);
  };
  const end = (): void => {
    rendered = true;
    tell();
  };
  const changes = new MutationObserver(tell);
  changes.observe(widget.node, { childList: true });
  widget.disposed.connect(() => changes.disconnect());
  void widget.renderModel(model).then(end, end);
}
