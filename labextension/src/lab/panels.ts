import type { ILabShell, JupyterFrontEnd } from '@jupyterlab/application';
import { WidgetTracker } from '@jupyterlab/apputils';
import type { Kernel } from '@jupyterlab/services';
import { CommandToolbarButton } from '@jupyterlab/ui-components';
import { displayedChanged, type Named } from './displayed';
import { DocumentPanel } from './panel';
import { COMMANDS } from './targets';
import { words } from './words';

/** The panels with documents. */
export class Panels {
  readonly tracker = new WidgetTracker<DocumentPanel>({ namespace: 'syncline' });

  /** Without JupyterLab's shell the main area has room for one only. */
  constructor(
    private readonly app: JupyterFrontEnd,
    private readonly labShell: ILabShell | null,
  ) {
    displayedChanged.connect(() => {
      this.tracker.forEach((panel) => void this.update(panel));
    });
  }

  /** Show a document, in the panel that it has already or in a new one; nothing when its kernel is gone. */
  async open(named: Named): Promise<DocumentPanel | undefined> {
    const { shell, serviceManager } = this.app;
    const model = await serviceManager.kernels.findById(named.kernel);
    let panel = this.of(named);
    if (!panel && model) {
      panel = this.make(named, model);
      shell.add(panel, this.labShell ? 'main' : 'right', { mode: 'split-right' });
      void this.tracker.add(panel);
    }
    if (panel) shell.activateById(panel.id);
    return panel;
  }

  /** Where a cell has run again and displays another document, its panel shows that. */
  private update(panel: DocumentPanel): void {
    const named = panel.successor();
    if (!named || this.of(named)) return;
    const kernel = this.kernelOf(panel, named);
    if (!kernel) return;
    panel.follow(named, kernel);
    void this.tracker.save(panel);
  }

  private kernelOf(panel: DocumentPanel, { kernel: id }: Named): Kernel.IKernelConnection | null {
    const { kernel } = panel;
    if (kernel.id === id && !kernel.isDisposed) return kernel;
    const running = [...this.app.serviceManager.kernels.running()];
    const model = running.find((each) => each.id === id);
    return model ? this.connect(model) : null;
  }

  private of({ kernel, doc }: Named): DocumentPanel | undefined {
    return this.tracker.find(({ named }) => named.kernel === kernel && named.doc === doc);
  }

  private make(named: Named, model: Kernel.IModel): DocumentPanel {
    const { sessions, serverSettings } = this.app.serviceManager;
    const session = [...sessions.running()].find((each) => each.kernel?.id === model.id);
    const fallback = session?.name || words.document();
    const panel = new DocumentPanel(named, this.connect(model), serverSettings, fallback);
    this.addButtons(panel);
    return panel;
  }

  private connect(model: Kernel.IModel): Kernel.IKernelConnection {
    // A page's first connection has the comms of all: those of widgets, too, which only a notebook knows.
    return this.app.serviceManager.kernels.connectTo({ model, handleComms: false });
  }

  private addButtons({ toolbar, id: tab }: DocumentPanel): void {
    const { commands } = this.app;
    for (const id of [COMMANDS.openPage, COMMANDS.copyViewLink, COMMANDS.copyEditLink]) {
      const args = { tab };
      toolbar.addItem(id, new CommandToolbarButton({ commands, id, args, label: '' }));
    }
  }
}
