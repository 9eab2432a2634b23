import type { Column, Series } from './series';
import { words } from './words';

/** A value in few digits. */
export function valueText(value: number): string {
  return value.toLocaleString(undefined, { maximumFractionDigits: 3 });
}

/** A number as a position: four digits may be a year and are not grouped. */
export function placeText(value: number, decimals: number): string {
  const useGrouping = Math.abs(value) >= 10_000;
  return value.toLocaleString(undefined, { maximumFractionDigits: decimals, useGrouping });
}

/** An instant of UTC, in seconds: its day, with the time of day unless that is midnight. */
export function timeText(seconds: number): string {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return '';
  const [day = '', clock = ''] = date.toISOString().slice(0, -1).split('T');
  if (clock === '00:00:00.000') return day;
  return `${day} ${clock.replace(/(:00)?\.000$/, '')}`;
}

/** A position on the x axis in words. */
export function positionText(value: number, time: boolean): string {
  return time ? timeText(value) : placeText(value, 6);
}

/** What a plot shows, for those who do not see it: how much, from where to where, and each line's range. */
export function summaryOf({ columns, time }: Series, labels: readonly string[]): string {
  const [x, ...lines] = columns;
  const [first, last] = [x[0], x[x.length - 1]];
  const plot =
    first == null || last == null
      ? words.linePlot(x.length)
      : words.linePlotOf(x.length, positionText(first, time), positionText(last, time));
  const each = lines.map((line, i) => `; ${labels[i]}: ${rangeText(line)}`);
  return `${plot}${each.join('')}`;
}

function rangeText(line: Column): string {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < line.length; i++) {
    const value = line[i];
    if (value == null) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return words.noValues();
  return low === high ? valueText(low) : words.range(valueText(low), valueText(high));
}
