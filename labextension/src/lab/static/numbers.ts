// Milliseconds of the years 1 to 9999.
const FIRST = -62135596800000;
const LAST = 253402300799999;

/** A finite number as text: 3.0 is `3`. */
export function numberText(value: number | bigint): string {
  return `${value}`;
}

/** A number in four digits. */
export function shortNumber(value: number): string {
  return numberText(Number(value.toPrecision(4)));
}

/** A number of single precision in the digits it has. */
export function singleText(value: number): string {
  return numberText(Number(value.toPrecision(7)));
}

/** An instant of UTC: its day, with the time of day unless that is midnight. */
export function timeText(ms: number): string {
  if (!(FIRST <= ms && ms <= LAST)) return `${numberText(ms)} ms`;
  const [day = '', clock = ''] = new Date(Math.floor(ms)).toISOString().slice(0, -1).split('T');
  if (clock === '00:00:00.000') return day;
  return `${day} ${clock.replace(/\.000$/, '').replace(/:00$/, '')}`;
}
