import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IConsoleTracker } from '@jupyterlab/console';
import { addRenderer } from './outputs';

/** Live documents in the outputs of consoles. */
export const consoles: JupyterFrontEndPlugin<void> = {
  id: 'syncline-lab:consoles',
  description: 'Shows live Syncline documents in consoles.',
  autoStart: true,
  optional: [IConsoleTracker],
  activate: (app, tracker: IConsoleTracker | null) => {
    tracker?.widgetAdded.connect((_, { console, sessionContext }) => {
      const settings = app.serviceManager.serverSettings;
      const { rendermime } = console;
      addRenderer({ context: sessionContext, settings, savedAt: () => null, rendermime });
    });
  },
};
