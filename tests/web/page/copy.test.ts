// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { until } from '../view/living';

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
afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
  document.body.replaceChildren();
});

const odd = (name: string) => ({ type: `my/${name}@1`, props: {} });
const mounted = (doc: string) => ({ type: 'ui/Mount@1', props: { doc, mount: null } });
const recording = (models: object) => ({
  doc: { title: '', roots: Object.keys(models), models },
  schema: {},
  assets: {},
});

/** An element that a copy may stand in. */
function place(id: string): HTMLElement {
  const element = document.createElement('div');
  element.id = id;
  document.body.append(element);
  return element;
}

/** What Python has put into the page. */
function put(copy: object): HTMLElement {
  const script = document.createElement('script');
  script.type = 'application/json';
  script.className = 'syncline-copy';
  script.textContent = JSON.stringify(copy);
  document.body.append(script);
  return script;
}

/** Run the copy's script as a browser does that has it for the first time. */
async function run(): Promise<void> {
  vi.resetModules();
  await import('../../../labextension/src/page/copy');
}

const boxes = (root: ParentNode): (string | null)[] =>
  Array.from(root.querySelectorAll('.syncline-box'), (box) => box.textContent);

test('each place shows the root it is for, and says what the copy is', async () => {
  const [one, all] = [place('one'), place('all')];
  const documents = { '': recording({ a: odd('A'), b: odd('B') }) };
  put({ places: { one: 'b', all: null, gone: 'a' }, documents, note: 'As it was' });
  await run();
  await until(() => boxes(one).length && boxes(all).length === 2);
  expect(boxes(one)).toEqual(['No view for my/B@1']);
  expect(boxes(all)).toEqual(['No view for my/A@1', 'No view for my/B@1']);
  expect(one.querySelector('.syncline-status')?.textContent).toBe('As it was');
  expect(one.dataset.synclineStatus).toBe('live');
});

test('documents that are mounted in it are shown from it, without a note of their own', async () => {
  const node = place('one');
  const inner = { ...recording({ x: odd('X') }) };
  const outer = recording({ a: mounted('d'), b: mounted('d'), c: mounted('lost') });
  put({ places: { one: null }, documents: { '': outer, d: inner }, note: 'Copy' });
  await run();
  await until(() => boxes(node).length === 2);
  expect(boxes(node)).toEqual(['No view for my/X@1', 'No view for my/X@1']);
  const notes = [...node.querySelectorAll('.syncline-status')].map((each) => each.textContent);
  expect(notes.filter(Boolean)).toEqual(['Copy']);
});

test('a copy without a document is empty', async () => {
  const node = place('one');
  put({ places: { one: null }, documents: {}, note: '' });
  await run();
  await until(() => node.dataset.synclineStatus === 'live');
  expect(boxes(node)).toEqual([]);
});

test('with styles of its own it is sheltered from the page', async () => {
  const node = place('one');
  node.dataset.theme = 'dark';
  const documents = { '': recording({ a: odd('A') }) };
  put({ places: { one: 'a' }, documents, note: '', styles: 'a {}' });
  await run();
  const shadow = node.firstElementChild?.shadowRoot as ShadowRoot;
  await until(() => boxes(shadow).length);
  expect(boxes(node)).toEqual([]);
  expect(shadow.adoptedStyleSheets.map((sheet) => (sheet as unknown as Sheet).text)).toEqual([
    'a {}',
  ]);
  expect(shadow.querySelector('.syncline-root')?.className).toContain('syncline-dark');
});

test('each is shown once, though every one brings the script along', async () => {
  const [one, two] = [place('one'), place('two')];
  const documents = { '': recording({ a: odd('A') }) };
  const first = put({ places: { one: 'a' }, documents, note: '' });
  await run();
  put({ places: { two: 'a' }, documents, note: '' });
  await run();
  await until(() => boxes(two).length);
  expect([boxes(one).length, boxes(two).length]).toEqual([1, 1]);
  expect(first.dataset.shown).toBe('');
});
