import type { Model } from '../model/model';
import { stripAnsi } from './ansi';
import { markdownFragment } from './markdown';
import { safeHtml, safeSvg } from './sanitize';
import type { Dispose } from './view';
import { words } from './words';

type Bundle = Readonly<Record<string, unknown>>;
type Form = (value: unknown, mime: string, metadata: Bundle) => Node | null;

// In the order of preference: the richest form that says anything is shown.
const forms: readonly (readonly [RegExp, Form])[] = [
  [/^(error|application\/vnd\.jupyter\.error)$/, errorForm],
  [/^text\/html$/, (value) => visible(safeHtml(joined(value)))],
  [/^text\/markdown$/, (value) => visible(markdownFragment(joined(value)))],
  [/^image\/svg\+xml$/, (value) => visible(safeSvg(joined(value)))],
  [/^image\/(png|jpeg|gif|webp)$/, imageForm],
  [/^application\/vnd\.jupyter\.(stdout|stderr)$/, textForm],
  [/^text\/plain$/, textForm],
  [/^application\/json$/, (value) => preformatted(JSON.stringify(value, null, 2))],
];

/** Show `ui/Output`: one output of a notebook cell. */
export function renderOutput(host: HTMLElement, model: Model): Dispose {
  host.classList.add('syncline-output');
  const update = () => {
    host.replaceChildren(richest(bundle(model.get('data')), bundle(model.get('metadata'))));
  };
  update();
  return model.on('*', update);
}

function richest(data: Bundle, metadata: Bundle): Node {
  const mimes = Object.keys(data);
  for (const [pattern, form] of forms) {
    for (const mime of mimes.filter((name) => pattern.test(name))) {
      const node = form(data[mime], mime, bundle(metadata[mime] ?? metadata));
      if (node) return node;
    }
  }
  return preformatted(mimes.length ? words.noOutput() : '');
}

function bundle(value: unknown): Bundle {
  return value !== null && typeof value === 'object' ? (value as Bundle) : {};
}

/** A notebook file keeps long texts as lists of lines. */
function joined(value: unknown): string {
  return Array.isArray(value) ? value.join('') : String(value ?? '');
}

/** Null for content of which nothing is left to see, such as html made by its own script. */
function visible(content: DocumentFragment): Node | null {
  const shows = 'img, svg > *, table, hr, input, math, video, audio, canvas';
  return content.textContent?.trim() || content.querySelector(shows) ? content : null;
}

function preformatted(text: string, className = 'syncline-text'): HTMLElement {
  const node = document.createElement('pre');
  node.className = className;
  node.textContent = text;
  return node;
}

function textForm(value: unknown, mime: string): Node | null {
  const text = stripAnsi(joined(value));
  const className = mime.endsWith('stderr') ? 'syncline-text syncline-stderr' : 'syncline-text';
  return text ? preformatted(text, className) : null;
}

function errorForm(value: unknown): Node {
  const { ename, evalue, traceback } = bundle(value);
  const said = [ename, evalue].filter(Boolean).join(': ');
  const lines = Array.isArray(traceback) ? traceback.join('\n') : traceback;
  const text = typeof value === 'object' && !Array.isArray(value) ? lines || said : joined(value);
  const node = preformatted(stripAnsi(String(text)), 'syncline-text syncline-error');
  node.setAttribute('role', 'alert');
  return node;
}

function imageForm(value: unknown, mime: string, metadata: Bundle): Node | null {
  const base64 = joined(value).replace(/\s/g, '');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return null;
  const image = new Image();
  image.src = `data:${mime};base64,${base64}`;
  image.alt = typeof metadata.alt === 'string' ? metadata.alt : words.image();
  if (typeof metadata.width === 'number') image.width = metadata.width;
  if (typeof metadata.height === 'number') image.height = metadata.height;
  return image;
}
