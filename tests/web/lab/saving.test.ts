// @vitest-environment jsdom
import type { INotebookModel } from '@jupyterlab/notebook';
import { expect, test } from 'vitest';
import type { Json } from '../../../labextension/src/core/values';
import { form, note, shownDocument } from '../../../labextension/src/lab/current';
import { MIME } from '../../../labextension/src/lab/mime';
import { prepare } from '../../../labextension/src/lab/saving';
import { savedForm } from '../../../labextension/src/lab/snapshot';
import { Living } from '../view/living';

form.of = savedForm;

function notebook(...bundles: Json[]) {
  const outputs = bundles.map((data) => ({
    data,
    metadata: { kept: true },
    writes: 0,
    setData(given: Json) {
      this.writes++;
      Object.assign(this, given);
    },
  }));
  const cell = {
    type: 'code',
    outputs: { length: outputs.length, get: (i: number) => outputs[i] },
  };
  return { outputs, model: { cells: [{ type: 'markdown' }, cell] } as unknown as INotebookModel };
}

const bundle = (doc = 'd', mount: string | null = 's') => ({
  [MIME]: { doc, mount, protocol: 1, version: '0' },
  'text/html': 'as displayed',
  'text/plain': 'as displayed',
  'application/vnd.jupyter.widget-view+json': { model_id: 'w' },
});

function slider() {
  return new Living({ s: { type: 'ui/Slider@1', props: { value: 3 } } });
}

test('outputs of a document that is there are written as it is now, once', () => {
  const living = slider().start();
  const forget = note('k', 'd', living.document);
  const { outputs, model } = notebook(bundle(), { 'text/plain': 'other' }, bundle('unknown'));
  prepare(model, ['k'], 'current');
  const [first, other, unknown] = outputs;
  expect(first?.data[MIME].snapshot.doc.models.s.props.value).toBe(3);
  expect(first?.data['text/html']).toContain('<strong>3</strong>');
  expect(first?.data).not.toHaveProperty(['application/vnd.jupyter.widget-view+json']);
  expect(first?.metadata).toEqual({ kept: true });
  expect([first?.writes, other?.writes, unknown?.writes]).toEqual([1, 0, 0]);
  prepare(model, ['k'], 'current');
  expect(first?.writes).toBe(1);
  living.document.model('s')?.set('value', 4);
  prepare(model, ['k'], 'displayed');
  expect(first?.writes).toBe(1);
  prepare(model, ['k'], 'current');
  expect(first?.data['text/html']).toContain('<strong>4</strong>');
  forget();
});

test('a document of a kernel that the notebook never had is not written', () => {
  const forget = note('k', 'd', slider().start().document);
  const { outputs, model } = notebook(bundle());
  prepare(model, ['elsewhere'], 'current');
  expect(outputs[0]?.writes).toBe(0);
  forget();
});

test('without values nothing but the names is left', () => {
  const { outputs, model } = notebook({
    ...bundle(),
    [MIME]: { ...bundle()[MIME], snapshot: { doc: 'secret' } },
  });
  prepare(model, [], 'none');
  expect(outputs[0]?.data[MIME]).toEqual(bundle()[MIME]);
  expect(outputs[0]?.data['text/html']).toBeUndefined();
  expect(outputs[0]?.data['text/plain']).toContain('does not keep');
  prepare(model, [], 'none');
  expect(outputs[0]?.writes).toBe(1);
});

test('a document is known while something shows it, and once it has arrived', () => {
  const living = slider();
  const [one, two] = [note('k', 'd', living.document), note('k', 'd', living.document)];
  expect(shownDocument('k', 'd')).toBeUndefined();
  living.start();
  one();
  expect(shownDocument('k', 'd')).toBe(living.document);
  two();
  expect(shownDocument('k', 'd')).toBeUndefined();
});
