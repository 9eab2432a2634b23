import { guardDefinitions } from './define';
import { elements } from './elements/index';
import type { ElementFacts } from './facts';

const ready = new Map<string, ElementFacts>();
const loading = new Map<string, Promise<ElementFacts>>();

/** The facts of a type whose element can be made at once. */
export function loadedFacts(type: string): ElementFacts | undefined {
  return ready.get(type);
}

/** Tell whether a model type is shown by a custom element. */
export function isElement(type: string): boolean {
  return Object.hasOwn(elements, type);
}

/** Fetch an element's code once; a failed download is tried again by the next view. */
export function loadFacts(type: string): Promise<ElementFacts> {
  let promise = loading.get(type);
  if (!promise) {
    promise = fetchFacts(type);
    loading.set(type, promise);
    promise.catch(() => loading.delete(type));
  }
  return promise;
}

async function fetchFacts(type: string): Promise<ElementFacts> {
  const load = elements[type];
  if (!load) throw new RangeError(`no element shows ${type}`);
  guardDefinitions();
  const { facts } = await load();
  ready.set(type, facts);
  return facts;
}
