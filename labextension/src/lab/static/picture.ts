import type { Json } from '../../core/values';
import { type Items, isArray, isObject, itemsOf, NAT } from './arrays';
import type { StaticModel } from './models';
import { shortNumber, timeText } from './numbers';
import { cut, elementText, escaped } from './text';

const POINTS = 1000;
const MAX_LINES = 20;
const MAX_ROWS = 5;
const WIDTH = 600;
const MARGIN = 24;
const COLOURS = ['#0071ec', '#d9480f', '#2b8a3e', '#9c36b5', '#0b7285', '#c2255c'];

type Point = readonly [at: number, value: number | null];

/** What a plot looks like without code. */
export interface Plot {
  /** Empty where there is nothing to be seen. */
  readonly svg: string;
  readonly height: number;
  readonly summary: string;
  readonly names: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly caption: string;
}

/** One column of a plot: a list, an array, or a row of one. */
class Line {
  constructor(
    readonly raw: Json,
    readonly count: number,
    readonly item: (i: number) => Json,
  ) {}

  text(i: number): string {
    return i < this.count ? elementText(this.raw, this.item(i)) : '';
  }

  number(i: number): number | null {
    return i < this.count ? numberOf(this.raw, this.item(i)) : null;
  }
}

/** The static form of a `ui/LinePlot`. */
export function plotOf(model: StaticModel): Plot {
  const lines = linesOf(model).slice(0, MAX_LINES);
  const x = lineOf(model.props.x, model);
  const longest = Math.max(0, ...lines.map((line) => line.count));
  const count = x.count ? Math.min(longest, x.count) : longest;
  const names = lines.map((_, i) => labelOf(model, i, lines.length));
  const height = heightOf(model.props.height);
  const time = x.count > 0 && isTime(x);
  const drawn = lines.map((line) => pointsOf(x, line, count, lines.length));
  const rows = Array.from({ length: Math.min(count, MAX_ROWS) }, (_, i) => [
    x.count ? x.text(i) : `${i}`,
    ...lines.map((line) => line.text(i)),
  ]);
  return {
    svg: svgOf(drawn, names, height, time),
    height,
    summary: `Line plot of ${count} points: ${names.join(', ')}`,
    names: ['x', ...names],
    rows,
    caption: count > MAX_ROWS ? `The first ${MAX_ROWS} of ${count} rows` : '',
  };
}

function lineOf(raw: Json, model: StaticModel): Line {
  return new Line(raw, ...itemsOf(raw, model.buffers));
}

function linesOf(model: StaticModel): Line[] {
  const y = model.props.y;
  if (isArray(y) && y.shape.length === 2) {
    const [rows, width] = y.shape;
    const items = itemsOf(y, model.buffers);
    return Array.from({ length: rows }, (_, row) => new Line(y, width, rowOf(items, row * width)));
  }
  if (Array.isArray(y) && y.some((item) => Array.isArray(item) || isArray(item))) {
    return y.map((item) => lineOf(item, model));
  }
  return [lineOf(y, model)];
}

function rowOf([, item]: Items, start: number): (i: number) => Json {
  return (i) => item(start + i);
}

function labelOf(model: StaticModel, i: number, count: number): string {
  const { labels } = model.props;
  if (Array.isArray(labels) && typeof labels[i] === 'string') return cut(labels[i], 40);
  return count === 1 ? 'y' : `y${i + 1}`;
}

function heightOf(given: Json): number {
  return typeof given === 'number' ? Math.min(Math.max(Math.floor(given), 80), 800) : 240;
}

function isTime(x: Line): boolean {
  const first = x.item(0);
  return (isObject(first) && first.$ === 'time') || (isArray(x.raw) && x.raw.dtype === 'M8[ms]');
}

function numberOf(raw: Json, given: Json): number | null {
  const item = isObject(given) && given.$ === 'time' ? given.v : given;
  if (!/^(number|bigint|boolean)$/.test(typeof item)) return null;
  if (item === NAT && isArray(raw) && raw.dtype === 'M8[ms]') return null;
  const number = Number(item);
  return Number.isFinite(number) ? number : null;
}

/** As many points as can be seen, evenly, in the order of their positions. */
function pointsOf(x: Line, line: Line, count: number, lines: number): Point[] {
  const step = Math.max(1, Math.ceil((count * lines) / POINTS));
  const points: Point[] = [];
  const add = (i: number): void => {
    const at = x.count ? x.number(i) : i;
    if (at !== null) points.push([at, line.number(i)]);
  };
  for (let i = 0; i < count; i += step) add(i);
  if (count && (count - 1) % step) add(count - 1);
  return points.sort(([a], [b]) => a - b);
}

/** Where numbers stand, in tenths of pixels. */
class Scale {
  constructor(
    readonly low: number,
    readonly high: number,
    private readonly start: number,
    private readonly stop: number,
  ) {}

  at(value: number): number {
    const part = (value - this.low) / (this.high - this.low);
    return Math.floor(this.start + part * (this.stop - this.start) + 0.5);
  }
}

function scaleOf(values: readonly number[], start: number, stop: number): Scale | null {
  if (!values.length) return null;
  let low = values.reduce((a, b) => Math.min(a, b));
  let high = values.reduce((a, b) => Math.max(a, b));
  if (low === high) [low, high] = [low - 0.5, high + 0.5];
  const span = high - low;
  return span > 0 && Number.isFinite(span) ? new Scale(low, high, start, stop) : null;
}

function svgOf(drawn: Point[][], names: readonly string[], height: number, time: boolean): string {
  const points = drawn.flat();
  const values = points.flatMap(([, value]) => (value === null ? [] : [value]));
  const right = 10 * (WIDTH - MARGIN);
  const bottom = 10 * (height - MARGIN);
  const x = scaleOf(
    points.map(([at]) => at),
    10 * MARGIN,
    right,
  );
  const y = scaleOf(values, bottom, 10 * MARGIN);
  if (!x || !y) return '';
  const paths = drawn.map((line, i) => pathOf(line, x, y, COLOURS[i % 6] as string)).join('');
  const place = time ? timeText : shortNumber;
  const texts = [
    wordsOf(10 * MARGIN, 10 * height - 60, 'start', place(x.low)),
    wordsOf(right, 10 * height - 60, 'end', place(x.high)),
    wordsOf(10 * MARGIN, bottom - 20, 'start', shortNumber(y.low)),
    wordsOf(10 * MARGIN, 10 * MARGIN - 40, 'start', shortNumber(y.high)),
  ];
  if (names.length > 1) {
    texts.push(
      ...names.map((name, i) => wordsOf(right, 160 + 140 * i, 'end', name, COLOURS[i % 6])),
    );
  }
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${10 * WIDTH} ${10 * height}" ` +
    `font-family="sans-serif" font-size="120">${paths}${texts.join('')}</svg>`
  );
}

function pathOf(line: readonly Point[], x: Scale, y: Scale, colour: string): string {
  let steps = '';
  let draw = 'M';
  for (const [at, value] of line) {
    if (value !== null) steps += `${draw}${x.at(at)} ${y.at(value)}`;
    draw = value === null ? 'M' : 'L';
  }
  return (
    `<path fill="none" stroke="${colour}" stroke-width="20" stroke-linecap="round" ` +
    `d="${steps}"/>`
  );
}

function wordsOf(x: number, y: number, anchor: string, text: string, colour = '#808080'): string {
  return `<text x="${x}" y="${y}" text-anchor="${anchor}" fill="${colour}">${escaped(text)}</text>`;
}
