/**
 * Keep JupyterLab's shortcuts away from a focused control of ours.
 *
 * Lab asks the event's target, so the mark has to be on the element itself, and only while a plain
 * key is on its way: a permanent mark would also swallow Ctrl+S. Stopping the event instead would
 * break elements that listen on the document.
 */
export function keepShortcutsAway(root: HTMLElement): void {
  const toggle = (event: KeyboardEvent) => {
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
    (event.target as Element).toggleAttribute('data-lm-suppress-shortcuts', plain);
  };
  root.addEventListener('keydown', toggle, true);
}
