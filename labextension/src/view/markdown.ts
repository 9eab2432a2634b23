import { marked } from 'marked';
import type { Model } from '../model/model';
import { safeHtml } from './sanitize';
import type { Dispose } from './view';

/** The sanitised page form of a markdown text. */
export function markdownFragment(text: string): DocumentFragment {
  return safeHtml(marked.parse(text, { async: false, gfm: true }));
}

/** Show `ui/Markdown`. */
export function renderMarkdown(host: HTMLElement, model: Model): Dispose {
  host.classList.add('syncline-markdown');
  const update = () => host.replaceChildren(markdownFragment(String(model.get('text') ?? '')));
  update();
  return model.on('text', update);
}
