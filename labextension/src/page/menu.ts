import type { Document as Model } from '../model/document';

/** What the menu of a page needs to end the page's session. */
export interface Ending {
  readonly document: Model;
  /** Where to ask for it, and what grants it. */
  readonly url: string;
  token(): string | null;
  /** The session has ended. */
  ended(): void;
}

const QUESTION = 'Start over?';
const WARNING = 'All that was done in this session is gone then, in every window that shows it.';
const FAILED = 'The server could not be reached. Nothing has changed.';

/** The page's menu: how its session is ended, and where whoever looks at it logs out; null leaves it out. */
export function showMenu(ending: Ending | null, logout: string | null): void {
  const nav = make('nav', 'syncline-menu syncline-root', '');
  const open = make('button', 'syncline-menu-open', '⋮');
  const list = make('div', 'syncline-menu-list', '');
  nav.ariaLabel = 'Page';
  open.ariaLabel = 'Menu of this page';
  list.popover = 'auto';
  open.popoverTargetElement = list;
  nav.append(open, list);
  if (ending) addEnding(ending, nav, list);
  if (logout !== null) {
    const link = make('a', '', 'Log out…');
    link.href = logout;
    list.append(link);
  }
  document.body.append(nav);
}

/** A way to begin with a new session, with a question where there is something to lose. */
function addEnding(ending: Ending, nav: HTMLElement, list: HTMLElement): void {
  const item = make('button', '', 'Start over…');
  const dialog = question(ending);
  item.addEventListener('click', () => {
    list.hidePopover();
    const { replica, pending } = ending.document;
    if (replica.rev || pending) dialog.showModal();
    else void startOver(ending);
  });
  list.append(item);
  nav.append(dialog);
}

function question(ending: Ending): HTMLDialogElement {
  const dialog = make('dialog', 'syncline-dialog', '');
  const title = make('h2', '', QUESTION);
  const text = make('p', '', WARNING);
  const cancel = make('button', '', 'Cancel');
  const go = make('button', 'syncline-danger', 'Start over');
  title.id = 'syncline-start-over';
  dialog.setAttribute('aria-labelledby', title.id);
  text.setAttribute('role', 'status');
  cancel.autofocus = true;
  cancel.addEventListener('click', () => dialog.close());
  dialog.addEventListener('close', () => {
    text.textContent = WARNING;
  });
  go.addEventListener('click', async () => {
    if (!(await startOver(ending))) text.textContent = FAILED;
  });
  const buttons = make('div', 'syncline-dialog-buttons', '');
  buttons.append(cancel, go);
  dialog.append(title, text, buttons);
  return dialog;
}

/** End the session; false where the server could not be asked. */
async function startOver({ url, token, ended }: Ending): Promise<boolean> {
  try {
    const headers = { 'X-Syncline-Token': token() ?? '' };
    const { status } = await fetch(url, { method: 'POST', headers });
    // A token that is refused is one of a session that is over already.
    if (status !== 204 && status !== 403) return false;
  } catch {
    return false;
  }
  ended();
  return true;
}

function make<K extends keyof HTMLElementTagNameMap>(
  name: K,
  className: string,
  text: string,
): HTMLElementTagNameMap[K] {
  const element = document.createElement(name);
  element.className = className;
  element.textContent = text;
  if (element instanceof HTMLButtonElement) element.type = 'button';
  return element;
}
