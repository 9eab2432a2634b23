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

test('a short interruption says nothing, a longer one does', () => {
  vi.useFakeTimers();
  const living = new Living({ c: column() });
  const node = place();
  mount(living.document, 'c', node);
  living.start();
  const note = node.querySelector('.syncline-status') as HTMLElement;
  vi.advanceTimersByTime(1000);
  expect(note.textContent).toBe('');
  living.transport.close(1006);
  expect([node.dataset.synclineStatus, note.textContent]).toEqual(['offline', '']);
  vi.advanceTimersByTime(1000);
  expect(note.textContent).toContain('Offline');
});

test('a session that is gone says so at once and offers to reload', () => {
  const living = new Living({ c: column() }).start();
  const node = place();
  mount(living.document, 'c', node);
  living.transport.close(4404);
  expect(node.querySelector('.syncline-ended')?.textContent).toContain('This session has ended.');
  expect(node.querySelector('.syncline-ended a')?.textContent).toBe('Reload the page');
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

test('a refused edit is said where it was made, for a while', () => {
  vi.useFakeTimers();
  const living = new Living({ a: { type: 'my/Odd@1', props: { v: 1 } } }).start();
  const [here, there] = [place(), place()];
  for (const node of [here, there]) mount(living.document, 'a', node);
  const field = document.createElement('input');
  here.append(field);
  field.focus();
  living.model('a').set('v', 2);
  living.refuse('invalid-value', 'v: at most 1');
  const notes = [here, there].map((node) => node.querySelector('.syncline-status'));
  expect(notes[0]?.textContent).toBe('Your change was not kept: at most 1');
  expect(notes[1]?.textContent).toBe('');
  vi.advanceTimersByTime(10_000);
  expect(notes[0]?.textContent).toBe('');
});

test('a document that is only to be looked at says so', () => {
  const living = new Living({ c: column() }).start(true);
  const node = place();
  mount(living.document, 'c', node);
  expect(node.querySelector('.syncline-viewing')?.textContent).toContain('Read-only');
  living.transport.close(1006);
  living.start(false);
  expect(node.querySelector('.syncline-viewing')).toBeNull();
  expect(node.querySelector('.syncline-status')?.textContent).toBe('');
});
