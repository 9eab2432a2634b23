/** In place of `model/late.ts`: the engine's second half comes when the world says so. */
import { Missing } from '../../../labextension/src/core/late';
import { late } from '../../../labextension/src/sync/late';
import { second } from '../../../labextension/src/sync/second';

// Binary data is understood from the start, as every document of the fuzz has some.
const first = new Proxy(second, {
  get: (all, name) => {
    if (name === 'split') return all.split;
    throw new Missing();
  },
});
const waiting: (() => void)[] = [];
let there = true;

/** Let it come, or take it away. */
export function turn(on: boolean): void {
  there = on;
  late.install(on ? second : first);
}

/** Whether it is there. */
export function isThere(): boolean {
  return there;
}

/** What began to wait since the last call. */
export function waits(): (() => void)[] {
  return waiting.splice(0);
}

/** As the page's; nothing here runs later by itself. */
export function load(): PromiseLike<void> {
  // biome-ignore lint/suspicious/noThenProperty: a promise would wait for a loop that never turns
  return { then: (fn: () => void) => void waiting.push(fn) } as unknown as PromiseLike<void>;
}

export function prefetch(): void {}
