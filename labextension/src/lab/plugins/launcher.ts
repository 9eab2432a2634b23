import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { ILauncher } from '@jupyterlab/launcher';
import { ITranslator } from '@jupyterlab/translation';
import { reported } from '../dialogs';
import { icon, picture } from '../icon';
import { pythonSpec, writeNotebook } from '../template';
import { IWords, type Words } from './translation';

const NEW = 'syncline:new-notebook';

/** A notebook to begin with, in the launcher, the File menu and the command palette. */
export const launcher: JupyterFrontEndPlugin<void> = {
  id: 'syncline-lab:launcher',
  description: 'Creates notebooks that show a live document.',
  autoStart: true,
  requires: [IWords],
  optional: [ILauncher, ICommandPalette, ITranslator],
  activate: (
    app,
    words: Words,
    tiles: ILauncher | null,
    palette: ICommandPalette | null,
    translator: ITranslator | null,
  ) => {
    // JupyterLab's own section, which has its name in the user's language, too.
    const category = translator?.load('jupyterlab').__('Notebook') ?? 'Notebook';
    addCommand(app, words);
    tiles?.add({
      command: NEW,
      args: { isLauncher: true },
      category,
      rank: 100,
      kernelIconUrl: picture,
    });
    palette?.addItem({ command: NEW, category: 'Syncline' });
  },
};

function addCommand({ commands, serviceManager }: JupyterFrontEnd, words: Words): void {
  const { contents, kernelspecs } = serviceManager;
  const spec = () => pythonSpec(kernelspecs.specs);
  const open = async (folder: string) => {
    const found = spec();
    if (!found) return undefined;
    return commands.execute('docmanager:open', {
      path: await writeNotebook(contents, folder, found),
    });
  };
  commands.addCommand(NEW, {
    label: ({ isLauncher }) => (isLauncher ? words.liveDocument() : words.newNotebook()),
    caption: words.newNotebookHint,
    icon,
    describedBy: {
      args: {
        type: 'object',
        properties: { cwd: { type: 'string', description: 'The folder to write it into' } },
      },
    },
    isEnabled: () => spec() !== null,
    execute: ({ cwd }) => reported(() => open(String(cwd ?? ''))),
  });
  kernelspecs.specsChanged.connect(() => commands.notifyCommandChanged(NEW));
}
