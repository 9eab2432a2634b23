import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';

/** Fill a node with the saved form of an output: sanitised html, else text. */
export function renderSaved(
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

/** A notebook file keeps long texts as lists of lines. */
function joined(value: unknown): string {
  return Array.isArray(value) ? value.join('') : typeof value === 'string' ? value : '';
}
