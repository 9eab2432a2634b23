// @vitest-environment jsdom
import { expect, test } from 'vitest';
import { form, note, shownDocument } from '../../../labextension/src/lab/current';
import { MIME, WIDGET } from '../../../labextension/src/lab/mime';
import { prepare } from '../../../labextension/src/lab/saving';
import { savedForm } from '../../../labextension/src/lab/snapshot';
import { Living } from '../view/living';
import { meet, type OpenNotebook, openNotebooks } from './notebooks';

form.of = savedForm;

const bundle = (doc = 'd', mount: string | null = 's') => ({
  [MIME]: { doc, mount, protocol: 1, version: '0' },
  'text/html': 'as displayed',
  'text/plain': 'as displayed',
  [WIDGET]: { model_id: 'w' },
});

function opened(...bundles: object[]): OpenNotebook {
  return openNotebooks(1, ...bundles)[0] as OpenNotebook;
}

function valueIn({ data }: OpenNotebook['outputs'][0]): unknown {
  return data[MIME].snapshot.doc.models.m1.props.value;
}

function slider() {
  return new Living({ s: { type: 'ui/Slider@1', props: { value: 3 } } });
}

test('outputs of a document that is there are written as it is now, once', () => {
  const living = slider().start();
  const forget = note('k', 'd', living.document);
  const page = opened(bundle(), { 'text/plain': 'other' }, bundle('unknown'));
  prepare(page.model, ['k'], 'current');
  const [first, other, unknown] = page.outputs;
  expect(valueIn(first)).toBe(3);
  expect(first.data['text/html']).toContain('<strong>3</strong>');
  expect(first.data).not.toHaveProperty([WIDGET]);
  expect(first.metadata).toEqual({ kept: true });
  expect(page.own[0]).toEqual(first.data);
  expect([other.data, unknown.data]).toEqual([{ 'text/plain': 'other' }, bundle('unknown')]);
  expect(page.writes).toBe(1);
  prepare(page.model, ['k'], 'current');
  living.document.model('s')?.set('value', 4);
  prepare(page.model, ['k'], 'displayed');
  expect(page.writes).toBe(1);
  prepare(page.model, ['k'], 'current');
  expect(page.outputs[0].data['text/html']).toContain('<strong>4</strong>');
  forget();
});

test('a document of a kernel that the notebook never had is not written', () => {
  const forget = note('k', 'd', slider().start().document);
  const page = opened(bundle());
  prepare(page.model, ['elsewhere'], 'current');
  expect(page.writes).toBe(0);
  forget();
});

test('without values nothing but the names is left', () => {
  const page = opened({ ...bundle(), [MIME]: { ...bundle()[MIME], snapshot: { doc: 'secret' } } });
  prepare(page.model, [], 'none');
  const [{ data }] = page.outputs as [OpenNotebook['outputs'][0]];
  expect(data[MIME]).toEqual(bundle()[MIME]);
  expect(data['text/html']).toBeUndefined();
  expect(data['text/plain']).toContain('does not keep');
  prepare(page.model, [], 'none');
  expect(page.writes).toBe(1);
});

test('what two pages write at once is one output, and both have it', () => {
  const living = slider().start();
  const forget = note('k', 'd', living.document);
  const [one, two] = openNotebooks(2, bundle(), { 'text/plain': 'other' }) as [
    OpenNotebook,
    OpenNotebook,
  ];
  prepare(one.model, ['k'], 'current');
  living.document.model('s')?.set('value', 4);
  prepare(two.model, ['k'], 'current');
  meet(one, two);
  expect(one.outputs).toHaveLength(2);
  expect(one.outputs).toEqual(two.outputs);
  for (const page of [one, two]) {
    const { writes } = page;
    prepare(page.model, [], 'displayed');
    expect(page.own).toEqual(page.outputs.map(({ data }) => data));
    expect(page.writes).toBe(writes);
  }
  forget();
});

test('what cannot be changed in itself is put anew by the page that writes for all', () => {
  const forget = note('k', 'd', slider().start().document);
  const page = opened();
  // A server that has read a changed file leaves such.
  const plain = { output_type: 'display_data', data: bundle(), metadata: { kept: true } };
  page.cell.youtputs.insert(0, [plain]);
  const { states, clientID } = page.shared.awareness;
  states.set(clientID - 1, {});
  prepare(page.model, ['k'], 'current');
  expect(page.outputs).toEqual([plain]);
  states.delete(clientID - 1);
  prepare(page.model, ['k'], 'current');
  expect(page.outputs.map(valueIn)).toEqual([3]);
  expect(page.outputs[0].metadata).toEqual({ kept: true });
  expect(page.own).toEqual([page.outputs[0].data]);
  forget();
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
