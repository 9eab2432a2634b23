import { type Bytes, toBase64 } from '../../core/arrays';
import type { Json } from '../../core/values';
import { isObject } from './arrays';
import type { Find, StaticModel } from './models';
import { type Plot, plotOf } from './picture';
import { cut, escaped, plainText, telling, valueText } from './text';

const MAX_BYTES = 96 * 1024;
const MAX_MODELS = 400;
const MAX_PROSE = 4000;
const MAX_DEPTH = 12;
const NOTE = 'Saved values: run the notebook with Syncline installed to see it live.';
const IMAGES = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'];
const TEXTS = [
  'text/markdown',
  'application/vnd.jupyter.stdout',
  'application/vnd.jupyter.stderr',
  'text/plain',
];

/** What models look like, of at most 96 kB; the title is that of a whole document. */
export function staticHtml(title: string | null, roots: readonly string[], find: Find): string {
  const page = new Page(find);
  const head = title ? `<p><strong>${escaped(cut(title))}</strong></p>` : '';
  const body = roots.map((id) => page.show(id, MAX_DEPTH)).join('');
  const more = page.full ? '<p>There is more, which is not shown here.</p>' : '';
  return `<div class="syncline-static">${head}${body}${more}<p><em>${NOTE}</em></p></div>`;
}

/** Html under way, and how much more of it there may be. */
class Page {
  full = false;
  private left = MAX_BYTES;
  private models = MAX_MODELS;

  constructor(private readonly find: Find) {}

  show(id: string, depth: number): string {
    const model = this.find(id);
    if (!model || this.full) return '';
    if (--this.models < 0 || !depth) {
      this.full = true;
      return '';
    }
    if (/^ui\/(Row|Column)@1$/.test(model.look)) return this.layout(model, depth - 1);
    const form = Object.hasOwn(FORMS, model.look) ? FORMS[model.look] : undefined;
    return this.fitting((form ?? table)(model, this.find));
  }

  private layout(model: StaticModel, depth: number): string {
    const ids = listed(model, 'children').flatMap((child) => ('id' in child ? [child.id] : []));
    const children = ids.map((id) => this.show(id, depth));
    if (model.look === 'ui/Column@1') return `<div>${children.join('')}</div>`;
    const cells = children.map((child) => `<td>${child}</td>`).join('');
    return `<table><tbody><tr>${cells}</tr></tbody></table>`;
  }

  private fitting(html: string): string {
    this.left -= utf8(html).length;
    if (this.left >= 0) return html;
    this.full = true;
    return '';
  }
}

/** The bytes of a text in a file. */
export function utf8(text: string): Bytes {
  return new TextEncoder().encode(text);
}

/** The members of a property that are dicts or lists. */
function listed(model: StaticModel, name: string): Json[] {
  const given = model.props[name];
  return Array.isArray(given)
    ? given.filter((item) => typeof item === 'object' && item !== null)
    : [];
}

function textIn(model: StaticModel, name: string): string {
  const given = model.props[name];
  return typeof given === 'string' ? given : '';
}

function table(model: StaticModel, find: Find): string {
  const row = ([name, raw]: readonly [string, Json]): string => {
    const value = escaped(plainText(raw, model, find));
    return `<tr><th>${escaped(cut(name))}</th><td>${value}</td></tr>`;
  };
  const rows = telling(model.props).map(row).join('');
  return `<table><caption>${escaped(model.name)}</caption><tbody>${rows}</tbody></table>`;
}

function field(model: StaticModel, find: Find): string {
  const label = textIn(model, 'label');
  const value = model.props.value ?? null;
  let said = value === null ? '' : plainText(value, model, find);
  if (model.look === 'ui/Select@1') {
    const pair = listed(model, 'options').find((each) => isPair(each) && each[0] === value);
    if (pair) said = typeof pair[1] === 'string' ? cut(pair[1]) : '';
  }
  const name = label ? `${escaped(cut(label))}: ` : '';
  return `<p>${name}<strong>${escaped(said)}</strong></p>`;
}

function isPair(each: Json): boolean {
  return Array.isArray(each) && each.length > 1;
}

function checkbox(model: StaticModel): string {
  const box = model.props.checked === true ? '☑' : '☐';
  return `<p>${box} ${escaped(cut(textIn(model, 'label')))}</p>`;
}

function button(model: StaticModel): string {
  return `<p>[${escaped(cut(textIn(model, 'label')))}]</p>`;
}

function markdown(model: StaticModel): string {
  const paragraphs = cut(textIn(model, 'text'), MAX_PROSE).split(/\n{2,}/);
  const html = paragraphs.filter(Boolean).map((each) => escaped(each).replaceAll('\n', '<br>'));
  return html.map((each) => `<p>${each}</p>`).join('');
}

function output(model: StaticModel, find: Find): string {
  const data = isObject(model.props.data) ? model.props.data : {};
  for (const mime of IMAGES) {
    const image = joined(data[mime]).replaceAll('\n', '');
    if (image && /^[A-Za-z0-9+/]+={0,2}$/.test(image)) {
      return `<img alt="Output image" src="data:${mime};base64,${image}">`;
    }
  }
  let text = TEXTS.map((mime) => joined(data[mime])).find(Boolean) ?? '';
  if (!text && Object.keys(data).length) text = valueText(data, model, find);
  return `<pre>${escaped(cut(text, MAX_PROSE))}</pre>`;
}

/** A text; a notebook file keeps a long one as a list of lines. */
function joined(value: Json): string {
  if (Array.isArray(value)) return value.filter((item) => typeof item === 'string').join('');
  return typeof value === 'string' ? value : '';
}

function plot(model: StaticModel): string {
  const drawn = plotOf(model);
  const source = drawn.svg && toBase64(utf8(drawn.svg));
  const image =
    `<p><img alt="${escaped(drawn.summary)}" width="600" height="${drawn.height}" ` +
    `src="data:image/svg+xml;base64,${source}"></p>`;
  return (source ? image : '') + firstRows(drawn);
}

function firstRows(drawn: Plot): string {
  const head = drawn.names.map((name) => `<th>${escaped(cut(name))}</th>`).join('');
  const cells = (row: readonly string[]): string =>
    row.map((text) => `<td>${escaped(text)}</td>`).join('');
  const rows = drawn.rows.map((row) => `<tr>${cells(row)}</tr>`).join('');
  const caption = drawn.caption ? `<caption>${escaped(drawn.caption)}</caption>` : '';
  return `<table>${caption}<thead><tr>${head}</tr></thead><tbody>${rows}</tbody></table>`;
}

const FORMS: { readonly [look: string]: (model: StaticModel, find: Find) => string } = {
  'ui/Slider@1': field,
  'ui/Select@1': field,
  'ui/PasswordInput@1': field,
  'ui/TextInput@1': field,
  'ui/Checkbox@1': checkbox,
  'ui/Button@1': button,
  'ui/Markdown@1': markdown,
  'ui/Output@1': output,
  'ui/LinePlot@1': plot,
  'ui/Mount@1': () => '<p>Another document is shown here.</p>',
};
