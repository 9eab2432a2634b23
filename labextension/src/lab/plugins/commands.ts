import { ILabShell, ILayoutRestorer, type JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { addCommands, type Options } from '../commands';
import { nameOf } from '../panel';
import { Panels } from '../panels';
import { COMMANDS } from '../targets';
import { IWords, type Words } from './translation';

const ID = 'syncline-lab:commands';

/** What can be done with documents, in menus, the command palette and panels. */
export const commands: JupyterFrontEndPlugin<void> = {
  id: ID,
  description: 'Opens live documents in panels and as pages, and shares links to them.',
  autoStart: true,
  requires: [IWords],
  optional: [ICommandPalette, ILabShell, ILayoutRestorer, ISettingRegistry],
  activate: (
    app,
    _: Words,
    palette: ICommandPalette | null,
    labShell: ILabShell | null,
    restorer: ILayoutRestorer | null,
    registry: ISettingRegistry | null,
  ) => {
    const panels = new Panels(app, labShell);
    addCommands(app, panels, optionsOf(registry));
    for (const command of Object.values(COMMANDS))
      palette?.addItem({ command, category: 'Syncline' });
    void restorer?.restore(panels.tracker, {
      command: COMMANDS.openPanel,
      args: ({ named: { kernel, doc } }) => ({ kernel, doc }),
      name: ({ named }) => nameOf(named),
      when: app.serviceManager.ready,
    });
  },
};

function optionsOf(registry: ISettingRegistry | null): Options {
  const options: Options = { linkHours: 24 };
  void registry?.load(ID).then((settings) => {
    const read = (): void => {
      options.linkHours = settings.get('linkHours').composite as number;
    };
    settings.changed.connect(read);
    read();
  });
  return options;
}
