import { beforeEach, expect, test, vi } from 'vitest';
import { until } from '../view/living';

type Options = { actions: { label: string; callback: () => void }[] };
const told: [string, Options][] = [];
const asked: object[] = [];
const calls: unknown[] = [];
const clipboard = { text: '', refuses: false };
vi.mock('@jupyterlab/apputils', () => ({
  Clipboard: { copyToSystem: () => undefined },
  Dialog: { cancelButton: () => ({}), warnButton: () => ({}) },
  InputDialog: { getText: async (options: object) => void asked.push(options) },
  Notification: {
    success: (...given: [string, Options]) => void told.push(given),
    info: (...given: [string, Options]) => void told.push(given),
  },
  showDialog: async () => ({ button: { accept: true } }),
  showErrorMessage: async (title: string, error: Error) => void calls.push([title, error.message]),
}));
vi.mock('../../../labextension/src/lab/api', () => ({
  makeLink: async () => ({ link: { id: 'l', expires: 1764186400 }, url: 'https://x.example/#t' }),
  revokeLink: async (_: unknown, id: string) => void calls.push(id),
}));
const { copyLink, copySessionLink } = await import('../../../labextension/src/lab/sharing');
const { reported } = await import('../../../labextension/src/lab/dialogs');

vi.stubGlobal('navigator', {
  clipboard: {
    writeText: async (text: string) => {
      if (clipboard.refuses) throw new Error('not allowed');
      clipboard.text = text;
    },
  },
});

beforeEach(() => {
  for (const list of [told, asked, calls]) list.length = 0;
  Object.assign(clipboard, { text: '', refuses: false });
});

const copied = () => copyLink({} as never, { kernel: 'k', doc: 'd' }, 'view', 60);

test('a link is in the clipboard, and can be taken back by what tells of it', async () => {
  await copied();
  expect(clipboard.text).toBe('https://x.example/#t');
  expect(told[0]?.[0]).toContain('can view the document until');
  told[0]?.[1].actions[0]?.callback();
  await until(() => told.length === 2);
  expect([calls, told[1]?.[0]]).toEqual([['l'], 'The link is revoked.']);
});

test('the address of a session is in the clipboard, and what it is good for is told', async () => {
  await copySessionLink('https://x.example/s');
  expect(clipboard.text).toBe('https://x.example/s');
  expect(told[0]?.[0]).toContain('all who may run code on this server');
});

test('where the browser keeps its clipboard to itself the link is shown to be copied', async () => {
  clipboard.refuses = true;
  await copied();
  expect(asked).toEqual([{ title: 'Copy this link', text: 'https://x.example/#t' }]);
});

test('what fails is told in the words of the error', async () => {
  const fail = async () => {
    throw new Error('too many links');
  };
  expect(await reported(fail)).toBeUndefined();
  expect(calls).toEqual([['That did not work', 'too many links']]);
});
