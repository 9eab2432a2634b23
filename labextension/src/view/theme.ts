import type { Dispose } from './view';

/** Call `changed` when the page turns light or dark, by the system or by JupyterLab. */
export function onTheme(changed: () => void): Dispose {
  const media = matchMedia('(prefers-color-scheme: dark)');
  const watcher = new MutationObserver(changed);
  media.addEventListener('change', changed);
  watcher.observe(document.body, {
    attributeFilter: ['data-jp-theme-light', 'data-jp-theme-name'],
  });
  return () => {
    media.removeEventListener('change', changed);
    watcher.disconnect();
  };
}
