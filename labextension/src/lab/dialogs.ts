import { Clipboard, Dialog, InputDialog, showDialog, showErrorMessage } from '@jupyterlab/apputils';
import { words } from './words';

/** Do what may fail; tell the user when it does. */
export async function reported<Result>(fn: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await fn();
  } catch (error) {
    await showErrorMessage(words.failed(), error as Error);
    return undefined;
  }
}

/** Ask before something ends that cannot be had back. */
export async function sure(title: string, body: string): Promise<boolean> {
  const buttons = [Dialog.cancelButton(), Dialog.warnButton({ label: words.close() })];
  return (await showDialog({ title, body, buttons })).button.accept;
}

/** Ask for one of several names; -1 for none. */
export async function chooseOf(names: readonly string[]): Promise<number> {
  const items = names.map((name, i) => `${i + 1}. ${name}`);
  const title = words.whichDocument();
  const { value } = await InputDialog.getItem({ title, items, okLabel: words.openIt() });
  return items.indexOf(value ?? '');
}

/** Put a text into the clipboard; where the browser refuses that, show it to be copied. */
export async function copy(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Only secure origins have that; the older way works only soon after a click.
    Clipboard.copyToSystem(text);
    await InputDialog.getText({ title: words.linkToCopy(), text });
  }
}
