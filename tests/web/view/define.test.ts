// @vitest-environment jsdom
import { expect, test } from 'vitest';
import { guardDefinitions } from '../../../labextension/src/view/define';

test('the first definition of a wa- element wins, other names keep the browser’s rule', () => {
  guardDefinitions();
  const first = class extends HTMLElement {};
  customElements.define('wa-twice', first);
  customElements.define('wa-twice', class extends HTMLElement {});
  expect(customElements.get('wa-twice')).toBe(first);
  customElements.define('x-twice', class extends HTMLElement {});
  expect(() => customElements.define('x-twice', class extends HTMLElement {})).toThrow();
});
