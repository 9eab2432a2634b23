// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Place } from '../../../labextension/src/lab/place';
import { VERSION } from '../../../labextension/src/sync/version';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function shown(pending = 0) {
  return { node: document.createElement('div'), pending };
}

function made() {
  const node = document.createElement('div');
  const place = new Place(node);
  place.saved.textContent = 'as saved';
  const note = () => node.querySelector('.syncline-note')?.textContent;
  return { node, place, note };
}

test('the saved form appears only when the document takes its time', () => {
  const { node, place, note } = made();
  place.tell('connecting');
  expect([node.dataset.synclineState, place.saved.hidden]).toEqual(['waiting', true]);
  vi.advanceTimersByTime(500);
  expect([node.dataset.synclineState, place.saved.hidden]).toEqual(['saved', false]);
  expect(note()).toBe('Connecting… This is the saved output.');
});

test('a saved form that waits for its kernel says when it was saved; a panel has none', () => {
  const savedAt = new Date(2020, 4, 17, 9, 5);
  const [output, panel] = [document.createElement('div'), document.createElement('div')];
  const places = [new Place(output, () => savedAt), new Place(panel, null)];
  for (const place of places) place.tell('connecting');
  vi.advanceTimersByTime(500);
  for (const place of places) place.tell('busy');
  const notes = [output, panel].map((node) => node.querySelector('.syncline-note')?.textContent);
  expect(notes).toEqual([
    'The kernel is busy. This is the output as it was saved at May 17, 2020, 09:05.',
    'The kernel is busy.',
  ]);
});

test('a live view takes the place of the saved form', () => {
  const { node, place, note } = made();
  const view = shown();
  place.tell('connecting');
  place.show(view, '/page');
  vi.advanceTimersByTime(500);
  expect([node.dataset.synclineState, place.saved.hidden, note()]).toEqual(['live', true, '']);
  expect(view.node.parentNode).toBe(node);
  expect(node.querySelector('a')).toMatchObject({ hidden: false, title: 'Open as a page' });
});

test('without a document the saved form is shown and marked', () => {
  const { node, place, note } = made();
  place.tell('no-kernel');
  expect([node.dataset.synclineState, place.saved.hidden]).toEqual(['saved', false]);
  expect(note()).toBe('No kernel is connected. This is the saved output.');
});

test('a panel whose document is gone says what its owner says, and can be closed', () => {
  const node = document.createElement('div');
  const owner = { gone: () => 'Gone.', close: vi.fn() };
  const place = new Place(node, null, owner);
  const button = node.querySelector('button') as HTMLButtonElement;
  expect(made().node.querySelector('button')).toBeNull();
  place.show(shown(), null);
  expect(button.hidden).toBe(true);
  for (const situation of ['gone', 'dead', 'no-kernel'] as const) {
    place.tell(situation);
    expect(node.querySelector('.syncline-note')?.textContent).toMatch(/^Gone\. These are the/);
  }
  expect(button.hidden).toBe(false);
  button.click();
  expect(owner.close).toHaveBeenCalledOnce();
  place.tell('restarting');
  expect(node.querySelector('.syncline-note')?.textContent).toMatch(/^The kernel is restarting\./);
  place.show(shown(), null);
  expect(button.hidden).toBe(true);
});

test('a saved form says when it was saved, of another day with its date', () => {
  const node = document.createElement('div');
  new Place(node, () => new Date(2020, 4, 17, 9, 5)).tell('gone');
  expect(node.querySelector('.syncline-note')?.textContent).toContain(
    'This is the output as it was saved at May 17, 2020, 09:05.',
  );
});

test('a view whose document is lost is frozen, with the time of its values and what was not sent', () => {
  const { node, place, note } = made();
  vi.setSystemTime(new Date(2026, 10, 25, 14, 5));
  const view = shown(2);
  place.show(view, null, 'live');
  place.show(view, null, 'reconnecting');
  expect([node.dataset.synclineState, view.node.inert]).toEqual(['reconnecting', false]);
  expect(note()).toBe(
    'Reconnecting… These are the values of 14:05. 2 changes are kept and sent later.',
  );
  vi.setSystemTime(new Date(2026, 10, 25, 14, 9));
  place.tell('gone');
  expect([node.dataset.synclineState, node.dataset.synclineSituation]).toEqual(['frozen', 'gone']);
  expect([view.node.inert, place.saved.hidden]).toEqual([true, true]);
  expect(note()).toBe(
    'The kernel does not have this document any more: run the cell again. ' +
      'These are the values of 14:05. 2 changes were not sent.',
  );
  place.show(view, null);
  expect([node.dataset.synclineState, view.node.inert, note()]).toEqual(['live', false, '']);
});

test('a view behind a running cell may be used, and says what waits', () => {
  const { node, place, note } = made();
  place.show(shown(1), null, 'busy');
  expect(node.dataset.synclineState).toBe('busy');
  expect(note()).toMatch(/^The kernel is busy\. .* 1 change waits for it\.$/);
});

test('the successor of a view replaces it', () => {
  const { node, place } = made();
  const [first, second] = [shown(), shown()];
  place.show(first, null);
  place.show(second, null);
  expect([first.node.isConnected, second.node.parentNode]).toEqual([false, node]);
});

test('what cannot be understood is said with both versions, and what to do', () => {
  const { node, place, note } = made();
  place.version = '7.0.0';
  place.tell('other-version');
  expect(node.dataset.synclineState).toBe('saved');
  expect(note()).toBe(
    `The kernel has Syncline 7.0.0, this JupyterLab has ${VERSION}. They do not understand each ` +
      'other: install the same version in both. This is the saved output.',
  );
  place.version = '';
  place.tell('other-version');
  expect(note()).toContain(
    `The kernel has another Syncline than this JupyterLab, which has ${VERSION}.`,
  );
});

test('what a widget shows instead hides the saved form, and is said with both versions', () => {
  const { node, place, note } = made();
  place.version = '7.0.0';
  place.yield();
  expect([node.dataset.synclineState, place.saved.hidden]).toEqual(['widget', true]);
  expect(note()).toBe(
    `The kernel has Syncline 7.0.0, this JupyterLab has ${VERSION}. ` +
      'A widget of the kernel shows this output.',
  );
});

test('a live view of another version names both where it is opened, and takes no room for it', () => {
  const { node, place, note } = made();
  place.version = '0.0.9';
  place.show(shown(), '/page');
  expect(note()).toBe('');
  const both = `The kernel has Syncline 0.0.9, this JupyterLab has ${VERSION}.`;
  expect(node.querySelector('a')?.title).toBe(`Open as a page. ${both}`);
});
