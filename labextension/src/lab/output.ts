import type { ISessionContext } from '@jupyterlab/apputils';
import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import type { Kernel, ServerConnection } from '@jupyterlab/services';
import { Widget } from '@lumino/widgets';
import type { Showing } from './live';
import { type DocBundle, MIME, readBundle } from './mime';
import { Place } from './place';
import { showSaved } from './saved';
import { keepShortcutsAway } from './shortcuts';

// One event of a kernel comes as several signals: they are answered once.
const SETTLE = 30;

/** One output of a notebook: live while its kernel has the document, readable always. */
export class LiveOutput extends Widget implements IRenderMime.IRenderer {
  private readonly place = new Place(this.node);
  private bundle: DocBundle | null = null;
  private wanted = '';
  // The last is the wanted one; what was shown before stays until its successor is there.
  private showings: Showing[] = [];
  private settling: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly sanitizer: IRenderMime.ISanitizer,
    private readonly context: ISessionContext,
    private readonly settings: ServerConnection.ISettings,
  ) {
    super();
    this.addClass('syncline-output-area');
    keepShortcutsAway(this.node);
    context.kernelChanged.connect(this.later, this);
    context.statusChanged.connect(this.later, this);
    context.connectionStatusChanged.connect(this.later, this);
  }

  /** Show a bundle: live where the kernel has its document, else as it was saved. */
  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    this.bundle = readBundle(model.data[MIME]);
    showSaved(this.place.saved, model.data, { sanitizer: this.sanitizer });
    this.follow();
  }

  /** End the connection with the output. */
  override dispose(): void {
    if (this.isDisposed) return;
    clearTimeout(this.settling);
    this.context.kernelChanged.disconnect(this.later, this);
    this.context.statusChanged.disconnect(this.later, this);
    this.context.connectionStatusChanged.disconnect(this.later, this);
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
    const kernel = this.context.session?.kernel ?? null;
    if (this.bundle === null) this.place.without('This output needs another version of Syncline.');
    else if (kernel !== null && usable(kernel)) void this.connect(kernel, this.bundle);
    else if (this.context.isReady || this.showings.length)
      this.place.without('No kernel is connected.');
    else this.place.wait();
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
    const target = { kernel, bundle, settings: this.settings };
    const showing = showLive(this.place, target, () => this.keepLast(1));
    this.showings.push(showing);
    showing.update();
  }

  private keepLast(count: number): void {
    const gone = this.showings.splice(0, this.showings.length - count);
    for (const showing of gone) showing.dispose();
  }
}

function usable(kernel: Kernel.IKernelConnection): boolean {
  return !kernel.isDisposed && kernel.status !== 'dead' && kernel.status !== 'terminating';
}
