// @vitest-environment jsdom
import { expect, test } from 'vitest';
import { keepShortcutsAway } from '../../../labextension/src/view/shortcuts';

const MARK = 'data-lm-suppress-shortcuts';

function made() {
  const root = document.createElement('div');
  const control = document.createElement('b');
  root.append(control);
  document.body.append(root);
  return { root, control };
}

function press(node: Element, init: KeyboardEventInit) {
  node.dispatchEvent(new KeyboardEvent('keydown', { bubbles: true, ...init }));
  return node.hasAttribute(MARK);
}

test('a plain key is kept from the host’s shortcuts, a combination is not', () => {
  const { root, control } = made();
  keepShortcutsAway(root);
  expect(press(control, { key: 'b' })).toBe(true);
  expect(press(control, { key: 's', ctrlKey: true })).toBe(false);
  expect(press(document.body, { key: 'b' })).toBe(false);
});

test('the first key, too, of a host that looks before the event comes down to us', () => {
  const { root, control } = made();
  const seen: boolean[] = [];
  const look = () => seen.push(control.hasAttribute(MARK));
  document.addEventListener('keydown', look, true);
  keepShortcutsAway(root);
  press(control, { key: 'ArrowRight' });
  document.removeEventListener('keydown', look, true);
  expect(seen).toEqual([true]);
});
