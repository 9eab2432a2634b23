// Milliseconds.
const AGAIN = 5_000;
const IDLE = 200;
const SOON = 2_000;

let loading: Promise<void> | undefined;
let again = (): void => {};

/** Fetch the engine's second half; where that fails it is tried again, and at the next call, until it is there. */
export function load(): Promise<void> {
  again();
  loading ??= fetched();
  return loading;
}

/** The same when the page is idle: a server that comes back as another version has this page's files no more. */
export function prefetch(): void {
  // Some browsers do not tell when they are idle.
  if (typeof requestIdleCallback === 'function')
    requestIdleCallback(() => load(), { timeout: SOON });
  else setTimeout(load, IDLE);
}

async function fetched(): Promise<void> {
  try {
    await import('../sync/second');
  } catch (error) {
    console.error('Syncline: code could not be fetched', error);
    await new Promise<void>((resolve) => {
      again = resolve;
      setTimeout(resolve, AGAIN);
    });
    await fetched();
  }
}
