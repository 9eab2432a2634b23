// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { reach } from '../../../labextension/src/shim/attachment';
import { FakeModel } from './host';

let doc = 0;

/** Two views of one document, each of a widget of its own. */
function views() {
  const name = `doc-${++doc}`;
  const models = [new FakeModel(), new FakeModel()] as const;
  const [first, second] = models;
  return { first, second, one: reach(first, name), other: reach(second, name), name };
}

const opened = (model: FakeModel) => model.with('open').length;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('a document of several widgets is one, and goes by the first', async () => {
  const { first, second, one, other, name } = views();
  await vi.advanceTimersByTimeAsync(400);
  expect(one.document).toBe(other.document);
  expect([opened(first), opened(second)]).toEqual([1, 0]);
  expect(first.with('open')[0]?.open).toEqual({ protocol: 1, doc: name, client: null });
});

test('when the first goes the next takes over, and the last one says that it leaves', async () => {
  const { first, second, one, other } = views();
  await vi.advanceTimersByTimeAsync(400);
  one.close();
  one.close();
  await vi.advanceTimersByTimeAsync(400);
  expect([first.with('close').length, opened(second)]).toEqual([1, 1]);
  other.close();
  expect([second.with('close').length, first.heard, second.heard]).toEqual([1, 0, 0]);
});

test('what the kernel ends for a while is opened again, what it does not know is not', async () => {
  const { first, one } = views();
  await vi.advanceTimersByTimeAsync(400);
  const id = () => first.with('open').at(-1)?.comm;
  first.hear({ comm: id(), close: { code: 4408, text: '' } });
  await vi.advanceTimersByTimeAsync(1000);
  expect(opened(first)).toBe(2);
  first.hear({ comm: id(), close: { code: 4404, text: '' } });
  await vi.advanceTimersByTimeAsync(100_000);
  expect([opened(first), one.document.status]).toEqual([2, 'offline']);
});

test('a widget that has lost its kernel is asked again', async () => {
  const { first } = views();
  await vi.advanceTimersByTimeAsync(400);
  first.emit('comm_live_update');
  await vi.advanceTimersByTimeAsync(1000);
  expect(opened(first)).toBe(2);
});

test('a page that goes tells the kernel', async () => {
  const { first } = views();
  await vi.advanceTimersByTimeAsync(400);
  dispatchEvent(new Event('pagehide'));
  expect(first.with('close').length).toBe(1);
});
