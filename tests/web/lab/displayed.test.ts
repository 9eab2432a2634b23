// @vitest-environment jsdom
import { afterEach, expect, test } from 'vitest';
import {
  display,
  displayedBy,
  displayedChanged,
  displayedIn,
  shownAt,
  spotsOf,
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

test('a spot is known by what it shows, and a document by its spots', () => {
  const named = (doc: string, spot: string | null) => ({ kernel: 'k', doc, title: '', spot });
  const [first, second, third] = [shown('a'), shown('b'), shown('a')];
  display(first as Element, named('a', 'one'));
  display(third as Element, named('a', 'two'));
  display(second as Element, named('b', null));
  expect(spotsOf({ kernel: 'k', doc: 'a' })).toEqual(['one', 'two']);
  expect([spotsOf({ kernel: 'k', doc: 'b' }), spotsOf({ kernel: 'o', doc: 'a' })]).toEqual([
    [],
    [],
  ]);
  expect([shownAt('two')?.doc, shownAt('three')]).toEqual(['a', undefined]);
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
