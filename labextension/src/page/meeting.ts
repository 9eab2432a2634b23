import type { Tab } from '../transports/tab';

const FOLLOWED = 'place';

/**
 * Bring the pages together that a browser opened at once.
 *
 * Before it had a cookie each of them has begun a session; the last one's cookie stays. A page that hears of one
 * in another place loads again, with that cookie. Where that leads elsewhere still, no cookie is kept here, and
 * the page stays what it is.
 */
export async function meet(place: string, tab: Tab, reload: () => void): Promise<void> {
  const channel = new BroadcastChannel(`syncline-place ${location.pathname}`);
  const followed = await tab.take(FOLLOWED);
  if (followed === place) tab.leave(FOLLOWED, null);
  const mayFollow = followed === null || followed === place;
  channel.addEventListener('message', ({ data }) => {
    if (mayFollow && data !== place && tab.leave(FOLLOWED, data)) reload();
  });
  channel.postMessage(place);
}
