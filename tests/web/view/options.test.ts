// @vitest-environment jsdom
import { expect, test } from 'vitest';
import { fillOptions, optionsOf } from '../../../labextension/src/view/options';

test('options may be values, pairs, or value to label', () => {
  expect(optionsOf(['a', ['b', 'B']])).toEqual([
    ['a', 'a'],
    ['b', 'B'],
  ]);
  expect(optionsOf({ c: 'C' })).toEqual([['c', 'C']]);
  expect(optionsOf(null)).toEqual([]);
});

test('elements of options that stay are kept, in the new order', () => {
  const select = document.createElement('div');
  expect(fillOptions(select, ['a', 'b'])).toBe(true);
  expect(fillOptions(select, ['a', 'b'])).toBe(false);
  const [a] = select.children;
  fillOptions(select, [
    ['c', 'C'],
    ['a', 'A'],
  ]);
  expect([...select.children].map((o) => o.textContent)).toEqual(['C', 'A']);
  expect(select.children[1]).toBe(a);
});
