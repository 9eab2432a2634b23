// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { showElement } from '../../../labextension/src/view/element';
import type { ElementFacts } from '../../../labextension/src/view/facts';
import { Living, settled } from './living';

const written: string[] = [];

class Field extends HTMLElement {
  private held = new Map<string, unknown>([['value', 0]]);
  get value() {
    return this.held.get('value');
  }
  set value(v) {
    this.put('value', v);
  }
  get max() {
    return this.held.get('max');
  }
  set max(v) {
    this.put('max', v);
  }
  private put(name: string, v: unknown) {
    written.push(`${name}=${v}${this.isConnected ? '' : ' early'}`);
    this.held.set(name, v);
  }
  /** The user changes it. */
  use(value: unknown, ...events: string[]) {
    this.held.set('value', value);
    for (const type of events) this.dispatchEvent(new Event(type, { bubbles: true }));
  }
}
customElements.define('x-field', Field);

const FACTS: ElementFacts = {
  tag: 'x-field',
  props: { value: 'value', max: 'max' },
  sync: { value: ['input', 'change'] },
  events: ['click'],
  text: 'label',
};
const MODELS = {
  s: { type: 'ui/Slider@1', props: { value: 3, max: 10, label: 'Size' } },
};

let frames: FrameRequestCallback[] = [];
const frame = () => {
  for (const callback of frames.splice(0)) callback(0);
};

beforeEach(() => {
  written.length = 0;
  frames = [];
  vi.stubGlobal('requestAnimationFrame', (callback: FrameRequestCallback) => frames.push(callback));
});
afterEach(() => vi.unstubAllGlobals());

function shown(facts = FACTS, models: typeof MODELS = MODELS) {
  const living = new Living(models).start();
  const view = showElement(living.model('s'), facts);
  const field = view.node as Field;
  document.body.append(field);
  return { living, view, field };
}

test('properties are set before the element is inserted, what the user edits last', () => {
  const { field } = shown();
  expect(written).toEqual(['max=10 early', 'value=3 early']);
  expect(field.textContent).toBe('Size');
  expect(field.dataset).toMatchObject({ model: 's', type: 'ui/Slider@1' });
});

test('what an element always is it is from the start', () => {
  const { field } = shown({ ...FACTS, fixed: { title: 'secret' } });
  expect(field.title).toBe('secret');
});

test('editing sends the first value of a frame and its last, a commit at once', () => {
  const { living, field } = shown();
  field.use(2, 'input');
  expect(living.edits()).toEqual([{ op: 'set', m: 's', p: ['value'], v: 2 }]);
  field.use(4, 'input');
  field.use(5, 'input');
  expect(living.edits()).toEqual([]);
  frame();
  expect(living.edits()).toEqual([{ op: 'set', m: 's', p: ['value'], v: 5 }]);
  field.use(6, 'input', 'change');
  expect(living.edits()).toEqual([{ op: 'set', m: 's', p: ['value'], v: 6 }]);
  frame();
  expect(living.edits()).toEqual([]);
});

test('a value from Python is shown and not sent back', async () => {
  const { living, field } = shown();
  living.set('s', 'value', 8);
  await settled();
  expect(field.value).toBe(8);
  field.use(8, 'input', 'change');
  frame();
  expect(living.edits()).toEqual([]);
});

test('changes of one transaction are set in order: limits first', async () => {
  const { living } = shown();
  written.length = 0;
  living.patch(
    { op: 'set', m: 's', p: ['value'], v: 15 },
    { op: 'set', m: 's', p: ['max'], v: 20 },
  );
  await settled();
  expect(written).toEqual(['max=20', 'value=15']);
});

test('a value under the user’s hand is not overwritten by another property’s change', async () => {
  const { living, field } = shown();
  field.use(8, 'input');
  field.use(9, 'input');
  living.set('s', 'max', 30);
  await settled();
  expect(field.value).toBe(9);
  living.edits();
  frame();
  expect(living.edits()).toEqual([{ op: 'set', m: 's', p: ['value'], v: 9 }]);
});

test('events become messages, those of elements inside do not', () => {
  const { living, field } = shown();
  const inside = document.createElement('b');
  field.append(inside);
  inside.dispatchEvent(new Event('click', { bubbles: true }));
  expect(living.edits()).toEqual([]);
  field.dispatchEvent(new Event('click'));
  expect(living.edits()).toEqual([{ op: 'msg', m: 's', name: 'click', data: null }]);
});

test('a blank element means what the table says', () => {
  const { living, field } = shown({ ...FACTS, blank: { value: null } });
  field.use('', 'change');
  expect(living.edits()).toEqual([{ op: 'set', m: 's', p: ['value'], v: null }]);
  const text = shown({ ...FACTS, blank: { value: '' } });
  text.field.use(null, 'change');
  expect(text.living.edits()).toEqual([{ op: 'set', m: 's', p: ['value'], v: '' }]);
});

test('after its end a view neither hears nor speaks', async () => {
  const { living, view, field } = shown();
  view.dispose();
  expect(field.isConnected).toBe(false);
  written.length = 0;
  living.set('s', 'value', 1);
  await settled();
  field.use(2, 'change');
  expect([written, living.edits()]).toEqual([[], []]);
});

test('an edit that Python refuses is taken back', async () => {
  const { living, field } = shown();
  field.use(9, 'change');
  expect(living.model('s').get('value')).toBe(9);
  living.refuse('invalid-value', 'too much');
  await settled();
  expect([living.model('s').get('value'), field.value]).toEqual([3, 3]);
  field.use(4, 'change');
  expect(living.edits()).toEqual([{ op: 'set', m: 's', p: ['value'], v: 4 }]);
});

test('an element that may not be edited is disabled, and enabled again with the right to edit', () => {
  const props = { ...FACTS.props, disabled: 'disabled' };
  const model = { ...MODELS.s, props: { ...MODELS.s.props, disabled: false } };
  const living = new Living({ s: model }).start(true);
  const view = showElement(living.model('s'), { ...FACTS, props });
  expect(Reflect.get(view.node, 'disabled')).toBe(true);
  living.transport.close(1006);
  living.start(false);
  expect(Reflect.get(view.node, 'disabled')).toBe(false);
});
