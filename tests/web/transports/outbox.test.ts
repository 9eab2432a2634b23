// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Outbox } from '../../../labextension/src/transports/outbox';
import { Tab } from '../../../labextension/src/transports/tab';
import { Living } from '../view/living';

beforeEach(() => void vi.useFakeTimers());

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
  sessionStorage.clear();
});

const kept = () => sessionStorage.length > 0;
let outbox: Outbox | undefined;

afterEach(() => outbox?.end());

/** A live document with its outbox. */
function living(): Living {
  const made = new Living({ a: { type: 'ui/Slider@1', props: { value: 1 } } });
  outbox = new Outbox(made.document, 'app/ws', new Tab());
  return made.start();
}

function hide(hidden: boolean): void {
  vi.spyOn(document, 'hidden', 'get').mockReturnValue(hidden);
  document.dispatchEvent(new Event('visibilitychange'));
}

test('a live page keeps nothing, also while an answer is waited for', () => {
  const { document } = living();
  document.model('a')?.set('value', 2);
  vi.advanceTimersByTime(1000);
  expect([document.pending, kept()]).toEqual([1, false]);
});

test('a drag in a live page touches nothing that is kept', () => {
  const page = living();
  const touched = vi.spyOn(Storage.prototype, 'removeItem');
  for (const value of [2, 3, 4]) {
    page.model('a').set('value', value);
    page.edits();
  }
  expect(touched).not.toHaveBeenCalled();
});

test('a page that is left keeps what is not acknowledged; one that comes back from there, nothing', () => {
  const { document } = living();
  dispatchEvent(new Event('pagehide'));
  expect(kept()).toBe(false);
  document.model('a')?.set('value', 2);
  dispatchEvent(new Event('pagehide'));
  expect(kept()).toBe(true);
  dispatchEvent(new Event('pageshow'));
  expect(kept()).toBe(false);
});

test('offline each edit is kept, a moment later; live again, none', () => {
  const page = living();
  page.transport.close(1006);
  page.model('a').set('value', 2);
  expect(kept()).toBe(false);
  vi.advanceTimersByTime(250);
  expect(kept()).toBe(true);
  page.start();
  expect(kept()).toBe(false);
});

test('a hidden page keeps what there is, as it may be ended without a word', () => {
  const page = living();
  page.model('a').set('value', 2);
  hide(true);
  expect(kept()).toBe(true);
  page.edits();
  expect(kept()).toBe(false);
  page.model('a').set('value', 3);
  expect(kept()).toBe(true);
  hide(false);
  expect(kept()).toBe(false);
});

/** Whether the browser asks when the page is left. */
function leave(): boolean {
  const event = new Event('beforeunload', { cancelable: true });
  dispatchEvent(event);
  return event.defaultPrevented;
}

test('only where nothing can be kept the browser asks before it leaves', () => {
  const { document } = living();
  vi.spyOn(Storage.prototype, 'setItem').mockImplementation(() => {
    throw new DOMException('full', 'QuotaExceededError');
  });
  expect(leave()).toBe(false);
  document.model('a')?.set('value', 2);
  expect(leave()).toBe(true);
});

test('a password that was typed is not kept, and the browser asks before it is lost', () => {
  const made = new Living({ p: { type: 'ui/PasswordInput@1', props: { value: '' } } });
  outbox = new Outbox(made.document, 'app/ws', new Tab());
  const page = made.start();
  page.transport.close(1006);
  page.model('p').set('value', 'hunter2');
  vi.advanceTimersByTime(250);
  expect(JSON.stringify({ ...sessionStorage })).not.toContain('hunter2');
  expect(leave()).toBe(true);
});

test('the next page takes the edits up', async () => {
  vi.spyOn(performance, 'getEntriesByType').mockReturnValue([{ type: 'reload' }] as never);
  const page = living();
  expect(outbox?.restore()).toBeNull();
  page.model('a').set('value', 2);
  dispatchEvent(new Event('pagehide'));
  const next = new Living({ a: { type: 'ui/Slider@1', props: { value: 1 } } });
  const taking = new Outbox(next.document, 'app/ws', new Tab());
  await taking.restore();
  expect(next.document.pending).toBe(1);
  taking.end();
});

test('what cannot be read is reported, and the page goes on', async () => {
  const error = vi.spyOn(console, 'error').mockReturnValue();
  vi.spyOn(performance, 'getEntriesByType').mockReturnValue([{ type: 'reload' }] as never);
  new Tab().leave('app/ws', { edits: 3 });
  const { document } = living();
  new Tab().leave('app/ws', { edits: 3 });
  await outbox?.restore();
  expect([document.pending, error.mock.calls.length]).toEqual([0, 1]);
});

test('an outbox that has ended keeps nothing more', () => {
  const { document } = living();
  document.model('a')?.set('value', 2);
  outbox?.end();
  dispatchEvent(new Event('pagehide'));
  hide(true);
  document.model('a')?.set('value', 3);
  expect(kept()).toBe(false);
});
