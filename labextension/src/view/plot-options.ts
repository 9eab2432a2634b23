import uPlot from 'uplot';
import { placeText, positionText, valueText } from './plot-text';

/** What a plot is drawn with besides its numbers. */
export interface PlotLook {
  readonly width: number;
  readonly height: number;
  readonly labels: readonly string[];
  /** Whether positions are instants. */
  readonly time: boolean;
}

const LINE_COLOURS = 6;
const HOUR = 3600;
const DAY = 24 * HOUR;

// Distance between ticks -> its label, and what is added where a new year or a new day begins:
// [at least, label, year, month, day, hour, minute, second, 1 = added below].
const TIME_LABELS: (string | number | null)[][] = [
  [365 * DAY, '{YYYY}', null, null, null, null, null, null, 1],
  [28 * DAY, '{MMM}', '\n{YYYY}', null, null, null, null, null, 1],
  [DAY, '{D} {MMM}', '\n{YYYY}', null, null, null, null, null, 1],
  [60, '{HH}:{mm}', '\n{D} {MMM} {YYYY}', null, '\n{D} {MMM}', null, null, null, 1],
  [1, '{HH}:{mm}:{ss}', '\n{D} {MMM} {YYYY}', null, '\n{D} {MMM}', null, null, null, 1],
  [0.001, ':{ss}.{fff}', '\n{D} {MMM} {YYYY} {HH}:{mm}', null, null, null, '\n{HH}:{mm}', null, 1],
];

/** The drawing library's options for a look, in the colours of the place. */
export function optionsFor(host: HTMLElement, look: PlotLook): uPlot.Options {
  const { width, height, labels, time } = look;
  const style = getComputedStyle(host);
  const token = (name: string) =>
    style.getPropertyValue(`--syncline-plot-${name}`).trim() || 'gray';
  const grid = { stroke: token('grid'), width: 1 };
  const axis = { stroke: token('text'), font: `12px ${style.fontFamily}`, grid, ticks: grid };
  const line = (label: string, i: number): uPlot.Series => ({
    label,
    stroke: token(`line-${(i % LINE_COLOURS) + 1}`),
    width: 2,
    value: legendValue(valueText),
  });
  const x = {
    label: time ? 'time' : 'x',
    value: legendValue((value) => positionText(value, time)),
  };
  return {
    width,
    height,
    // In the page's own zone one day of data would stand on two.
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC'),
    scales: { x: { time } },
    axes: [
      { ...axis, values: time ? TIME_LABELS : plainLabels },
      { ...axis, size: 56 },
    ],
    series: [x, ...labels.map(line)],
    legend: { show: labels.length > 1 },
    cursor: { y: false },
  };
}

/** The value under the pointer; without one the last, so that the legend always says something. */
function legendValue(text: (value: number) => string): uPlot.Series.Value {
  return (plot, value, series, index) => {
    const column = plot.data[series];
    const shown = index === null ? column?.[column.length - 1] : value;
    return shown == null ? '' : text(shown);
  };
}

function plainLabels(
  _plot: uPlot,
  splits: number[],
  _axis: number,
  _space: number,
  step: number,
): string[] {
  const decimals = Math.min(20, Math.max(0, -Math.floor(Math.log10(step))) + 1);
  return splits.map((value) => placeText(value, decimals));
}
