// A page with the widget manager of VS Code's notebooks, and a kernel of a Jupyter server.
import { KernelManager, ServerConnection } from '@jupyterlab/services';
import { KernelConnection } from '@jupyterlab/services/lib/kernel/default';

const WIDGET = 'application/vnd.jupyter.widget-view+json';
const DISPLAYS = ['display_data', 'execute_result'];
type View = { model_id: string };
type Bundle = Record<string, View>;
type Message = { header: { msg_type: string }; content: object };

/** A kernel of the server, a new one unless its id is given, and the manager of its widgets. */
export async function start(
  baseUrl: string,
  token: string,
  modules: Record<string, string>,
  id: string | null,
) {
  const serverSettings = ServerConnection.makeSettings({ baseUrl, token, appendToken: true });
  const kernels = new KernelManager({ serverSettings });
  const kernel = id
    ? kernels.connectTo({ model: { id, name: 'python3' } })
    : await kernels.startNew({ name: 'python3' });
  await kernel.info;
  const manager = managerOf(kernel, modules);
  return {
    id: kernel.id,
    /** Whether a widget is known here. */
    has: (model: string) => manager.has_model(model),
    /** Run a cell as VS Code does, and show what it displays in a place of its own; returns that. */
    run: async (code: string, cellId: string) => {
      const future = kernel.requestExecute({ code, allow_stdin: true }, false, { cellId });
      const bundles: Bundle[] = [];
      const shown: Promise<unknown>[] = [];
      future.onIOPub = ({ header, content }: Message) => {
        if (!DISPLAYS.includes(header.msg_type)) return;
        const { data } = content as { data: Bundle };
        bundles.push(data);
        if (data[WIDGET]) shown.push(show(manager, data[WIDGET]));
      };
      const { content } = await future.done;
      await Promise.all(shown);
      if (content.status !== 'ok') throw new Error(JSON.stringify(content));
      return bundles;
    },
    restart: async () => {
      await kernel.restart();
      await kernel.info;
    },
    shutdown: () => kernel.shutdown(),
  };
}

class Silence {
  send() {}
  close() {}
}

/** Show a widget by the state in a notebook's file, as VS Code does: there a kernel without a name is none. */
export async function restore(state: object, modules: Record<string, string>, view: View) {
  const serverSettings = ServerConnection.makeSettings({ WebSocket: Silence as never });
  const model = { id: '', name: '' };
  const none = new KernelConnection({ serverSettings, model, clientId: '', username: '' });
  const widgets = { 'application/vnd.jupyter.widget-state+json': state };
  const manager = managerOf(none, modules, widgets);
  const notebook = { metadata: { get: () => widgets } };
  await manager.restoreWidgets(notebook, { loadKernel: false, loadNotebook: true });
  (await manager.get_model(view.model_id)).comm_live = false;
  await show(manager, view);
}

/** Widgets' modules are found where VS Code finds those of a Python environment. */
function managerOf(kernel: object, modules: Record<string, string>, state?: object): Manager {
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
  return new page.vscIPyWidgets.WidgetManager(kernel, element, loader, () => undefined, state);
}

interface Manager {
  has_model(id: string): boolean;
  get_model(id: string): Promise<{ comm_live: boolean }>;
  restoreWidgets(notebook: object, options: object): Promise<void>;
  create_view(model: object, options: object): Promise<object>;
  display_view(data: object, view: object, options: object): Promise<object>;
}

async function show(manager: Manager, view: View) {
  const node = document.body.appendChild(document.createElement('div'));
  const model = await manager.get_model(view.model_id);
  return manager.display_view(view, await manager.create_view(model, { el: node }), { node });
}
