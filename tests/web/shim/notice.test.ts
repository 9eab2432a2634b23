// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { watch } from '../../../labextension/src/shim/notice';
import { Living } from '../view/living';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function shown() {
  const root = document.createElement('div');
  document.body.append(root);
  const living = new Living({ a: { type: 'my/a@1', props: {} } });
  const arrived = vi.fn();
  const dispose = watch(root, living.document, arrived);
  const notice = root.previousSibling as HTMLElement;
  return { root, living, arrived, notice, dispose };
}

test('a root is hidden until its document is there', () => {
  const { root, living, arrived, notice } = shown();
  expect([root.hidden, root.dataset.synclineState]).toEqual([true, 'waiting']);
  living.start();
  expect([root.hidden, root.dataset.synclineState]).toEqual([false, 'live']);
  expect([arrived.mock.calls.length, notice.textContent]).toEqual([1, '']);
});

test('a kernel that says nothing is spoken of after a while, until it is back', () => {
  const { root, living, notice } = shown();
  living.start();
  living.transport.close(1006);
  expect([root.dataset.synclineState, notice.textContent]).toEqual(['reconnecting', '']);
  vi.advanceTimersByTime(3000);
  expect(notice.textContent).toContain('does not answer');
  expect(root.inert).toBe(false);
  living.start();
  expect([root.dataset.synclineState, notice.textContent]).toEqual(['live', '']);
});

test('a document that the kernel does not have is frozen, and says what was not sent', () => {
  const { root, living, notice } = shown();
  living.start();
  living.document.title = 'Unsent';
  living.transport.close(4404);
  expect([root.dataset.synclineState, root.inert]).toEqual(['frozen', true]);
  expect(notice.textContent).toContain('run the cell again. 1 change was not sent.');
});

test('it is taken away with the view', () => {
  const { root, notice, dispose } = shown();
  dispose();
  vi.advanceTimersByTime(5000);
  expect([notice.isConnected, notice.textContent, root.isConnected]).toEqual([false, '', true]);
});
