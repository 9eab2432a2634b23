// An outage is mostly short, and whoever looks at the page is waiting: about ten seconds of quick attempts.
const QUICK = 24;
const SHORT = 500;
const LONG = 30_000;

/**
 * How long to wait before connecting again, in milliseconds, when `failed` attempts have come to nothing.
 *
 * Half of it is left to chance, so that the pages of a server that was away do not come all at once.
 */
export function delay(failed: number): number {
  const jitter = 0.5 + Math.random() / 2;
  if (failed < 1) return (SHORT / 2) * Math.random();
  return jitter * Math.min(SHORT * 2 ** Math.max(0, failed - QUICK), LONG);
}
