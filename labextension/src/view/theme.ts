import type { Dispose } from './view';

/** Call `changed` when the page turns light or dark, by the system, by JupyterLab or by VS Code. */
export function onTheme(changed: () => void): Dispose {
  const media = matchMedia('(prefers-color-scheme: dark)');
  const watcher = new MutationObserver(changed);
  media.addEventListener('change', changed);
  watcher.observe(document.body, {
    attributeFilter: ['data-jp-theme-light', 'data-jp-theme-name', 'data-vscode-theme-kind'],
  });
  return () => {
    media.removeEventListener('change', changed);
    watcher.disconnect();
  };
}
