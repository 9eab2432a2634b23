import { expect, test, vi } from 'vitest';

const answer: { ok: boolean; protocol?: unknown } = { ok: true };
vi.mock('@jupyterlab/services', () => ({
  ServerConnection: { makeRequest: async () => ({ ...answer, json: async () => answer }) },
}));

const { hasExtension } = await import('../../../labextension/src/lab/server');

async function ask(ok: boolean, protocol?: unknown) {
  Object.assign(answer, { ok, protocol });
  return hasExtension({ baseUrl: '/' } as never, true);
}

test('a server has the extension if it speaks the protocol of the page', async () => {
  expect(await ask(true, { version: 1, min: 1 })).toBe(true);
  expect(await ask(true, { version: 3, min: 1 })).toBe(true);
  expect(await ask(true, { version: 3, min: 2 })).toBe(false);
  expect(await ask(true, { version: 0, min: 0 })).toBe(false);
  expect(await ask(false)).toBe(false);
});

test('an answer that is none says nothing', async () => {
  expect(await ask(true)).toBeNull();
});
