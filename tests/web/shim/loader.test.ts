// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { FakeModel } from './host';

const SCRIPT = `export const prepare = (styles) => ({ el }, arrived) => {
  const node = document.createElement('p');
  node.textContent = styles;
  el.append(node);
  arrived();
  return () => node.remove();
};`;

let hash = 0;
let scripts: string[] = [];

beforeEach(() => {
  vi.useFakeTimers();
  scripts = [];
  // Node reads scripts from data addresses, browsers from blobs, which may run nowhere else.
  URL.createObjectURL = (blob) => {
    scripts.push(String(blob));
    return `data:text/javascript,${encodeURIComponent(SCRIPT)}`;
  };
  URL.revokeObjectURL = () => undefined;
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const loader = async () => (await import('../../../labextension/src/shim/loader')).default;

function widget(code = `hash-${++hash}`) {
  const model = new FakeModel({ code, saved: '<b>as it was</b>' });
  return { model, el: document.createElement('div'), code };
}

const brought = (code: string) => ({ code, script: SCRIPT, styles: 'dressed' });

test('the saved form is there until the kernel’s script shows more', async () => {
  const { render } = await loader();
  const { model, el, code } = widget();
  const dispose = render({ model, el });
  await vi.advanceTimersByTimeAsync(500);
  expect([el.textContent, model.with('code')]).toEqual(['as it was', [{ code }]]);
  model.hear(brought(code));
  await vi.waitFor(() => expect(el.textContent).toBe('dressed'));
  dispose();
  expect([el.textContent, model.heard]).toEqual(['', 0]);
});

test('one widget asks for all of a page, which run the script once', async () => {
  const { render } = await loader();
  const [one, other] = [widget('shared'), widget('shared')];
  render(one);
  render(other);
  await vi.advanceTimersByTimeAsync(500);
  expect([one.model.with('code').length, other.model.with('code').length]).toEqual([1, 0]);
  one.model.hear(brought('shared'));
  one.model.hear(brought('shared'));
  await vi.waitFor(() => expect(other.el.textContent).toBe('dressed'));
  expect(scripts.length).toBe(1);
});

test('where no answer comes another widget asks, and the first asks again, ever more rarely', async () => {
  const { render } = await loader();
  const [one, other] = [widget('late'), widget('late')];
  render(one);
  render(other);
  await vi.advanceTimersByTimeAsync(4500);
  expect([one.model.with('code').length, other.model.with('code').length]).toEqual([2, 1]);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(one.model.with('code').length).toBeLessThan(6);
});

test('a widget that is taken away asks no more', async () => {
  const { render } = await loader();
  const { model, el } = widget();
  render({ model, el })();
  await vi.advanceTimersByTimeAsync(60_000);
  expect([model.with('code').length, el.textContent, model.heard]).toEqual([0, '', 0]);
});

test('a browser that keeps things has the script from an earlier page', async () => {
  const kept = new Map<string, Response>();
  const cache = {
    match: async (address: string) => kept.get(address),
    put: async (address: string, response: Response) => void kept.set(address, response),
  };
  vi.stubGlobal('caches', { open: async () => cache });
  kept.set('https://syncline.invalid/kept', new Response(JSON.stringify(brought('kept'))));
  const { render } = await loader();
  const { model, el } = widget('kept');
  render({ model, el });
  await vi.waitFor(() => expect(el.textContent).toBe('dressed'));
  expect(model.with('code')).toEqual([]);
  const next = widget('new');
  render(next);
  await vi.advanceTimersByTimeAsync(10);
  next.model.hear(brought('new'));
  await vi.waitFor(() => expect([...kept.keys()]).toContain('https://syncline.invalid/new'));
});
