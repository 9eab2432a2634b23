const roots = new WeakSet<EventTarget>();

/**
 * Keep JupyterLab's shortcuts away from a focused control of ours.
 *
 * Lab asks the event's target, so the mark has to be on the element itself, and only while a plain
 * key is on its way: a permanent mark would also swallow Ctrl+S. Stopping the event instead would
 * break elements that listen on the document.
 */
export function keepShortcutsAway(root: HTMLElement): void {
  roots.add(root);
  // Of the window: Notebook 7 listens on the document before the event comes down to any node of ours.
  addEventListener('keydown', mark, true);
}

function mark(event: KeyboardEvent): void {
  if (!event.composedPath().some((node) => roots.has(node))) return;
  const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
  (event.target as Element).toggleAttribute('data-lm-suppress-shortcuts', plain);
}
