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
  const body = root.appendChild(document.createElement('div'));
  body.className = 'syncline-body';
  const living = new Living({ a: { type: 'my/a@1', props: {} } });
  const arrived = vi.fn();
  const dispose = watch(root, living.document, arrived);
  const notice = root.firstChild as HTMLElement;
  return { root, body, living, arrived, notice, dispose };
}

test('a root waits until its document is there', () => {
  const { root, living, arrived, notice } = shown();
  expect([root.dataset.synclineState, arrived.mock.calls.length]).toEqual(['waiting', 0]);
  living.start();
  expect(root.dataset.synclineState).toBe('live');
  expect([arrived.mock.calls.length, notice.textContent]).toEqual([1, '']);
});

test('a kernel that says nothing is spoken of after a while, until it is back', () => {
  const { root, body, living, notice } = shown();
  living.start();
  living.transport.close(1006);
  expect([root.dataset.synclineState, notice.textContent]).toEqual(['reconnecting', '']);
  vi.advanceTimersByTime(3000);
  expect(notice.textContent).toContain('does not answer');
  expect(body.inert).toBe(false);
  living.start();
  expect([root.dataset.synclineState, notice.textContent]).toEqual(['live', '']);
});

test('a document that the kernel does not have is frozen, and says what was not sent', () => {
  const { root, body, living, notice } = shown();
  living.start();
  living.document.title = 'Unsent';
  living.transport.close(4404);
  expect([root.dataset.synclineState, body.inert]).toEqual(['frozen', true]);
  expect(notice.textContent).toContain('run the cell again. 1 change was not sent.');
});

test('it is taken away with the view', () => {
  const { root, body, notice, dispose } = shown();
  dispose();
  vi.advanceTimersByTime(5000);
  expect([...root.children]).toEqual([body]);
  expect(notice.textContent).toBe('');
});
