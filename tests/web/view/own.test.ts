// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { mount } from '../../../labextension/src/view/mount';
import { Living, until } from './living';

const calls: unknown[] = [];

// Node cannot import what a browser keeps under a blob's address.
class Code {
  constructor(readonly parts: Uint8Array[]) {}
}

beforeEach(() => {
  calls.length = 0;
  vi.stubGlobal('Blob', Code);
  vi.stubGlobal('calls', calls);
  URL.createObjectURL = (code) => {
    const [bytes] = (code as unknown as Code).parts;
    return `data:text/javascript;base64,${Buffer.from(bytes as Uint8Array).toString('base64')}`;
  };
  URL.revokeObjectURL = () => calls.push('revoked');
});

afterEach(() => {
  vi.unstubAllGlobals();
  document.body.replaceChildren();
});

const CODE = `
export default {
  initialize({ model }) {
    calls.push('initialize');
    return () => calls.push('initialize ends');
  },
  render({ model, el }) {
    const button = document.createElement('button');
    const show = () => { button.textContent = model.get('value'); };
    button.onclick = () => {
      model.set('value', model.get('value') + 1);
      model.save_changes();
      model.send({ pressed: true });
    };
    model.on('change:value', show);
    model.on('msg:custom', (data) => calls.push(data));
    show();
    el.append(button);
    return () => calls.push('render ends');
  },
};`;

function counter(view: unknown, code = CODE): { living: Living; node: HTMLElement } {
  const living = new Living({ c: { type: 'main/Counter@1#h', props: { value: 1, children: [] } } });
  living.schema = { h: { name: 'main/Counter@1', properties: {}, view } };
  living.assets = { esm: code, css: 'button { color: red }' };
  const node = document.createElement('div');
  document.body.append(node);
  mount(living.document, 'c', node);
  return { living, node };
}

const button = (node: HTMLElement) => node.querySelector('button');

test('a model is shown by the code that its type brings along', async () => {
  const { living, node } = counter({ esm: 'esm' });
  living.start();
  await until(() => button(node));
  expect(button(node)?.textContent).toBe('1');
  living.set('c', 'value', 5);
  expect(button(node)?.textContent).toBe('5');
  button(node)?.click();
  expect(button(node)?.textContent).toBe('6');
  expect(living.edits()).toMatchObject([
    { op: 'set', p: ['value'], v: 6 },
    { op: 'msg', name: 'custom', data: { pressed: true } },
  ]);
  living.patch({ op: 'msg', m: 'c', name: 'custom', data: 'hello' });
  expect(calls).toEqual(['revoked', 'initialize', 'hello']);
});

test('it begins once in several places, and ends with each place and with the model', async () => {
  const { living, node } = counter({ esm: 'esm' });
  living.start();
  const other = document.createElement('div');
  const end = mount(living.document, 'c', other);
  await until(() => button(node) && button(other));
  expect(living.asked).toEqual(['esm']);
  end();
  expect(calls).toEqual(['revoked', 'initialize', 'render ends']);
  living.patch({ op: 'root-', m: 'c' }, { op: 'drop', ms: ['c'] });
  await until(() => calls.length === 5);
  expect(calls.slice(3)).toEqual(expect.arrayContaining(['render ends', 'initialize ends']));
});

test('a function may give the module, and nothing has to end', async () => {
  const { living, node } = counter(
    { esm: 'esm' },
    `export default async () => ({ render: ({ el }) => el.append(document.createElement('button')) })`,
  );
  living.start();
  await until(() => button(node));
  living.patch({ op: 'root-', m: 'c' }, { op: 'drop', ms: ['c'] });
  expect(button(node)).toBe(null);
});

test('code that fails says so, in its place', async () => {
  vi.spyOn(console, 'error').mockImplementation(() => {});
  const { living, node } = counter({ esm: 'esm' }, `throw new Error('no')`);
  living.start();
  await until(() => node.querySelector('.syncline-box'));
  expect(node.textContent).toContain('main/Counter@1#h could not be shown');
});

test('an entry that comes later is waited for', async () => {
  const { living, node } = counter({ esm: 'esm' });
  living.assets.h = JSON.stringify(living.schema.h);
  living.schema = {};
  living.start();
  await until(() => button(node));
  expect(living.asked).toEqual(['h', 'esm']);
});

test('a subclass of a built-in type is shown as that, also when its entry comes later', async () => {
  for (const late of [false, true]) {
    const { living, node } = counter('ui/Row@1');
    if (late) {
      living.assets.h = JSON.stringify(living.schema.h);
      living.schema = {};
    }
    living.start();
    await until(() => node.querySelector('.syncline-row'));
    expect(node.querySelector<HTMLElement>('.syncline-row')?.dataset.model).toBe('c');
  }
});

test('a type without a view is named', async () => {
  const { living, node } = counter(null);
  living.start();
  await until(() => node.querySelector('.syncline-box'));
  expect(node.textContent).toContain('No view for main/Counter@1');
});

test('a style sheet holds as long as a view is there', async () => {
  class Sheet {
    text = '';
    replaceSync(text: string): void {
      this.text = text;
    }
  }
  vi.stubGlobal('CSSStyleSheet', Sheet);
  document.adoptedStyleSheets = [];
  const { living, node } = counter({ esm: 'esm', css: 'css' });
  living.start();
  const other = document.createElement('div');
  document.body.append(other);
  const end = mount(living.document, 'c', other);
  await until(() => button(node) && button(other));
  expect(document.adoptedStyleSheets).toEqual([{ text: 'button { color: red }' }]);
  end();
  expect(document.adoptedStyleSheets).toHaveLength(1);
  living.patch({ op: 'root-', m: 'c' }, { op: 'drop', ms: ['c'] });
  expect(document.adoptedStyleSheets).toEqual([]);
});
