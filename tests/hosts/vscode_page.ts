// A page with the widget manager of VS Code's notebooks, and a kernel of a Jupyter server.
import { KernelManager, ServerConnection } from '@jupyterlab/services';

const WIDGET = 'application/vnd.jupyter.widget-view+json';

/** Begin a kernel and its manager; widgets' modules are found where VS Code finds those of a Python environment. */
export async function start(baseUrl: string, token: string, modules: Record<string, string>) {
  const serverSettings = ServerConnection.makeSettings({ baseUrl, token, appendToken: true });
  const kernel = await new KernelManager({ serverSettings }).startNew({ name: 'python3' });
  const page = globalThis as never as {
    requirejs: { config(options: object): void };
    vscIPyWidgets8: { load(): void };
    vscIPyWidgets: { WidgetManager: new (...args: unknown[]) => Manager };
  };
  page.vscIPyWidgets8.load();
  const known = new Set<string>();
  const loader = {
    widgetsRegisteredInRequireJs: known,
    errorHandler: (...said: unknown[]) => console.error(...said),
    successHandler: () => undefined,
    loadWidgetScript: async (name: string) => {
      page.requirejs.config({ paths: { [name]: modules[name] } });
      known.add(name);
    },
  };
  const element = document.body.appendChild(document.createElement('div'));
  const manager = new page.vscIPyWidgets.WidgetManager(kernel, element, loader, () => undefined);
  return {
    /** Run a cell as VS Code does, and show what it displays in a place of its own. */
    run: async (code: string, cellId: string) => {
      const future = kernel.requestExecute({ code, allow_stdin: true }, false, { cellId });
      const shown: Promise<unknown>[] = [];
      future.onIOPub = ({ content }: { content: { data?: Record<string, { model_id: string }> } }) => {
        const view = content.data?.[WIDGET];
        if (view) shown.push(show(manager, view));
      };
      const { content } = await future.done;
      await Promise.all(shown);
      return content.status;
    },
    restart: async () => {
      await kernel.restart();
      await kernel.info;
    },
    shutdown: () => kernel.shutdown(),
  };
}

interface Manager {
  get_model(id: string): Promise<object>;
  create_view(model: object, options: object): Promise<object>;
  display_view(data: object, view: object, options: object): Promise<object>;
}

async function show(manager: Manager, view: { model_id: string }) {
  const node = document.body.appendChild(document.createElement('div'));
  const model = await manager.get_model(view.model_id);
  return manager.display_view(view, await manager.create_view(model, { el: node }), { node });
}
