import { marked } from 'marked';
import type { Model } from '../model/model';
import { safeHtml } from './sanitize';
import type { Dispose } from './view';

const PLAIN = /^[\p{L}\p{N}](?:[\p{L}\p{N} ,;:=%°€'"!?-]|(?<=\d)\.(?=\d))*(?<! )$/u;

/** The sanitised page form of a markdown text. */
export function markdownFragment(text: string): DocumentFragment {
  return isPlain(text) ? paragraph(text) : formatted(text);
}

/** Whether a line says the same with and without Markdown: a reading that changes while somebody drags. */
export function isPlain(text: string): boolean {
  return PLAIN.test(text);
}

function paragraph(text: string): DocumentFragment {
  const line = document.createElement('p');
  line.textContent = text;
  const fragment = document.createDocumentFragment();
  fragment.append(line);
  return fragment;
}

/** The same by a parser and a sanitiser, which take a hundred times as long for a short line. */
function formatted(text: string): DocumentFragment {
  return safeHtml(marked.parse(text, { async: false, gfm: true }));
}

/** Show `ui/Markdown`. */
export function renderMarkdown(host: HTMLElement, model: Model): Dispose {
  host.classList.add('syncline-markdown');
  let line: Text | null = null;
  const update = () => {
    const text = String(model.get('text') ?? '');
    const plain = isPlain(text);
    // The same line says something else: nothing is made anew, and a selection stays.
    if (plain && line) line.data = text;
    else host.replaceChildren(markdownFragment(text));
    line = plain ? (host.firstChild?.firstChild as Text) : null;
  };
  update();
  return model.on('text', update);
}
