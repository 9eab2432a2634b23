import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { pack } from '../../../labextension/src/sync/frames';

const SECOND = '../../../labextension/src/sync/second';

// Each test has an engine of its own, of which the second half is not there yet.
beforeEach(() => {
  vi.useFakeTimers();
  vi.resetModules();
});
afterEach(() => {
  vi.doUnmock(SECOND);
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

async function engine() {
  const { late, Missing } = await import('../../../labextension/src/core/late');
  const { load } = await import('../../../labextension/src/model/late');
  const { Document } = await import('../../../labextension/src/model/document');
  const there = (): boolean => {
    try {
      return !!late.get();
    } catch (error) {
      expect(error).toBeInstanceOf(Missing);
      return false;
    }
  };
  return { document: new Document(), load, there };
}

type Engine = Awaited<ReturnType<typeof engine>>;

/** Give a document its first content, with `n` as it stands on the wire. */
function enliven({ document }: Engine, n: unknown): void {
  const say = (msgtype: string, header: object, content: object): void => {
    const full = { msgid: 's', msgtype, epoch: 'E', client: 'c1', rev: 1, ...header };
    document.link.receive(pack(full, content), 0);
  };
  document.link.open({ send: () => {}, close: () => {} }, 0);
  say('ACK', {}, { protocol: { version: 1, min: 1 }, resume_key: 'k' });
  const models = { a: { type: 'x/X@1', props: { n } } };
  say('PULL-DOC-REPLY', { reqid: 'c-1' }, { doc: { title: '', roots: ['a'], models } });
}

test('a download that fails is tried again, and what waits for it is not lost', async () => {
  const error = vi.spyOn(console, 'error').mockImplementation(() => {});
  vi.doMock(SECOND, () => {
    throw new Error('offline');
  });
  const page = await engine();
  enliven(page, { $: 'cols', gen: 'g', first: 0, cols: { x: [1, 2] } });
  await vi.waitFor(() => expect(error).toHaveBeenCalledOnce());
  vi.doUnmock(SECOND);
  expect([page.there(), page.document.status]).toEqual([false, 'catching-up']);
  await vi.advanceTimersByTimeAsync(5000);
  await page.load();
  expect([page.there(), page.document.status]).toEqual([true, 'live']);
  expect(page.document.model('a')?.get('n')).toMatchObject({ first: 0, end: 2 });
  expect(error).toHaveBeenCalledOnce();
});

test('what needs it when the server is there again does not wait for the next try', async () => {
  const error = vi.spyOn(console, 'error').mockImplementation(() => {});
  vi.doMock(SECOND, () => {
    throw new Error('offline');
  });
  const page = await engine();
  const loading = page.load();
  await vi.waitFor(() => expect(error).toHaveBeenCalledOnce());
  vi.doUnmock(SECOND);
  expect(page.load()).toBe(loading);
  await loading;
  expect(page.there()).toBe(true);
});

test('a page that is live fetches the second half when it is idle', async () => {
  const idle: (() => void)[] = [];
  vi.stubGlobal('requestIdleCallback', (fn: () => void) => idle.push(fn));
  const page = await engine();
  enliven(page, 1);
  expect([page.document.status, page.there(), idle.length]).toEqual(['live', false, 1]);
  for (const fn of idle) fn();
  await page.load();
  expect(page.there()).toBe(true);
});

test('a browser that does not tell when it is idle fetches it soon', async () => {
  vi.stubGlobal('requestIdleCallback', undefined);
  const page = await engine();
  enliven(page, 1);
  expect(page.there()).toBe(false);
  await vi.advanceTimersByTimeAsync(1000);
  await page.load();
  expect(page.there()).toBe(true);
});
