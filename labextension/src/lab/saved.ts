import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import { PROTOCOL } from '../sync/version';
import { MIME, NOT_KEPT } from './mime';
import { words } from './words';

/** What the saved form of an output is shown with. */
export interface SavedOptions {
  readonly sanitizer: IRenderMime.ISanitizer;
}

type Data = IRenderMime.IMimeModel['data'];

// A node shows one output's form at a time.
const filled = new WeakMap<HTMLElement, SavedForm>();

/** Have a node hold the saved form of an output whenever it is not hidden. */
export function showSaved(node: HTMLElement, data: Data, { sanitizer }: SavedOptions): void {
  filled.get(node)?.dispose();
  filled.set(node, new SavedForm(node, data, sanitizer));
}

/**
 * The saved form of an output: sanitised html, else text; where the output has a snapshot, the view
 * of that takes its place as soon as it is seen.
 */
class SavedForm {
  private readonly toggled = new MutationObserver(() => this.update());
  private readonly seen = new IntersectionObserver((entries) => {
    if (entries.some((entry) => entry.isIntersecting)) this.mount();
  });
  private here = false;

  constructor(
    private readonly node: HTMLElement,
    private readonly data: Data,
    private readonly sanitizer: IRenderMime.ISanitizer,
  ) {
    this.toggled.observe(node, { attributeFilter: ['hidden'] });
    node.replaceChildren();
    this.update();
  }

  dispose(): void {
    this.toggled.disconnect();
    this.seen.disconnect();
    this.here = false;
  }

  private update(): void {
    if (this.here !== this.node.hidden) return;
    this.here = !this.here;
    if (this.here) this.fill();
    else {
      this.seen.disconnect();
      this.node.replaceChildren();
    }
  }

  private fill(): void {
    const html = joined(this.data['text/html']);
    if (html) this.node.replaceChildren(inert(this.sanitizer.sanitize(html)));
    else {
      const text = joined(this.data['text/plain']);
      const pre = document.createElement('pre');
      pre.textContent = text === NOT_KEPT ? words.notKept() : text;
      this.node.replaceChildren(pre);
    }
    if (snapshotIn(this.data[MIME])) this.seen.observe(this.node);
  }

  private mount(): void {
    this.seen.disconnect();
    void import('./recorded').then(({ showRecorded }) =>
      showRecorded(this.node, snapshotIn(this.data[MIME]), () => this.here),
    );
  }
}

function snapshotIn(bundle: unknown): object | null {
  const { snapshot, protocol } = (bundle ?? {}) as { snapshot?: unknown; protocol?: unknown };
  return typeof snapshot === 'object' && protocol === PROTOCOL ? snapshot : null;
}

/** Jupyter's sanitiser leaves buttons that run commands of JupyterLab, and forms; our own html has none. */
function inert(html: string): DocumentFragment {
  const template = document.createElement('template');
  template.innerHTML = html;
  const { content } = template;
  for (const node of content.querySelectorAll('button, form, input')) node.remove();
  return content;
}

/** A notebook file keeps long texts as lists of lines. */
export function joined(value: unknown): string {
  return Array.isArray(value) ? value.join('') : typeof value === 'string' ? value : '';
}
