import { Signal } from '@lumino/signaling';

/** A document of a running kernel. */
export interface Named {
  readonly kernel: string;
  readonly doc: string;
}

/** One that an output of this page shows live. */
export interface Displayed extends Named {
  readonly title: string;
  /** Names its place in a notebook, the same for what stands there when its cell has run again. */
  readonly spot?: string | null;
}

const all = new Map<Element, Displayed>();

/** Emitted when the documents that this page shows have changed. */
export const displayedChanged = new Signal<object, void>({});

/** Note what a node shows; null when it is no longer live. */
export function display(node: Element, what: Displayed | null): void {
  if (JSON.stringify(all.get(node) ?? null) === JSON.stringify(what)) return;
  if (what) all.set(node, what);
  else all.delete(node);
  displayedChanged.emit();
}

/** What the outputs in a node show, that node or one inside it. */
export function displayedIn(root: Element): Displayed[] {
  return distinct([...all].filter(([node]) => root.contains(node)));
}

/** What the outputs of this page show of a kernel. */
export function displayedBy(kernel: string): Displayed[] {
  return distinct([...all].filter(([, each]) => each.kernel === kernel));
}

/** The spots at which a document is shown. */
export function spotsOf({ kernel, doc }: Named): string[] {
  const here = [...all.values()].filter((each) => each.kernel === kernel && each.doc === doc);
  return here.flatMap(({ spot }) => spot ?? []);
}

/** What is shown at a spot. */
export function shownAt(spot: string): Displayed | undefined {
  return [...all.values()].find((each) => each.spot === spot);
}

/** From top to bottom, each document once. */
function distinct(entries: [Element, Displayed][]): Displayed[] {
  const found = new Map<string, Displayed>();
  for (const [, each] of entries.sort(inOrder)) {
    const key = `${each.kernel}/${each.doc}`;
    if (!found.has(key)) found.set(key, each);
  }
  return [...found.values()];
}

function inOrder([a]: [Element, Displayed], [b]: [Element, Displayed]): number {
  return a.compareDocumentPosition(b) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1;
}
