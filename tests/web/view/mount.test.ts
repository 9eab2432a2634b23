// @vitest-environment jsdom
import { afterEach, expect, test, vi } from 'vitest';
import { mount } from '../../../labextension/src/view/mount';
import { Living, ref, settled, until } from './living';

afterEach(() => {
  vi.useRealTimers();
  document.body.replaceChildren();
});

const text = (t: string) => ({ type: 'ui/Markdown@1', props: { text: t } });
const column = (...ids: string[]) => ({ type: 'ui/Column@1', props: { children: ids.map(ref) } });

function place(): HTMLElement {
  const node = document.createElement('div');
  document.body.append(node);
  return node;
}

const ids = (node: HTMLElement) =>
  [...node.querySelectorAll<HTMLElement>('[data-model]')].map((e) => e.dataset.model);

test('a root is shown with its children, and the status on the mounted element', async () => {
  const living = new Living({ c: column('a', 'b'), a: text('*one*'), b: text('two') }).start();
  const node = place();
  mount(living.document, 'c', node);
  await until(() => node.querySelector('em'));
  expect(ids(node)).toEqual(['c', 'a', 'b']);
  expect(node.dataset.synclineStatus).toBe('live');
  expect(node.classList.contains('syncline-root')).toBe(true);
});

test('without a mount id all roots are shown and follow the document', () => {
  const models = { a: { type: 'my/Odd@1', props: {} }, b: { type: 'my/Odd@2', props: {} } };
  const living = new Living(models, ['a', 'b']).start();
  const node = place();
  mount(living.document, null, node);
  living.patch({ op: 'root-', m: 'a' });
  expect(ids(node)).toEqual(['b']);
});

test('a type nobody shows is named in a box', () => {
  const living = new Living({ a: { type: 'my/Odd@1', props: {} } }).start();
  const node = place();
  mount(living.document, 'a', node);
  expect(node.querySelector('.syncline-box')?.textContent).toBe('No view for my/Odd@1');
});

test('children keep their elements and focus when others come and go', () => {
  const row = (...names: string[]) => ({ type: 'ui/Row@1', props: { children: names.map(ref) } });
  const living = new Living({ c: column('a', 'b', 'd'), a: row(), b: row(), d: row() }).start();
  const node = place();
  mount(living.document, 'c', node);
  const b = node.querySelector<HTMLElement>('[data-model=b]') as HTMLElement;
  b.tabIndex = 0;
  b.focus();
  living.set('c', 'children', [ref('b'), ref('d'), ref('b')]);
  expect(ids(node)).toEqual(['c', 'b', 'd', 'b']);
  expect(node.querySelector('[data-model=b]')).toBe(b);
  expect(document.activeElement).toBe(b);
});

test('a model inside itself is said, not followed', () => {
  const living = new Living({ c: column('c') }).start();
  const node = place();
  mount(living.document, 'c', node);
  expect(node.querySelector('.syncline-box')?.textContent).toContain('inside itself');
});

test('a Mount shows another document and gives it back', async () => {
  const outer = new Living({ m: { type: 'ui/Mount@1', props: { doc: 'other', mount: null } } });
  const inner = new Living({ x: { type: 'my/Odd@1', props: {} } }).start();
  const close = vi.fn();
  const connect = vi.fn(() => ({ document: inner.document, close }));
  const node = place();
  const dispose = mount(outer.start().document, 'm', node, { connect });
  expect(connect).toHaveBeenCalledExactlyOnceWith('other');
  expect(ids(node)).toEqual(['m', 'x']);
  dispose();
  expect(close).toHaveBeenCalledOnce();
  expect(node.textContent).toBe('');
});

test('a document that mounts itself stops at once', () => {
  const living = new Living({ m: { type: 'ui/Mount@1', props: { doc: 'me', mount: null } } });
  const connect = vi.fn(() => ({ document: living.document, close: () => undefined }));
  const node = place();
  mount(living.start().document, 'm', node, { connect });
  expect(connect).toHaveBeenCalledOnce();
  expect(node.textContent).toContain('inside itself');
});

test('views disposed before their code has come do nothing', async () => {
  const living = new Living({ a: text('late') }).start();
  const node = place();
  mount(living.document, 'a', node)();
  await settled();
  expect(node.childNodes.length).toBe(0);
});
