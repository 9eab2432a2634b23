import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import { MIME } from './mime';

/** What the saved form of an output is shown with. */
export interface SavedOptions {
  readonly sanitizer: IRenderMime.ISanitizer;
}

// What waits until a node is seen; a node shows one output's form at a time.
const waiting = new WeakMap<HTMLElement, IntersectionObserver>();

/**
 * Fill a node with the saved form of an output: sanitised html, else text; where the output has a
 * snapshot, the view of that takes its place as soon as the node is seen.
 */
export function showSaved(
  node: HTMLElement,
  data: IRenderMime.IMimeModel['data'],
  { sanitizer }: SavedOptions,
): void {
  waiting.get(node)?.disconnect();
  waiting.delete(node);
  fill(node, data, sanitizer);
  const snapshot = snapshotIn(data[MIME]);
  if (snapshot === null) return;
  const seen = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    seen.disconnect();
    void import('./recorded').then(({ showRecorded }) => {
      if (waiting.get(node) === seen) showRecorded(node, snapshot);
    });
  });
  waiting.set(node, seen);
  seen.observe(node);
}

function fill(
  node: HTMLElement,
  data: IRenderMime.IMimeModel['data'],
  sanitizer: IRenderMime.ISanitizer,
): void {
  const html = joined(data['text/html']);
  if (html) {
    node.innerHTML = sanitizer.sanitize(html);
    return;
  }
  const text = document.createElement('pre');
  text.textContent = joined(data['text/plain']);
  node.replaceChildren(text);
}

function snapshotIn(bundle: unknown): object | null {
  const { snapshot, protocol } = (bundle ?? {}) as { snapshot?: unknown; protocol?: unknown };
  return typeof snapshot === 'object' && protocol === 1 ? snapshot : null;
}

/** A notebook file keeps long texts as lists of lines. */
export function joined(value: unknown): string {
  return Array.isArray(value) ? value.join('') : typeof value === 'string' ? value : '';
}
