// @vitest-environment jsdom
import { afterEach, expect, test, vi } from 'vitest';
import { display } from '../../../labextension/src/lab/displayed';

vi.mock('../../../labextension/src/lab/panel', () => ({ DocumentPanel: class {} }));
const { candidates } = await import('../../../labextension/src/lab/targets');
const { DocumentPanel } = await import('../../../labextension/src/lab/panel');

const nodes: Element[] = [];
afterEach(() => {
  for (const node of nodes.splice(0)) display(node, null);
  document.body.replaceChildren();
});

function cell(...docs: string[]) {
  const node = document.createElement('div');
  node.className = 'jp-Cell';
  for (const doc of docs) {
    const output = document.createElement('div');
    output.className = 'syncline-output-area';
    output.append(document.createElement('i'));
    node.append(output);
    nodes.push(output);
    display(output, { kernel: 'k', doc, title: doc.toUpperCase() });
  }
  document.body.append(node);
  return node;
}

function app(current: object | null, clicked?: Element, tabs: object[] = []) {
  const contextMenuHitTest = (fn: (node: Element) => boolean) => {
    for (let node = clicked ?? null; node; node = node.parentElement) if (fn(node)) return node;
    return undefined;
  };
  return { shell: { currentWidget: current, widgets: () => tabs }, contextMenuHitTest } as never;
}

const notebook = (kernel = 'k', id = 'n') => ({
  id,
  node: document.body,
  sessionContext: { session: { kernel: { id: kernel } } },
});
const docs = (found: { doc: string }[]) => found.map(({ doc }) => doc);

test('arguments name a document', () => {
  const named = { kernel: 'k', doc: 'd' };
  expect(candidates(app(null), named)).toEqual([{ kernel: 'k', doc: 'd' }]);
});

test('the document of the active cell is preferred to the others of the notebook', () => {
  cell('a');
  const active = cell('b');
  cell('c');
  expect(docs(candidates(app(notebook()), {}))).toEqual(['a', 'b', 'c']);
  active.classList.add('jp-mod-active');
  expect(docs(candidates(app(notebook()), {}))).toEqual(['b']);
});

test('nothing is found where no document is shown', () => {
  expect(candidates(app(null), {})).toEqual([]);
  expect(candidates(app({ node: document.body }), {})).toEqual([]);
  expect(candidates(app(notebook()), {})).toEqual([]);
});

test('a tab that is not the current one can be meant', () => {
  cell('a');
  const tabs = [notebook('k', 'this'), notebook('other', 'that')];
  expect(docs(candidates(app(null, undefined, tabs), { tab: 'this' }))).toEqual(['a']);
  expect(candidates(app(null, undefined, tabs), { tab: 'that' })).toEqual([]);
  expect(candidates(app(notebook(), undefined, tabs), { tab: 'closed' })).toEqual([]);
});

test('a panel is about its own document', () => {
  const panel = Object.assign(new (DocumentPanel as never as new () => object)(), {
    node: cell('a'),
  });
  cell('b');
  expect(docs(candidates(app(panel), {}))).toEqual(['a']);
});

test('a context menu is about what was clicked: an output, or the line of a list', () => {
  const [first] = cell('a', 'b').children;
  const output = first?.firstElementChild as Element;
  expect(docs(candidates(app(notebook(), output), { clicked: true }))).toEqual(['a']);
  const line = document.createElement('div');
  line.className = 'syncline-listed';
  line.dataset.context = 'k/z';
  expect(docs(candidates(app(notebook(), line), { clicked: true }))).toEqual(['z']);
  expect(candidates(app(notebook(), document.body), { clicked: true })).toEqual([]);
});
