// @vitest-environment jsdom
import { afterEach, expect, test, vi } from 'vitest';
import { Tab } from '../../../labextension/src/transports/tab';

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  sessionStorage.clear();
});

/** Come to the page as a browser says one does. */
function arrive(type: string): void {
  vi.spyOn(performance, 'getEntriesByType').mockReturnValue([{ type }] as never);
}

/** Pages of this test that have gone answer nothing any more. */
class Silent {
  addEventListener(): void {}
  postMessage(): void {}
}

test('nothing left is known at once', () => {
  expect(new Tab().take('a')).toBeNull();
});

test('what a page leaves is there for the next one, and for the one after that', async () => {
  arrive('reload');
  new Tab().leave('a', { v: 1 });
  expect(await new Tab().take('a')).toEqual({ v: 1 });
  expect(await new Tab().take('a')).toEqual({ v: 1 });
  expect(new Tab().take('b')).toBeNull();
});

test('null takes it away', () => {
  const tab = new Tab();
  tab.leave('a', { v: 1 });
  expect(tab.leave('a', null)).toBe(true);
  expect(sessionStorage.length).toBe(0);
});

test('a duplicated tab takes nothing from the one it is a copy of', async () => {
  arrive('back_forward');
  new Tab().leave('a', { v: 1 });
  expect(await new Tab().take('a')).toBeNull();
  expect(sessionStorage.length).toBe(0);
});

test("where nobody says that it is theirs it is the tab's own", async () => {
  arrive('navigate');
  vi.stubGlobal('BroadcastChannel', Silent);
  new Tab().leave('a', { v: 1 });
  vi.unstubAllGlobals();
  expect(await new Tab().take('a')).toEqual({ v: 1 });
});

test('pages at other addresses have names of their own', async () => {
  arrive('reload');
  new Tab().leave('a', { v: 1 });
  history.pushState(null, '', '/other');
  expect(new Tab().take('a')).toBeNull();
  history.back();
});

test('a storage that is full, or that is not there, says so', () => {
  const set = vi.spyOn(Storage.prototype, 'setItem');
  set.mockImplementation(() => {
    throw new DOMException('full', 'QuotaExceededError');
  });
  const tab = new Tab();
  expect(tab.leave('a', { v: 1 })).toBe(false);
  vi.stubGlobal('sessionStorage', undefined);
  Object.defineProperty(globalThis, 'sessionStorage', {
    configurable: true,
    get: () => {
      throw new DOMException('no', 'SecurityError');
    },
  });
  expect([tab.take('a'), tab.leave('a', null), tab.leave('a', {})]).toEqual([null, true, false]);
});
