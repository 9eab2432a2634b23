// @vitest-environment jsdom
import { afterEach, expect, test } from 'vitest';
import {
  display,
  displayedBy,
  displayedChanged,
  displayedIn,
} from '../../../labextension/src/lab/displayed';

const nodes: Element[] = [];
afterEach(() => {
  for (const node of nodes.splice(0)) display(node, null);
  document.body.replaceChildren();
});

function shown(doc: string, title = '', kernel = 'k') {
  const node = document.createElement('div');
  nodes.push(node);
  document.body.append(node);
  display(node, { kernel, doc, title });
  return node;
}

const docs = (found: { doc: string }[]) => found.map(({ doc }) => doc);

test('documents come in the order of the page, each once', () => {
  const last = shown('c');
  shown('a');
  shown('a');
  shown('b', '', 'other');
  document.body.append(last);
  expect(docs(displayedIn(document.body))).toEqual(['a', 'b', 'c']);
  expect(docs(displayedBy('k'))).toEqual(['a', 'c']);
  expect(docs(displayedIn(last))).toEqual(['c']);
});

test('a change is told, and only a change', () => {
  let told = 0;
  const count = () => told++;
  displayedChanged.connect(count);
  const node = shown('a');
  display(node, { kernel: 'k', doc: 'a', title: '' });
  expect(told).toBe(1);
  display(node, { kernel: 'k', doc: 'a', title: 'Rain' });
  expect([told, displayedBy('k')[0]?.title]).toEqual([2, 'Rain']);
  display(node, null);
  display(node, null);
  expect([told, displayedBy('k')]).toEqual([3, []]);
  displayedChanged.disconnect(count);
});
