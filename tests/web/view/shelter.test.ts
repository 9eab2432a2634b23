// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { shelter } from '../../../labextension/src/view/shelter';

class Sheet {
  text = '';
  replaceSync(text: string) {
    this.text = text;
  }
}

beforeEach(() => {
  vi.stubGlobal('CSSStyleSheet', Sheet);
  vi.stubGlobal('matchMedia', () => ({ addEventListener() {}, removeEventListener() {} }));
});
afterEach(() => vi.unstubAllGlobals());

const put = (place: HTMLElement) => document.body.append(place);
const host = () => document.body.lastElementChild as HTMLElement;

test('a place stands in a shadow root with style sheets of its own', () => {
  const { root, dress } = shelter(put, undefined);
  dress(['a {}', 'b {}']);
  const shadow = host().shadowRoot as ShadowRoot;
  expect(shadow.contains(root)).toBe(true);
  expect(shadow.adoptedStyleSheets.map((sheet) => (sheet as unknown as Sheet).text)).toEqual([
    'a {}',
    'b {}',
  ]);
});

test('a theme that is asked for is that of the place', () => {
  expect(shelter(put, 'dark').root.className).toBe('syncline-root syncline-dark syncline-painted');
  expect(shelter(put, 'light').root.className).toBe('syncline-root syncline-painted');
});

test('what is to be ended ends when the place is taken away, not when it is moved', async () => {
  const end = vi.fn();
  shelter(put, undefined).ends(end);
  document.body.prepend(host());
  await Promise.resolve();
  expect(end).not.toHaveBeenCalled();
  document.body.firstElementChild?.remove();
  await Promise.resolve();
  expect(end).toHaveBeenCalledOnce();
});
