// @vitest-environment jsdom
import { expect, test } from 'vitest';
import type { Json } from '../../../labextension/src/core/values';
import { savedForm } from '../../../labextension/src/lab/snapshot';
import { Living, ref } from '../view/living';

const OWN = 'test/Own@1#h';
const ENTRY = {
  name: 'test/Own@1',
  properties: {
    open: { kind: 'str', default: '' },
    secret: { kind: 'str', default: '', saved: false },
    inner: { kind: 'any', saved: false },
  },
  view: { esm: 'code' },
};

function made(models: Json, schema: Json = {}) {
  const living = new Living(models);
  living.schema = schema;
  return living.start();
}

test('a document is kept as it is, with its title, types and texts', () => {
  const slider = { type: 'ui/Slider@1', props: { label: 'n', value: 3, key: null } };
  const column = { type: 'ui/Column@1', props: { children: [ref('s')] } };
  const { document } = made({ c: column, s: slider });
  const { snapshot, html, text } = savedForm(document, null);
  expect(snapshot).toEqual({
    doc: {
      title: 'T',
      roots: ['m1'],
      models: {
        m1: { type: 'ui/Column@1', props: { children: [ref('m2')] } },
        m2: { ...slider, props: { label: 'n', value: 3 } },
      },
    },
    schema: {},
  });
  expect(html).toContain('n: <strong>3</strong>');
  expect(text).toBe('Document("T")\n  Column(children=[Slider])');
});

test('of one root only what it reaches is kept, with what is not acknowledged yet', () => {
  const living = made({
    a: { type: 'ui/Slider@1', props: { value: 1 } },
    b: { type: 'ui/Slider@1', props: { value: 2 } },
  });
  living.document.model('a')?.set('value', 5);
  const { snapshot } = savedForm(living.document, 'a');
  expect(snapshot.doc).toEqual({
    title: '',
    roots: ['m1'],
    models: { m1: { type: 'ui/Slider@1', props: { value: 5 } } },
  });
});

test('secrets, what only they reach, and the code of views stay out', () => {
  const { document } = made(
    {
      o: { type: OWN, props: { open: 'yes', secret: 'hunter2', inner: ref('t') } },
      t: { type: 'ui/TextInput@1', props: { value: 'hunter2' } },
    },
    { h: ENTRY },
  );
  const saved = savedForm(document, null);
  expect(JSON.stringify(saved)).not.toContain('hunter2');
  expect(saved.snapshot.schema.h.view).toBeNull();
  expect(saved.html).toContain('yes');
});

test('equal values are the same under other ids, however their tables came about', () => {
  const saved = (id: string, other: string, gen: string, first: number, value: number) => {
    const data = { $: 'cols', gen, first, cols: { x: [1, 2] } };
    const inner = { doc: id, mount: other };
    const { document } = made({
      [id]: { type: 'ui/Column@1', props: { children: [ref(other), ref(`${id}-1`)] } },
      [`${id}-1`]: { type: 'ui/Mount@1', props: inner },
      [other]: { type: 'ui/Slider@1', props: { value, data } },
    });
    return savedForm(document, id);
  };
  expect(saved('py-12', 'c-3', 'py-8', 1000, -0)).toEqual(saved('py-1', 'py-2', 'py-1', 0, 0));
});

test('of a password field nothing that was typed is kept', () => {
  const props = { label: 'Key', value: 'hunter2' };
  const saved = savedForm(made({ p: { type: 'ui/PasswordInput@1', props } }).document, null);
  expect(JSON.stringify(saved)).not.toContain('hunter2');
  expect(saved.html).toContain('Key');
});

test('of a type that is not known no value is kept', () => {
  const { document } = made({ o: { type: OWN, props: { open: 'yes' } } });
  expect(savedForm(document, null).snapshot.doc.models.m1.props).toEqual({});
});

test('what would be larger than 256 kB has no snapshot, and html all the same', () => {
  const long = Array.from({ length: 50_000 }, (_, i) => i);
  const { document } = made({ p: { type: 'ui/LinePlot@1', props: { y: long } } });
  const { snapshot, html } = savedForm(document, null);
  expect(snapshot).toBeNull();
  expect(html).toContain('data:image/svg+xml');
  const many = Object.fromEntries(
    Array.from({ length: 3000 }, (_, i) => [
      `m${i}`,
      { type: 'ui/Markdown@1', props: { text: 'x'.repeat(100), next: ref(`m${i + 1}`) } },
    ]),
  );
  expect(savedForm(made(many).document, null).snapshot).toBeNull();
});
