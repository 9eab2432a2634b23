// @vitest-environment jsdom
import { readFileSync } from 'node:fs';
import { CommandRegistry } from '@lumino/commands';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { display } from '../../../labextension/src/lab/displayed';
import { settled } from '../view/living';

const calls: unknown[][] = [];
const world = { status: null as object | null, sure: true, chosen: 0 };
vi.mock('../../../labextension/src/lab/server', () => ({
  serverStatus: async () => world.status,
  pageUrl: (_: unknown, kernel: string, doc: string) => `/doc/${kernel}/${doc}`,
}));
vi.mock('../../../labextension/src/lab/dialogs', () => ({
  reported: async (fn: () => Promise<unknown>) => fn(),
  sure: async () => world.sure,
  chooseOf: async (names: string[]) => {
    calls.push(['choose', names]);
    return world.chosen;
  },
}));
vi.mock('../../../labextension/src/lab/sharing', () => ({
  copyLink: async (_: unknown, { doc }: { doc: string }, role: string, seconds: number) =>
    void calls.push(['link', doc, role, seconds]),
  copySessionLink: async (url: string) => void calls.push(['copied', url]),
}));
vi.mock('../../../labextension/src/lab/api', () => ({
  closeDocument: async (_: unknown, { doc }: { doc: string }) => void calls.push(['close', doc]),
}));
vi.mock('../../../labextension/src/lab/icon', () => ({ icon: undefined }));
vi.mock('../../../labextension/src/lab/panel', () => ({ DocumentPanel: class {} }));
vi.mock('@jupyterlab/ui-components', () => ({
  closeIcon: undefined,
  editIcon: undefined,
  launchIcon: undefined,
  linkIcon: undefined,
}));

const { addCommands } = await import('../../../labextension/src/lab/commands');
const { addSessionCommand, COPY_SESSION_LINK } = await import(
  '../../../labextension/src/lab/sessions'
);
const { COMMANDS } = await import('../../../labextension/src/lab/targets');
const EDIT = { role: 'edit', share_links: true };
const named = { kernel: 'k', doc: 'd' };

const nodes: Element[] = [];
beforeEach(() => {
  calls.length = 0;
  Object.assign(world, { status: EDIT, sure: true, chosen: 0 });
});
afterEach(() => {
  for (const node of nodes.splice(0)) display(node, null);
});

async function made() {
  const commands = new CommandRegistry();
  const currentWidget = {
    node: document.body,
    sessionContext: { session: { kernel: { id: 'k' } } },
  };
  const app = {
    commands,
    shell: { currentWidget, widgets: () => [] },
    serviceManager: { serverSettings: {} },
  };
  const panels = { open: async ({ doc }: { doc: string }) => void calls.push(['panel', doc]) };
  addCommands(app as never, panels as never, { linkHours: 2 });
  await settled();
  return commands;
}

function show(doc: string, title = '') {
  const node = document.createElement('div');
  nodes.push(node);
  document.body.append(node);
  display(node, { kernel: 'k', doc, title });
}

const offered = (commands: CommandRegistry, args = named) =>
  Object.values(COMMANDS).filter((id) => commands.isVisible(id, args));

test('what the server does not offer is not shown', async () => {
  world.status = null;
  expect(offered(await made())).toEqual([COMMANDS.openPanel]);
  world.status = { role: 'view', share_links: true };
  expect(offered(await made())).toEqual([COMMANDS.openPanel, COMMANDS.openPage]);
  world.status = { role: 'edit', share_links: false };
  expect(offered(await made())).toEqual([COMMANDS.openPanel, COMMANDS.openPage, COMMANDS.close]);
  world.status = EDIT;
  expect(offered(await made())).toEqual(Object.values(COMMANDS));
});

test('commands can be used as soon as a document is shown', async () => {
  const commands = await made();
  const changed: unknown[] = [];
  commands.commandChanged.connect((_, { id }) => changed.push(id));
  expect(commands.isEnabled(COMMANDS.openPanel)).toBe(false);
  show('d');
  expect(commands.isEnabled(COMMANDS.openPanel)).toBe(true);
  expect(changed).toContain(COMMANDS.openPanel);
  expect(commands.isVisible(COMMANDS.openPanel, { tab: 'without documents' })).toBe(false);
});

test('each does its deed with the document it is given', async () => {
  const commands = await made();
  const opened: unknown[] = [];
  vi.stubGlobal('open', (...args: unknown[]) => opened.push(args));
  for (const id of Object.values(COMMANDS)) await commands.execute(id, named);
  expect(opened).toEqual([['/doc/k/d', '_blank', 'noopener']]);
  expect(calls).toEqual([
    ['panel', 'd'],
    ['link', 'd', 'view', 7200],
    ['link', 'd', 'edit', 7200],
    ['close', 'd'],
  ]);
  vi.unstubAllGlobals();
});

test('a document is closed only after a question', async () => {
  world.sure = false;
  const commands = await made();
  await commands.execute(COMMANDS.close, named);
  expect(calls).toEqual([]);
});

test('where there are several documents, the user says which', async () => {
  const commands = await made();
  show('a', 'Rain');
  show('b');
  world.chosen = 1;
  await commands.execute(COMMANDS.openPanel);
  expect(calls).toEqual([
    ['choose', ['Rain', 'Document']],
    ['panel', 'b'],
  ]);
  world.chosen = -1;
  await commands.execute(COMMANDS.openPanel);
  expect(calls).toHaveLength(3);
});

test('the address of a session is copied from its line, or by its id', async () => {
  const commands = new CommandRegistry();
  const line = document.createElement('div');
  line.className = 'syncline-listed-session';
  line.dataset.context = 's';
  let hit: HTMLElement[] = [line];
  const contextMenuHitTest = (fn: (node: HTMLElement) => boolean) => hit.find(fn);
  const page = (id: string) => (id === 's' ? 'https://x.example/s' : null);
  addSessionCommand({ commands, contextMenuHitTest } as never, page);
  await commands.execute(COPY_SESSION_LINK);
  hit = [];
  expect(commands.isVisible(COPY_SESSION_LINK)).toBe(false);
  await commands.execute(COPY_SESSION_LINK, { session: 'ended' });
  await commands.execute(COPY_SESSION_LINK, { session: 's' });
  expect(calls).toEqual(Array(2).fill(['copied', 'https://x.example/s']));
});

test('menus and toolbars name commands that there are', () => {
  const text = readFileSync('labextension/schema/commands.json', 'utf8');
  const named = [...text.matchAll(/"command": "(.*?)"/g)].map(([, id]) => id);
  const all = [...Object.values(COMMANDS), COPY_SESSION_LINK, 'syncline:new-notebook'];
  expect(new Set(named)).toEqual(new Set(all));
});
