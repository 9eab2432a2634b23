// @vitest-environment jsdom
import { Signal } from '@lumino/signaling';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { display, type Named } from '../../../labextension/src/lab/displayed';
import type { Host } from '../../../labextension/src/lab/output';

vi.stubGlobal('DragEvent', class extends Event {});
const { Widget } = await import('@lumino/widgets');
const saved: string[] = [];
const trackers: WidgetTracker[] = [];
class MainAreaWidget extends Widget {
  readonly content: Output;
  readonly toolbar = { addItem: () => undefined };
  constructor({ content }: { content: Output }) {
    super();
    this.content = content;
  }
}
class WidgetTracker {
  readonly all: Panel[] = [];
  constructor() {
    trackers.push(this);
  }
  add = async (panel: Panel) => void this.all.push(panel);
  save = async ({ named }: Panel) => void saved.push(named.doc);
  find = (fn: (panel: Panel) => boolean) => this.all.find(fn);
  forEach = (fn: (panel: Panel) => void) => this.all.forEach(fn);
}
class Output extends Widget {
  docs: string[] = [];
  constructor(
    _: unknown,
    readonly host: Host,
  ) {
    super();
  }
  renderModel({ data }: { data: Record<string, { doc: string }> }) {
    this.docs.push(...Object.values(data).map(({ doc }) => doc));
  }
}
vi.mock('@jupyterlab/apputils', () => ({ MainAreaWidget, WidgetTracker }));
vi.mock('@jupyterlab/rendermime', () => ({ RenderMimeRegistry: class {} }));
vi.mock('@jupyterlab/ui-components', () => ({ CommandToolbarButton: class {} }));
vi.mock('../../../labextension/src/lab/icon', () => ({ icon: undefined }));
vi.mock('../../../labextension/src/lab/output', () => ({ LiveOutput: Output }));

const { Panels } = await import('../../../labextension/src/lab/panels');
const { nameOf } = await import('../../../labextension/src/lab/panel');
type Panel = NonNullable<Awaited<ReturnType<InstanceType<typeof Panels>['open']>>>;

class Kernel {
  isDisposed = false;
  readonly disposed = new Signal<this, void>(this);
  readonly statusChanged = new Signal<this, void>(this);
  readonly connectionStatusChanged = new Signal<this, void>(this);
  constructor(readonly id: string) {}
  dispose() {
    this.isDisposed = true;
    this.disposed.emit();
  }
}

const nodes = new Map<string, Element>();
let connected: Kernel[] = [];
let activated: string[] = [];
beforeEach(() => {
  saved.length = 0;
  [connected, activated] = [[], []];
});
afterEach(() => {
  for (const node of nodes.values()) display(node, null);
  nodes.clear();
  // The panels of a page that has gone hear nothing.
  for (const { all } of trackers) all.length = 0;
});

/** Have a spot of a notebook show a document; null clears it. */
function cell(spot: string, doc: string | null, kernel = 'k') {
  const node = nodes.get(spot) ?? document.createElement('div');
  nodes.set(spot, node);
  display(node, doc === null ? null : { kernel, doc, title: '', spot });
}

function made() {
  const running = [{ id: 'k' }, { id: 'new' }];
  const kernels = {
    findById: async (id: string) => running.find((each) => each.id === id),
    running: () => running,
    connectTo: ({ model }: { model: { id: string } }) => {
      const kernel = new Kernel(model.id);
      connected.push(kernel);
      return kernel;
    },
  };
  const shell = { add: () => undefined, activateById: (id: string) => void activated.push(id) };
  const serviceManager = { kernels, sessions: { running: () => [] }, serverSettings: {} };
  return new Panels({ shell, serviceManager, commands: {} } as never, null);
}

async function open(panels: InstanceType<typeof Panels>, named: Named): Promise<Panel> {
  const panel = (await panels.open(named)) as Panel;
  return panel;
}
const host = (panel: Panel) => (panel.content as unknown as Output).host;
const docs = (panel: Panel) => (panel.content as unknown as Output).docs;

test('a document has one panel', async () => {
  const panels = made();
  const panel = await open(panels, { kernel: 'k', doc: 'a' });
  expect(await open(panels, { kernel: 'k', doc: 'a' })).toBe(panel);
  expect(activated).toEqual([panel.id, panel.id]);
  expect(await panels.open({ kernel: 'gone', doc: 'a' })).toBeUndefined();
  host(panel).owner?.close();
  expect([panel.isDisposed, connected[0]?.isDisposed]).toEqual([true, true]);
});

test('a panel shows what its cell displays after it has run again', async () => {
  cell('one', 'a');
  const panels = made();
  const panel = await open(panels, { kernel: 'k', doc: 'a' });
  expect(host(panel).owner?.gone()).toContain('this panel shows the new one');
  cell('one', null);
  expect(docs(panel)).toEqual(['a']);
  cell('two', 'other');
  cell('one', 'b');
  expect(docs(panel)).toEqual(['a', 'b']);
  expect([saved, nameOf(panel.named)]).toEqual([['b'], 'syncline-k-b']);
  expect(connected).toHaveLength(1);
  // And again, by another kernel.
  cell('one', 'c', 'new');
  expect(docs(panel)).toEqual(['a', 'b', 'c']);
  expect(host(panel).context.session?.kernel?.id).toBe('new');
  expect(connected.map(({ isDisposed }) => isDisposed)).toEqual([true, false]);
  cell('one', 'd', 'unknown');
  expect(docs(panel)).toHaveLength(3);
});

test('a panel stays with its document while that is displayed anywhere', async () => {
  const panels = made();
  const panel = await open(panels, { kernel: 'k', doc: 'a' });
  expect(host(panel).owner?.gone()).not.toContain('this panel shows the new one');
  cell('one', 'a');
  cell('two', 'a');
  cell('one', 'b');
  expect(docs(panel)).toEqual(['a']);
  // It is no longer known by the cell that has displayed something else meanwhile.
  cell('two', null);
  cell('one', 'c');
  expect(docs(panel)).toEqual(['a']);
  cell('two', 'd');
  expect(docs(panel)).toEqual(['a', 'd']);
});

test('what has a panel of its own is not shown by another one', async () => {
  cell('one', 'a');
  cell('two', 'b');
  const panels = made();
  const panel = await open(panels, { kernel: 'k', doc: 'a' });
  await open(panels, { kernel: 'k', doc: 'b' });
  cell('one', 'b');
  expect(docs(panel)).toEqual(['a']);
});
