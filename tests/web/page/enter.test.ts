// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { enter, NotAdmitted } from '../../../labextension/src/page/enter';

const fetched = vi.fn();

beforeEach(() => {
  vi.stubGlobal('fetch', fetched);
  fetched.mockResolvedValue(answer(200, { role: 'view', mounts: ['m'] }));
});

afterEach(() => {
  vi.unstubAllGlobals();
  fetched.mockReset();
  // biome-ignore lint/suspicious/noDocumentCookie: jsdom has no other way
  document.cookie = '_xsrf=; max-age=0';
  history.replaceState(null, '', '/');
});

function answer(status: number, body: unknown = {}): unknown {
  return { ok: status < 300, status, json: async () => body };
}

function at(url: string): void {
  history.replaceState(null, '', url);
}

test('the token of the address is shown once and leaves it', async () => {
  at('/shared/k/d?x=1#to-ken_1.sig-1');
  expect(await enter('d/enter')).toEqual(['m']);
  expect(location.href).toMatch(/\/shared\/k\/d\?x=1$/);
  const headers = { 'X-Syncline-Token': 'to-ken_1.sig-1', 'X-XSRFToken': '' };
  expect(fetched).toHaveBeenCalledExactlyOnceWith('d/enter', { method: 'POST', headers });
});

test('without a token the page is known by its cookies, and a place in it stays in its address', async () => {
  // biome-ignore lint/suspicious/noDocumentCookie: jsdom has no other way
  document.cookie = '_xsrf=2|abc';
  at('/shared/k/d#a-heading');
  await enter('d/enter');
  expect(location.hash).toBe('#a-heading');
  const headers = { 'X-XSRFToken': '2|abc' };
  expect(fetched).toHaveBeenCalledExactlyOnceWith('d/enter', { method: 'POST', headers });
});

test('a link that is not good is told, and a server that cannot be reached is something else', async () => {
  fetched.mockResolvedValue(answer(403));
  await expect(enter('d/enter')).rejects.toThrow(NotAdmitted);
  fetched.mockResolvedValue(answer(502));
  await expect(enter('d/enter')).rejects.toThrow('d/enter: 502');
});

test('another link in the same tab begins anew; a place in the page does not', async () => {
  const reload = vi.fn();
  vi.stubGlobal('location', { hash: '', pathname: '/', search: '', reload });
  await enter('d/enter');
  location.hash = '#a-heading';
  dispatchEvent(new Event('hashchange'));
  expect(reload).not.toHaveBeenCalled();
  location.hash = '#other.token';
  dispatchEvent(new Event('hashchange'));
  expect(reload).toHaveBeenCalled();
});
