import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import type { DocumentRegistry } from '@jupyterlab/docregistry';
import type { INotebookModel, NotebookPanel } from '@jupyterlab/notebook';
import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import { DisposableDelegate } from '@lumino/disposable';
import { MIME } from '../mime';
import { type Host, LiveOutput } from '../output';

// Before html (50), the saved form in the same bundle, and widgets (-10), the form for other hosts.
const RANK = -20;

/** Gives each notebook a renderer that knows this notebook's own kernel. */
class Outputs implements DocumentRegistry.IWidgetExtension<NotebookPanel, INotebookModel> {
  constructor(private readonly app: JupyterFrontEnd) {}

  createNew(panel: NotebookPanel, context: DocumentRegistry.Context): DisposableDelegate {
    const { rendermime } = panel.content;
    const savedAt = () => {
      const time = context.contentsModel?.last_modified;
      return time ? new Date(time) : null;
    };
    addRenderer({
      context: panel.sessionContext,
      settings: this.app.serviceManager.serverSettings,
      savedAt,
      rendermime,
      spot: (node) => spotIn(panel, node),
    });
    return new DisposableDelegate(() => rendermime.removeMimeType(MIME));
  }
}

/** The notebook, its cell, and which of the cell's outputs it is. */
function spotIn({ content, context }: NotebookPanel, node: Element): string | null {
  const cell = content.widgets.find((each) => each.node.contains(node));
  if (!cell) return null;
  const outputs = [...cell.node.querySelectorAll('.syncline-output-area')];
  return JSON.stringify([context.path, cell.model.id, outputs.indexOf(node)]);
}

/** Have a notebook's or a console's outputs shown live. */
export function addRenderer(host: Host): void {
  const factory: IRenderMime.IRendererFactory = {
    // An output names a document; only its own kernel can confirm it.
    safe: true,
    mimeTypes: [MIME],
    createRenderer: ({ sanitizer }) => new LiveOutput(sanitizer, host),
  };
  host.rendermime.addFactory(factory, RANK);
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
