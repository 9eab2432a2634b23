import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import type { DocumentRegistry } from '@jupyterlab/docregistry';
import type { INotebookModel, NotebookPanel } from '@jupyterlab/notebook';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { DisposableDelegate } from '@lumino/disposable';
import { elected, prepare, type Save } from '../saving';

type Context = DocumentRegistry.IContext<INotebookModel>;

const ID = 'syncline-lab:saving';
// Milliseconds, before the server's own second is over.
const SOON = 400;

/** Writes into notebooks' outputs, when they are saved, what their documents are. */
class Saving implements DocumentRegistry.IWidgetExtension<NotebookPanel, INotebookModel> {
  save: Save = 'current';

  createNew(panel: NotebookPanel, { model, saveState }: Context): DisposableDelegate {
    const kernels = kernelsOf(panel);
    const write = (): void => prepare(model, kernels(), this.save);
    // The content is taken as soon as this returns.
    const onSave = (_: unknown, state: string): void => {
      if (state === 'started') write();
    };
    const follow = (): void => prepare(model, [], 'displayed');
    // The server saves a shared notebook by itself, soon after any change.
    let soon: ReturnType<typeof setTimeout> | undefined;
    const onChange = (): void => {
      clearTimeout(soon);
      soon = setTimeout(() => (elected(model) ? write() : follow()), SOON);
    };
    saveState.connect(onSave);
    if (model.collaborative) model.contentChanged.connect(onChange);
    return new DisposableDelegate(() => {
      clearTimeout(soon);
      saveState.disconnect(onSave);
      model.contentChanged.disconnect(onChange);
    });
  }
}

/** The ids of the kernels a notebook has had: one that is gone leaves its last values in the page. */
function kernelsOf({ sessionContext }: NotebookPanel): () => ReadonlySet<string> {
  const found = new Set<string>();
  const read = (): ReadonlySet<string> => {
    const kernel = sessionContext.session?.kernel;
    return kernel ? found.add(kernel.id) : found;
  };
  sessionContext.kernelChanged.connect(read);
  return read;
}

/** What notebooks keep of documents. */
export const saving: JupyterFrontEndPlugin<void> = {
  id: ID,
  description: 'Keeps what documents are in the outputs of a notebook that is saved.',
  autoStart: true,
  optional: [ISettingRegistry],
  activate: (app: JupyterFrontEnd, registry: ISettingRegistry | null) => {
    const each = new Saving();
    app.docRegistry.addWidgetExtension('Notebook', each);
    void registry?.load(ID).then((settings) => {
      const read = (): void => {
        each.save = settings.get('save').composite as Save;
      };
      settings.changed.connect(read);
      read();
    });
  },
};
