// @vitest-environment jsdom
import { expect, test } from 'vitest';
import { showElement } from '../../../labextension/src/view/element';
import type { ElementFacts } from '../../../labextension/src/view/facts';
import { readingOf } from '../../../labextension/src/view/reading';
import { Living, settled } from './living';

const FACTS: ElementFacts = {
  tag: 'x-slider',
  props: { label: 'label', value: 'value', min: 'min', step: 'step' },
  sync: { value: ['input', 'change'] },
  reading: 'show_value',
};
const props = { label: 'Rain', value: 3, min: 0, step: 0.5, show_value: true };

function shown(more: object = {}) {
  const models = { s: { type: 'ui/Slider@1', props: { ...props, ...more } } };
  const living = new Living(models).start();
  const element = showElement(living.model('s'), FACTS).node as HTMLElement & { value: number };
  return { living, element, parts: () => [...element.querySelectorAll('[slot=label] > *')] };
}

const texts = (parts: Element[]) => parts.map((part) => part.textContent);

test.each([
  [3, 0, 1, '3'],
  [3, 0, 0.5, '3.0'],
  [0.25, 0.25, 0.5, '0.25'],
  [2012, 2000, 1, '2012'],
  [12000, 0, 1, '12,000'],
  [3e-7, 0, 1e-7, '0.0000003'],
])('%d from %d by %d reads %s', (value, min, step, text) => {
  expect(readingOf(value, min, step)).toBe(text);
});

test('the value stands beside the label, for the eye only', () => {
  const { parts } = shown();
  expect(texts(parts())).toEqual(['Rain', '3.0']);
  expect(parts().map((part) => part.getAttribute('aria-hidden'))).toEqual([null, 'true']);
});

test('it follows the hand at once and Python a moment later', async () => {
  const { living, element, parts } = shown();
  element.value = 4.5;
  element.dispatchEvent(new Event('input'));
  expect(texts(parts())).toEqual(['Rain', '4.5']);
  element.dispatchEvent(new Event('change'));
  living.edits();
  living.set('s', 'value', 7);
  living.set('s', 'label', 'Snow');
  await settled();
  expect(texts(parts())).toEqual(['Snow', '7.0']);
});

test('it can be switched off and on', async () => {
  const { living, parts } = shown({ show_value: false });
  expect(parts()).toEqual([]);
  living.set('s', 'show_value', true);
  await settled();
  expect(texts(parts())).toEqual(['Rain', '3.0']);
});
