import type { ILabShell, JupyterFrontEnd } from '@jupyterlab/application';
import { WidgetTracker } from '@jupyterlab/apputils';
import type { Kernel } from '@jupyterlab/services';
import { CommandToolbarButton } from '@jupyterlab/ui-components';
import type { Named } from './displayed';
import { DocumentPanel, idOf } from './panel';
import { COMMANDS } from './targets';
import { words } from './words';

/** The panels with documents. */
export class Panels {
  readonly tracker = new WidgetTracker<DocumentPanel>({ namespace: 'syncline' });

  /** Without JupyterLab's shell the main area has room for one only. */
  constructor(
    private readonly app: JupyterFrontEnd,
    private readonly labShell: ILabShell | null,
  ) {}

  /** Show a document, in the panel that it has already or in a new one; nothing when its kernel is gone. */
  async open(named: Named): Promise<DocumentPanel | undefined> {
    const { shell, serviceManager } = this.app;
    const model = await serviceManager.kernels.findById(named.kernel);
    const id = idOf(named);
    let panel = this.tracker.find((each) => each.id === id);
    if (!panel && model) {
      panel = this.make(named, model);
      shell.add(panel, this.labShell ? 'main' : 'right', { mode: 'split-right' });
      void this.tracker.add(panel);
    }
    if (panel) shell.activateById(id);
    return panel;
  }

  private make(named: Named, model: Kernel.IModel): DocumentPanel {
    const { kernels, sessions, serverSettings } = this.app.serviceManager;
    // A page's first connection has the comms of all: those of widgets, too, which only a notebook knows.
    const kernel = kernels.connectTo({ model, handleComms: false });
    const session = [...sessions.running()].find((each) => each.kernel?.id === model.id);
    const fallback = session?.name || words.document();
    const panel = new DocumentPanel(named, kernel, serverSettings, fallback);
    this.addButtons(panel);
    return panel;
  }

  private addButtons({ toolbar, named: { kernel, doc } }: DocumentPanel): void {
    const { commands } = this.app;
    for (const id of [COMMANDS.openPage, COMMANDS.copyViewLink, COMMANDS.copyEditLink]) {
      const args = { kernel, doc };
      toolbar.addItem(id, new CommandToolbarButton({ commands, id, args, label: '' }));
    }
  }
}
