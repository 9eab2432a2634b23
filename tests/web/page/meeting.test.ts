// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { meet } from '../../../labextension/src/page/meeting';
import { Tab } from '../../../labextension/src/transports/tab';

beforeEach(() => {
  vi.spyOn(performance, 'getEntriesByType').mockReturnValue([{ type: 'reload' }] as never);
});

afterEach(() => {
  vi.restoreAllMocks();
  sessionStorage.clear();
});

/** What another page of the same app says, and when everybody has heard it. */
async function say(place: string): Promise<void> {
  const name = `syncline-place ${location.pathname}`;
  const [speaker, listener] = [new BroadcastChannel(name), new BroadcastChannel(name)];
  const heard = new Promise((resolve) => listener.addEventListener('message', resolve));
  speaker.postMessage(place);
  await heard;
}

test('a page that hears of another place loads again, and then is where the cookie leads', async () => {
  const [first, again] = [vi.fn(), vi.fn()];
  await meet('mine', new Tab(), first);
  await say('theirs');
  expect(first).toHaveBeenCalledOnce();
  await meet('theirs', new Tab(), again);
  await say('theirs');
  expect(again).not.toHaveBeenCalled();
  // A third page came after those two.
  await say('last');
  expect(again).toHaveBeenCalledOnce();
});

test('a page tells where it is', async () => {
  const reload = vi.fn();
  await meet('mine', new Tab(), reload);
  await meet('last', new Tab(), vi.fn());
  await vi.waitFor(() => expect(reload).toHaveBeenCalled());
});

test('where no cookie is kept a page does not load again and again', async () => {
  const [first, again] = [vi.fn(), vi.fn()];
  await meet('one', new Tab(), first);
  await say('two');
  await meet('three', new Tab(), again);
  await say('four');
  expect(again).not.toHaveBeenCalled();
});

test('where nothing can be kept a page stays', async () => {
  vi.spyOn(Storage.prototype, 'setItem').mockImplementation(() => {
    throw new DOMException('no', 'SecurityError');
  });
  const reload = vi.fn();
  await meet('mine', new Tab(), reload);
  await say('theirs');
  expect(reload).not.toHaveBeenCalled();
});

test('pages of other apps are none of its business', async () => {
  const reload = vi.fn();
  await meet('mine', new Tab(), reload);
  history.pushState(null, '', '/other');
  await say('theirs');
  history.back();
  expect(reload).not.toHaveBeenCalled();
});
