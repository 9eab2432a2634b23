import { VERSION } from '../sync/version';

const EXTENSION = 'syncline-lab';

let told = false;

/** Say above a view, once in a page, that a JupyterLab or Notebook 7 shows widgets as it lacks our extension. */
export function sayAbsence(root: HTMLElement): void {
  const { appName, federated_extensions: extensions } = config();
  if (told || !appName || !Array.isArray(extensions)) return;
  if (extensions.some(({ name }) => name === EXTENSION)) return;
  told = true;
  const note = document.createElement('div');
  note.className = 'syncline-absence';
  note.textContent = `This ${appName} has no Syncline, the kernel has ${VERSION}: widgets show its outputs.`;
  root.append(note);
}

function config(): { appName?: string; federated_extensions?: { name?: string }[] } {
  try {
    return JSON.parse(document.getElementById('jupyter-config-data')?.textContent ?? '{}');
  } catch {
    return {};
  }
}
