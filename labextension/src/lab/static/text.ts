import type { Json } from '../../core/values';
import { isObject, itemsOf, NAT } from './arrays';
import type { Find, StaticModel } from './models';
import { numberText, singleText, timeText } from './numbers';

const MAX_TEXT = 200;
const MAX_ITEMS = 6;
const MAX_DEPTH = 4;
const MAX_PROPERTIES = 20;
const MAX_MODELS = 20;

type Said = readonly [name: string, raw: Json];
type Inner = (item: Json) => string;

/** One line for each model shown; the title is that of a whole document. */
export function staticText(title: string | null, roots: readonly string[], find: Find): string {
  const shown = roots.slice(0, MAX_MODELS).flatMap((id) => find(id) ?? []);
  const lines = shown.map((model) => `${model.name}(${listed(model, find)})`);
  if (title === null) return lines.join('\n');
  return [`Document(${quoted(title)})`, ...lines.map((line) => `  ${line}`)].join('\n');
}

function listed(model: StaticModel, find: Find): string {
  const said = telling(model.props).map(([name, raw]) => `${name}=${valueText(raw, model, find)}`);
  return said.join(', ');
}

/** The properties that say something: not those that are null, false or empty. */
export function telling(props: { readonly [name: string]: Json }): Said[] {
  const empty = (raw: Json): boolean =>
    raw === null ||
    raw === false ||
    raw === '' ||
    (typeof raw === 'object' && !Object.keys(raw).length);
  return Object.entries(props)
    .filter(([, raw]) => !empty(raw))
    .slice(0, MAX_PROPERTIES);
}

/** A text, or its first characters. */
export function cut(text: string, most: number = MAX_TEXT): string {
  if (text.length <= most) return text;
  const first = Array.from(text.slice(0, 2 * most + 2));
  return first.length <= most ? text : `${first.slice(0, most).join('')}…`;
}

/** A text as html or XML. */
export function escaped(text: string): string {
  const safe = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return safe.replaceAll('"', '&quot;');
}

/** A text between quotes. */
function quoted(text: string): string {
  return JSON.stringify(cut(text));
}

/** A value as text, strings as they are. */
export function plainText(raw: Json, model: StaticModel, find: Find): string {
  return typeof raw === 'string' ? cut(raw) : valueText(raw, model, find);
}

/** A value's JSON form as text of a readable length. */
export function valueText(raw: Json, model: StaticModel, find: Find): string {
  return cut(textOf(raw, model, find, MAX_DEPTH));
}

function textOf(raw: Json, model: StaticModel, find: Find, depth: number): string {
  const inner: Inner = (item) => textOf(item, model, find, depth - 1);
  if (raw === null || typeof raw === 'boolean') return word(raw);
  if (typeof raw === 'string') return quoted(raw);
  if (typeof raw === 'number') return numberText(raw);
  if (!depth) return '…';
  if (Array.isArray(raw)) return `[${some(raw, inner)}]`;
  if (!('$' in raw)) {
    const named = Object.keys(raw).sort();
    return `{${some(named, (key) => `${quoted(key)}: ${inner(raw[key])}`)}}`;
  }
  return tagged(raw, model, find, inner);
}

/** As Python writes it. */
function word(raw: boolean | null): string {
  return raw === null ? 'None' : raw ? 'True' : 'False';
}

function tagged(raw: Json, model: StaticModel, find: Find, inner: Inner): string {
  const { $: tag, v } = raw;
  if (tag === 'ref') return find(raw.id)?.name ?? '…';
  if (tag === 'nd') return arrayText(raw, model);
  if (tag === 'cols') return columnsText(raw);
  if ((tag === 'num' || tag === 'int') && typeof v === 'string') return v;
  if (tag === 'time' && typeof v === 'number') return timeText(v);
  if (tag === 'dur' && typeof v === 'number') return `${numberText(v)} ms`;
  if (tag === 'tuple' && Array.isArray(v)) return `(${some(v, inner)})`;
  if (tag === 'set' && Array.isArray(v)) {
    return `{${v.map(inner).sort().slice(0, MAX_ITEMS).join(', ')}}`;
  }
  if (tag === 'map' && Array.isArray(v)) {
    const named = v.map((pair: Json): [string, Json] => [inner(pair[0]), pair[1]]);
    named.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    return `{${some(named, ([key, item]) => `${key}: ${inner(item)}`)}}`;
  }
  return `<${tag}>`;
}

function arrayText(raw: Json, model: StaticModel): string {
  const [count, item] = itemsOf(raw, model.buffers);
  const shape = raw.shape.join(', ');
  const texts = Array.from({ length: Math.min(count, MAX_ITEMS) }, (_, i) =>
    elementText(raw, item(i)),
  );
  const first = texts.join(', ');
  const more = count > MAX_ITEMS ? ', …' : '';
  return shape ? `array(${shape}) [${first}${more}]` : `array ${first}`;
}

/** One element of a list or array. */
export function elementText(raw: Json, item: Json): string {
  const dtype = isObject(raw) ? raw.dtype : undefined;
  if (dtype === 'M8[ms]') return item === NAT ? 'NaT' : timeText(Number(item));
  if (typeof item === 'boolean' || item === null) return word(item);
  if (typeof item === 'string') return cut(item);
  if (typeof item === 'bigint') return numberText(item);
  if (isObject(item)) {
    const { $: tag, v } = item;
    if (tag === 'time' && typeof v === 'number') return timeText(v);
    return (tag === 'num' || tag === 'int') && typeof v === 'string' ? v : '…';
  }
  if (typeof item !== 'number') return '…';
  if (!Number.isFinite(item)) return Number.isNaN(item) ? 'nan' : item > 0 ? 'inf' : '-inf';
  return dtype === 'f4' ? singleText(item) : numberText(item);
}

function columnsText(raw: Json): string {
  return `columns(${some(Object.keys(raw.cols).sort(), quoted)})`;
}

function some<T>(items: readonly T[], text: (item: T) => string): string {
  const first = items.slice(0, MAX_ITEMS).map(text);
  return (items.length > MAX_ITEMS ? [...first, '…'] : first).join(', ');
}
