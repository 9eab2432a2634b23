// @vitest-environment jsdom
import { expect, test } from 'vitest';
import { keepShortcutsAway } from '../../../labextension/src/lab/shortcuts';

test('a plain key is kept from the host’s shortcuts, a combination is not', () => {
  const root = document.createElement('div');
  const control = document.createElement('b');
  root.append(control);
  keepShortcutsAway(root);
  const press = (init: KeyboardEventInit) => {
    control.dispatchEvent(new KeyboardEvent('keydown', { bubbles: true, ...init }));
    return control.hasAttribute('data-lm-suppress-shortcuts');
  };
  expect(press({ key: 'b' })).toBe(true);
  expect(press({ key: 's', ctrlKey: true })).toBe(false);
});
