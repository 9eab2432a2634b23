import { install } from '../core/late';

const AGAIN = 5_000;

/** Fetch the code of columns and blocks; where that fails it is tried again, until it is there. */
export async function load(): Promise<void> {
  try {
    install(await import('../core/bulk'));
  } catch (error) {
    console.error('Syncline: code could not be fetched', error);
    await new Promise((resolve) => setTimeout(resolve, AGAIN));
    await load();
  }
}
