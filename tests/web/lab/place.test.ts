// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Place } from '../../../labextension/src/lab/place';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function made() {
  const node = document.createElement('div');
  const place = new Place(node);
  place.saved.textContent = 'as saved';
  const note = () => node.querySelector('.syncline-note')?.textContent;
  return { node, place, note };
}

test('the saved form appears only when the document takes its time', () => {
  const { node, place, note } = made();
  place.wait();
  expect([node.dataset.synclineState, place.saved.hidden]).toEqual(['waiting', true]);
  vi.advanceTimersByTime(500);
  expect([node.dataset.synclineState, place.saved.hidden]).toEqual(['saved', false]);
  expect(note()).toBe('Connecting…');
});

test('a live view takes the place of the saved form', () => {
  const { node, place, note } = made();
  const view = document.createElement('div');
  place.wait();
  place.show(view, '/page');
  vi.advanceTimersByTime(500);
  expect([node.dataset.synclineState, place.saved.hidden, note()]).toEqual(['live', true, '']);
  expect(view.parentNode).toBe(node);
  expect(node.querySelector('a')).toMatchObject({ hidden: false, title: 'Open as a page' });
});

test('without a document the saved form is shown and marked', () => {
  const { node, place, note } = made();
  place.without('No kernel.');
  expect([node.dataset.synclineState, place.saved.hidden]).toEqual(['saved', false]);
  expect(note()).toBe('No kernel. This is the saved output.');
});

test('a view whose document is lost is frozen, with its last values', () => {
  const { node, place, note } = made();
  const view = document.createElement('div');
  place.show(view, null);
  place.without('The kernel is gone.');
  expect([node.dataset.synclineState, view.inert, place.saved.hidden]).toEqual([
    'frozen',
    true,
    true,
  ]);
  expect(note()).toBe('The kernel is gone. These are the last values.');
  place.show(view, null);
  expect([node.dataset.synclineState, view.inert]).toEqual(['live', false]);
});

test('the successor of a view replaces it', () => {
  const { node, place } = made();
  const [first, second] = [document.createElement('div'), document.createElement('div')];
  place.show(first, null);
  place.show(second, null);
  expect([first.isConnected, first.parentNode, second.parentNode]).toEqual([false, null, node]);
});
