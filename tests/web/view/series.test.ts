import { expect, test } from 'vitest';
import { NdArray } from '../../../labextension/src/core/arrays';
import { Opaque } from '../../../labextension/src/core/values';
import { seriesOf } from '../../../labextension/src/view/series';

const f8 = (...v: number[]) => new NdArray('f8', [v.length], Float64Array.from(v));

test('arrays are drawn as they are, without a copy', () => {
  const [x, y] = [f8(0, 1, 2), f8(5, 6, 7)];
  const { columns } = seriesOf(x, y);
  expect(columns[0]).toBe(x.data);
  expect(columns[1]).toBe(y.data);
});

test('a list of lines and an array of rows are several lines', () => {
  expect(seriesOf([0, 1], [f8(1, 2), [3, 4]]).columns.length).toBe(3);
  const rows = new NdArray('f4', [2, 2], Float32Array.of(1, 2, 3, 4));
  expect(
    seriesOf([0, 1], rows)
      .columns.slice(1)
      .map((c) => Array.from(c)),
  ).toEqual([
    [1, 2],
    [3, 4],
  ]);
});

test('without positions points are counted', () => {
  expect(Array.from(seriesOf([], [4, 5, 6]).columns[0])).toEqual([0, 1, 2]);
});

test('what a canvas cannot draw is a gap', () => {
  const { columns } = seriesOf([0, 1, 2], [f8(1, Number.NaN, 3), [1, null, Infinity]]);
  expect(columns.slice(1)).toEqual([
    [1, null, 3],
    [1, null, null],
  ]);
});

test('positions that do not ascend are put in order, with their values', () => {
  expect(seriesOf([2, 0, 1], [20, 0, 10]).columns).toEqual([
    [0, 1, 2],
    [0, 10, 20],
  ]);
});

test('big integers are drawn as numbers, instants as times', () => {
  const when = new NdArray('M8[ms]', [2], BigInt64Array.of(1000n, 3000n));
  const { columns, time } = seriesOf(when, new NdArray('i8', [2], BigInt64Array.of(1n, 2n)));
  expect([time, ...columns.map((c) => Array.from(c))]).toEqual([true, [1, 3], [1, 2]]);
});

test('a list of times is a time axis too', () => {
  const time = (v: number) => new Opaque({ $: 'time', v });
  const { columns, time: isTime } = seriesOf([time(2000), time(1000)], [1, 2]);
  expect([isTime, ...columns]).toEqual([true, [1, 2], [2, 1]]);
});

test('a point at no time is left out', () => {
  const when = new NdArray('M8[ms]', [3], BigInt64Array.of(1000n, -(2n ** 63n), 3000n));
  expect(seriesOf(when, [1, 2, 3]).columns).toEqual([
    [1, 3],
    [1, 3],
  ]);
});
