import { beforeEach, expect, test, vi } from 'vitest';

const server = { requests: [] as [string, RequestInit][], status: 200, body: {} as unknown };
vi.mock('@jupyterlab/services', () => ({
  ServerConnection: {
    makeRequest: async (url: string, init: RequestInit) => {
      server.requests.push([url, init]);
      const { status } = server;
      return new Response(status === 204 ? null : JSON.stringify(server.body), { status });
    },
    ResponseError: {
      create: async (response: Response) => new Error((await response.json()).message),
    },
  },
}));

const { closeDocument, endSession, linksOf, listing, makeLink, revokeLink } = await import(
  '../../../labextension/src/lab/api'
);
const settings = { baseUrl: 'https://hub.example/user/ann/' } as never;
const named = { kernel: 'k', doc: 'd' };

beforeEach(() => {
  Object.assign(server, { requests: [], status: 200, body: {} });
});

test('what runs is asked for', async () => {
  server.body = { documents: [{ id: 'd' }], sessions: [] };
  expect((await listing(settings)).documents[0]?.id).toBe('d');
  expect(server.requests).toEqual([
    ['https://hub.example/user/ann/syncline/api/documents', { method: 'GET' }],
  ]);
  server.body = { links: [{ id: 'l' }] };
  expect(await linksOf(settings)).toEqual([{ id: 'l' }]);
});

test('a link is made for a role and a time, and its address is absolute', async () => {
  Object.assign(server, {
    status: 201,
    body: { link: { id: 'l' }, url: '/user/ann/syncline/shared/k/d#secret' },
  });
  const { url } = await makeLink(settings, named, 'view', 60);
  expect(url).toBe('https://hub.example/user/ann/syncline/shared/k/d#secret');
  expect(JSON.parse(server.requests[0]?.[1].body as string)).toEqual({
    kernel: 'k',
    doc: 'd',
    role: 'view',
    expires_in: 60,
  });
});

test('what ends answers nothing', async () => {
  server.status = 204;
  await closeDocument(settings, named);
  await endSession(settings, 's');
  await revokeLink(settings, 'l');
  const asked = server.requests.map(([url, { method }]) => [method, url.split('/api/')[1]]);
  expect(asked).toEqual([
    ['DELETE', 'documents/k/d'],
    ['DELETE', 'sessions/s'],
    ['DELETE', 'links/l'],
  ]);
});

test('a refusal is an error in the words of the server', async () => {
  Object.assign(server, { status: 409, body: { message: 'too many links' } });
  await expect(makeLink(settings, named, 'edit', 60)).rejects.toThrow('too many links');
});
