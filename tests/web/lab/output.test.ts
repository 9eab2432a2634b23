// @vitest-environment jsdom
import { expect, test, vi } from 'vitest';

vi.stubGlobal('DragEvent', class extends Event {});
vi.stubGlobal(
  'IntersectionObserver',
  class {
    observe() {}
    disconnect() {}
  },
);
const { Widget } = await import('@lumino/widgets');
const { LiveOutput } = await import('../../../labextension/src/lab/output');
const { MIME, WIDGET } = await import('../../../labextension/src/lab/mime');

const NEWER = { doc: 'a', mount: null, protocol: 7, version: '7.0.0' };

class Shim extends Widget {
  readonly renderModel = vi.fn(async () => undefined);
}

const signal = { connect() {}, disconnect() {} };

/** An output whose kernel speaks another protocol; `widgets` says whether its host has a renderer for them. */
async function made({ kernel = true, widgets = true, trusted = true, bundle = {} } = {}) {
  const shim = new Shim();
  const context = {
    kernelChanged: signal,
    statusChanged: signal,
    connectionStatusChanged: signal,
    isReady: true,
    session: { kernel: kernel ? { isDisposed: false } : null },
  };
  const rendermime = {
    getFactory: () => (widgets ? {} : undefined),
    createRenderer: () => shim,
  };
  const host = { context, rendermime, settings: {}, savedAt: () => null };
  const output = new LiveOutput({ sanitize: (html: string) => html } as never, host as never);
  const data = { [MIME]: NEWER, [WIDGET]: { model_id: 'm' }, 'text/plain': 'saved', ...bundle };
  await output.renderModel({ data, trusted } as never);
  return { output, shim, state: () => output.node.dataset.synclineState };
}

test('a document of another protocol is shown by the widget beside it, once', async () => {
  const { output, shim, state } = await made();
  expect([state(), shim.parent === output]).toEqual(['widget', true]);
  expect(shim.renderModel).toHaveBeenCalledOnce();
  output.dispose();
  expect(shim.isDisposed).toBe(true);
});

test.each([
  ['there is none', { bundle: { [WIDGET]: undefined } }],
  ['nothing here shows widgets', { widgets: false }],
  ['no kernel has it', { kernel: false }],
  ['the output is not trusted', { trusted: false }],
])('where %s, it is shown as it was saved', async (_, host) => {
  const { output, shim, state } = await made(host);
  expect([state(), shim.parent]).toEqual(['saved', null]);
  expect(output.node.querySelector('.syncline-saved')?.textContent).toBe('saved');
});
