import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import type { DocumentRegistry } from '@jupyterlab/docregistry';
import type { INotebookModel, NotebookPanel } from '@jupyterlab/notebook';
import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import { DisposableDelegate } from '@lumino/disposable';
import { MIME } from '../mime';
import { LiveOutput } from '../output';

// Before html (50), the saved form in the same bundle, and widgets (-10), the form for other hosts.
const RANK = -20;

/** Gives each notebook a renderer that knows this notebook's own kernel. */
class Outputs implements DocumentRegistry.IWidgetExtension<NotebookPanel, INotebookModel> {
  constructor(private readonly app: JupyterFrontEnd) {}

  createNew(panel: NotebookPanel): DisposableDelegate {
    const { rendermime } = panel.content;
    rendermime.addFactory(this.factory(panel), RANK);
    return new DisposableDelegate(() => rendermime.removeMimeType(MIME));
  }

  private factory({ sessionContext }: NotebookPanel): IRenderMime.IRendererFactory {
    const settings = this.app.serviceManager.serverSettings;
    return {
      // An output names a document; only this notebook's kernel can confirm it.
      safe: true,
      mimeTypes: [MIME],
      createRenderer: ({ sanitizer }) => new LiveOutput(sanitizer, sessionContext, settings),
    };
  }
}

/** Live documents in notebook outputs. */
export const outputs: JupyterFrontEndPlugin<void> = {
  id: 'syncline-lab:outputs',
  description: 'Shows live Syncline documents in notebook outputs.',
  autoStart: true,
  activate: (app) => {
    app.docRegistry.addWidgetExtension('Notebook', new Outputs(app));
  },
};
