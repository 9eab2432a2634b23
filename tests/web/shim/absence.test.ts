// @vitest-environment jsdom
import { beforeEach, expect, test, vi } from 'vitest';
import { VERSION } from '../../../labextension/src/sync/version';

beforeEach(() => {
  vi.resetModules();
  document.body.replaceChildren();
});

/** What is said in a page of a host with such a configuration, twice. */
async function said(config: unknown): Promise<string[]> {
  const node = document.createElement('script');
  node.id = 'jupyter-config-data';
  node.type = 'application/json';
  node.textContent = typeof config === 'string' ? config : JSON.stringify(config);
  document.body.append(node);
  const { sayAbsence } = await import('../../../labextension/src/shim/absence');
  return [0, 1].map(() => {
    const root = document.createElement('div');
    sayAbsence(root);
    return root.textContent;
  });
}

test('a JupyterLab without our extension is told of, once in a page', async () => {
  const config = { appName: 'JupyterLab', federated_extensions: [{ name: 'other' }] };
  const text = `This JupyterLab has no Syncline, the kernel has ${VERSION}: widgets show its outputs.`;
  expect(await said(config)).toEqual([text, '']);
});

test.each([
  [
    'has the extension',
    { appName: 'JupyterLab', federated_extensions: [{ name: 'syncline-lab' }] },
  ],
  ['is none of JupyterLab', { federated_extensions: [] }],
  ['says nothing of its extensions', { appName: 'JupyterLab' }],
  ['cannot be read', '{'],
])('nothing is said in a page that %s', async (_, config) => {
  expect(await said(config)).toEqual(['', '']);
});
