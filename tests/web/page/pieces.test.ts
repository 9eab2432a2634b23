// @vitest-environment jsdom
import { afterEach, expect, test } from 'vitest';
import { showPieces } from '../../../labextension/src/page/pieces';
import { Living } from '../view/living';

afterEach(() => document.body.replaceChildren());

const odd = (n: number) => ({ type: `my/Odd@${n}`, props: {} });
const shown = () =>
  [...document.querySelectorAll<HTMLElement>('[data-syncline-root]')].map((place) =>
    [...place.querySelectorAll<HTMLElement>('[data-model]')].map((node) => node.dataset.model),
  );
const connect = () => {
  throw new Error('there is no kernel');
};

test('each root stands where the template has put it, and follows the document', () => {
  document.body.innerHTML =
    '<p data-syncline-root="1"></p><p data-syncline-root="0"></p><p data-syncline-root="7"></p>';
  const living = new Living({ a: odd(1), b: odd(2) }, ['a', 'b']).start();
  showPieces(living.document, connect);
  expect(shown()).toEqual([['b'], ['a'], []]);
  living.patch({ op: 'root-', m: 'a' });
  expect(shown()).toEqual([[], ['b'], []]);
});

test('one place says what there is to say of the connection', () => {
  document.body.innerHTML = '<p data-syncline-root="0"></p>';
  const living = new Living({ a: odd(1) }).start();
  showPieces(living.document, connect);
  const notes = document.querySelectorAll<HTMLElement>('[data-syncline-status]');
  expect([...notes].map((node) => node.className)).toEqual(['syncline-root syncline-notes']);
  expect(notes[0]?.dataset.synclineStatus).toBe('live');
});
