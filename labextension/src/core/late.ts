import type { second } from './second';

/** What came needs code that is not there yet: fetch it, then begin again. */
export class Missing extends Error {
  constructor() {
    super('not loaded yet');
  }
}

/** The half of a room that a page loads when it is live already (docs/front-end-size.md). */
export class Late<T> {
  #code: T | undefined;

  /** It is there from now on. */
  install(code: T): void {
    this.#code = code;
  }

  /** What it has; throws `Missing`. Asked for before anything is changed. */
  get(): T {
    if (!this.#code) throw new Missing();
    return this.#code;
  }
}

/** What only large data needs. */
export const late = new Late<typeof second>();
