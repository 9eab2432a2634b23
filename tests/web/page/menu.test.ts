// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { showMenu } from '../../../labextension/src/page/menu';
import { Living } from '../view/living';

const hide = vi.fn();
const modal = vi.fn();
const ended = vi.fn();
const ask = vi.fn();

beforeEach(() => {
  // The test's document has neither popovers nor modal dialogs.
  Object.assign(HTMLElement.prototype, { hidePopover: hide });
  Object.assign(HTMLDialogElement.prototype, { showModal: modal });
  vi.stubGlobal('fetch', ask);
});

afterEach(() => {
  document.body.replaceChildren();
  vi.unstubAllGlobals();
  vi.resetAllMocks();
});

/** A page with its menu, of a document in which something has happened, or nothing. */
function page(rev: number, logout: string | null = null): void {
  const { document: model } = new Living({ a: { type: 'ui/Slider@1', props: { value: 1 } } });
  model.replica.rev = rev;
  const ending = { document: model, url: 'app/start-over', token: () => 'secret', ended };
  showMenu(ending, logout);
}

function press(text: string): void {
  const buttons = [...document.querySelectorAll('button')];
  buttons.find((button) => button.textContent === text)?.click();
}

test('a menu opens by a button that has a name, and is a part of the page that has one', () => {
  page(0);
  expect(document.querySelector('nav')?.getAttribute('aria-label')).toBe('Page');
  const open = document.querySelector('.syncline-menu-open');
  expect(open?.getAttribute('aria-label')).toBe('Menu of this page');
});

test('whoever is logged in finds the way out, and nobody else', () => {
  page(0);
  expect(document.querySelector('nav a')).toBeNull();
  document.body.replaceChildren();
  page(0, 'logout');
  const entries = [...document.querySelectorAll('.syncline-menu-list > *')];
  expect(entries.map((entry) => entry.textContent)).toEqual(['Start over…', 'Log out…']);
  expect(entries[1]?.getAttribute('href')).toBe('logout');
});

test('what is everybody’s is not ended, though one may leave it', () => {
  showMenu(null, '/elsewhere');
  const entries = [...document.querySelectorAll('.syncline-menu-list > *')];
  expect(entries.map((entry) => entry.textContent)).toEqual(['Log out…']);
  expect(document.querySelector('dialog')).toBeNull();
});

test('where nothing would be lost nobody is asked', async () => {
  ask.mockResolvedValue({ status: 204 });
  page(0);
  press('Start over…');
  await vi.waitFor(() => expect(ended).toHaveBeenCalledOnce());
  expect([modal.mock.calls.length, hide.mock.calls.length]).toEqual([0, 1]);
  const headers = { 'X-Syncline-Token': 'secret' };
  expect(ask).toHaveBeenCalledExactlyOnceWith('app/start-over', { method: 'POST', headers });
});

test('where something would be lost it is asked first', async () => {
  ask.mockResolvedValue({ status: 204 });
  page(1);
  press('Start over…');
  expect([modal.mock.calls.length, ask.mock.calls.length]).toEqual([1, 0]);
  expect(document.querySelector('dialog')?.textContent).toContain('gone');
  press('Start over');
  await vi.waitFor(() => expect(ended).toHaveBeenCalledOnce());
});

test('a session that is over already is started over, too', async () => {
  ask.mockResolvedValue({ status: 403 });
  page(0);
  press('Start over…');
  await vi.waitFor(() => expect(ended).toHaveBeenCalledOnce());
});

test.each([
  ['away', () => Promise.reject(new TypeError('Failed to fetch'))],
  ['restarting', () => Promise.resolve({ status: 502 })],
])('while the server is %s nothing changes, and the question says so', async (_, answer) => {
  ask.mockImplementation(answer);
  page(1);
  press('Start over');
  const text = document.querySelector('dialog p');
  await vi.waitFor(() => expect(text?.textContent).toContain('could not be reached'));
  expect(ended).not.toHaveBeenCalled();
  document.querySelector('dialog')?.dispatchEvent(new Event('close'));
  expect(text?.textContent).toContain('gone');
});
