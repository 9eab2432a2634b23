import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IToolbarWidgetRegistry } from '@jupyterlab/apputils';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { CommandToolbarButton } from '@jupyterlab/ui-components';
import { COMMANDS } from '../targets';

/** A button of notebooks that show documents; where it stands is said by `schema/commands.json`. */
export const toolbar: JupyterFrontEndPlugin<void> = {
  id: 'syncline-lab:toolbar',
  description: 'Adds a button to the toolbar of notebooks that show live documents.',
  autoStart: true,
  optional: [IToolbarWidgetRegistry],
  activate: ({ commands }, registry: IToolbarWidgetRegistry | null) => {
    // Not the item of a schema alone: that would be about whichever notebook is the current one.
    registry?.addFactory<NotebookPanel>('Notebook', 'syncline-open-panel', ({ id: tab }) => {
      const button = { commands, id: COMMANDS.openPanel, args: { tab }, label: '' };
      return new CommandToolbarButton(button);
    });
  },
};
