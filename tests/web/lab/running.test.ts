import { beforeEach, expect, test, vi } from 'vitest';
import { until } from '../view/living';

const calls: unknown[][] = [];
const server = {
  found: { documents: [] as object[], sessions: [] as object[] },
  links: [] as object[],
  sure: true,
  fails: false,
};
const ended = (name: string) => async (_: unknown, what: unknown) => {
  calls.push([name, what]);
};
vi.mock('../../../labextension/src/lab/api', () => ({
  listing: async () => {
    if (server.fails) throw new Error('no server');
    return structuredClone(server.found);
  },
  linksOf: async () => structuredClone(server.links),
  closeDocument: ended('close'),
  endSession: ended('end'),
  revokeLink: ended('revoke'),
}));
vi.mock('../../../labextension/src/lab/dialogs', () => ({
  reported: async (fn: () => Promise<unknown>) => fn(),
  sure: async () => server.sure,
}));
vi.mock('../../../labextension/src/lab/icon', () => ({ icon: 'ours' }));
vi.mock('../../../labextension/src/lab/panel', () => ({ DocumentPanel: class {} }));
vi.mock('@jupyterlab/ui-components', () => ({ linkIcon: 'link' }));

const { Running } = await import('../../../labextension/src/lab/running');

const commands = { execute: async (...args: unknown[]) => void calls.push(args) };
const rain = {
  kernel: 'k',
  id: 'd',
  title: 'Rain',
  types: ['ui/Column@1'],
  peers: [{ user: 'ann', role: 'edit' }],
  session: { name: 'rain.ipynb', path: 'weather/rain.ipynb' },
};
const untitled = {
  ...rain,
  id: 'e',
  title: '',
  types: ['ui/Slider@1', '__main__.Plot@2'],
  peers: [],
  session: null,
};
const app = {
  id: 's',
  app: 'dash.ipynb',
  title: '',
  viewers: 2,
  user: 'bob',
  page: '/base/syncline/apps/dash.ipynb?syncline-session=s',
};
const link = {
  id: 'l',
  kernel: 'k',
  doc: 'd',
  role: 'view',
  label: 'for Ann',
  expires: 1764186400,
  open: 3,
};

beforeEach(() => {
  calls.length = 0;
  Object.assign(server, {
    found: { documents: [rain, untitled], sessions: [app] },
    links: [link],
    sure: true,
    fails: false,
  });
});

function made(role = 'edit', share_links = true) {
  const settings = { baseUrl: 'https://x.example/base/' };
  const status = { role, share_links, protocol: { version: 1, min: 1 } };
  return new Running(commands as never, settings as never, status, () => 'ann');
}

async function listed(...args: Parameters<typeof made>) {
  const running = made(...args);
  await running.refresh();
  return { running, items: running.running() };
}

test('documents have a name, their links below them, then come sessions of apps', async () => {
  const { items } = await listed();
  expect(items.map((item) => item.label())).toEqual([
    'Rain',
    expect.stringMatching(/^Link to view, until .* · for Ann$/),
    'Slider, Plot',
    'dash.ipynb',
  ]);
  expect(items.map((item) => item.detail?.())).toEqual([
    'rain.ipynb · 1 view',
    '3 views',
    '0 views',
    'bob · 2 views',
  ]);
  server.found.sessions = [{ ...app, user: 'ann' }];
  expect((await listed()).items.at(-1)?.detail?.()).toBe('2 views');
  expect([items[0]?.context, items[0]?.className]).toEqual(['k/d', 'syncline-listed']);
  expect([items[0]?.labelTitle?.(), items[2]?.labelTitle?.()]).toEqual([
    'weather/rain.ipynb · 1 view',
    '0 views',
  ]);
});

test('a document opens in a panel, and is closed by the command that asks', async () => {
  const { items, running } = await listed();
  items[0]?.open?.();
  items[0]?.shutdown?.();
  const named = { kernel: 'k', doc: 'd' };
  expect(calls).toEqual([
    ['syncline:open-panel', named],
    ['syncline:close-document', named],
  ]);
  expect(running.shutdownLabel(items[0] as never)).toBe('Close');
});

test('the list is asked for again after something has ended', async () => {
  const { items, running } = await listed();
  server.links = [];
  items[1]?.shutdown?.();
  await until(() => running.running().length === 3);
  expect(calls).toEqual([['revoke', 'l']]);
  expect(running.shutdownLabel(items[1] as never)).toBe('Revoke');
});

test('a session ends only after a question, and opens as its page', async () => {
  const opened: unknown[][] = [];
  vi.stubGlobal('window', { open: (...args: unknown[]) => opened.push(args) });
  const { items, running } = await listed();
  items[3]?.open?.();
  const page = 'https://x.example/base/syncline/apps/dash.ipynb?syncline-session=s';
  expect(String(opened[0]?.[0])).toBe(page);
  expect([items[3]?.className, items[3]?.context]).toEqual(['syncline-listed-session', 's']);
  expect([running.pageOf('s'), running.pageOf('other')]).toEqual([page, null]);
  server.sure = false;
  items[3]?.shutdown?.();
  server.sure = true;
  server.found.sessions = [];
  items[3]?.shutdown?.();
  await until(() => running.running().length === 3);
  expect(calls).toEqual([['end', 's']]);
  vi.unstubAllGlobals();
});

test('who may only look ends nothing, sees no links, and opens no session', async () => {
  const { items, running } = await listed('view');
  expect(items.map(({ open }) => open !== undefined)).toEqual([true, true, false]);
  expect(running.pageOf('s')).toBeNull();
  expect(items.map((item) => item.shutdown)).toEqual([undefined, undefined, undefined]);
});

test('links are not asked for where none may be given away', async () => {
  const { items } = await listed('edit', false);
  expect(items).toHaveLength(3);
});

test('all of the list can be ended at once', async () => {
  const { running } = await listed();
  running.shutdownAll();
  await until(() => calls.length === 3);
  expect(calls).toEqual([
    ['close', { kernel: 'k', doc: 'd' }],
    ['close', { kernel: 'k', doc: 'e' }],
    ['end', 's'],
  ]);
});

test('only a change is told, and what was known stays while the server does not answer', async () => {
  const { running } = await listed();
  let told = 0;
  running.runningChanged.connect(() => told++);
  await running.refresh();
  expect(told).toBe(0);
  server.found.documents = [rain];
  await running.refresh();
  expect(told).toBe(1);
  server.fails = true;
  running.refreshRunning();
  await expect(running.refresh()).rejects.toThrow('no server');
  expect(running.running()).toHaveLength(3);
});
