import { expect, test } from 'vitest';
import { placeText, summaryOf, timeText } from '../../../labextension/src/view/plot-text';

test('positions below ten thousand may be years', () => {
  expect([2012, 12_000].map((value) => placeText(value, 0))).toEqual(['2012', '12,000']);
});

test('an instant is a day, or a day and a time', () => {
  const day = Date.UTC(2012, 0, 31) / 1000;
  const texts = [day, day + 3600, day + 61, day + 0.25].map(timeText);
  const clocks = ['', ' 01:00', ' 00:01:01', ' 00:00:00.250'];
  expect(texts).toEqual(clocks.map((clock) => `2012-01-31${clock}`));
});

test('a plot is summed up by its extent and the range of each line', () => {
  const columns = [
    [0, 86_400],
    [1, 1234.5],
    [null, null],
  ] as const;
  expect(summaryOf({ columns: [...columns] as never, time: true }, ['rain', 'snow'])).toBe(
    'Line plot, 2 points from 1970-01-01 to 1970-01-02; rain: 1 to 1,234.5; snow: no values',
  );
});

test('an empty plot says so', () => {
  expect(summaryOf({ columns: [[]], time: false }, [])).toBe('Line plot, 0 points');
});
