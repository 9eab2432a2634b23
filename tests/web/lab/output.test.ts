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
  constructor(private readonly known: boolean) {
    super();
  }

  readonly renderModel = vi.fn(async () => {
    if (this.known) this.appear();
    else this.node.textContent = 'model not found';
  });

  appear(): void {
    this.node.replaceChildren(document.createElement('p'));
  }
}

const signal = { connect() {}, disconnect() {} };

/** An output whose kernel speaks another protocol; `widgets` says whether its host has a renderer for them. */
async function made({
  kernel = true,
  widgets = true,
  trusted = true,
  known = true,
  bundle = {},
} = {}) {
  const shim = new Shim(known);
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
  await vi.waitFor(() => expect(state()).toBe('widget'));
  expect([shim.parent === output, shim.isHidden]).toEqual([true, false]);
  expect(shim.renderModel).toHaveBeenCalledOnce();
  output.dispose();
  expect(shim.isDisposed).toBe(true);
});

test('while nobody knows the widget the saved form is shown instead of its excuses', async () => {
  const { shim, state } = await made({ known: false });
  await vi.waitFor(() => expect([state(), shim.isHidden]).toEqual(['saved', true]));
  shim.appear();
  await vi.waitFor(() => expect([state(), shim.isHidden]).toEqual(['widget', false]));
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
