import { expect, test } from 'vitest';
import { Living, settled } from '../view/living';

const COUNTER = { name: 'main/Counter@1', properties: { value: { kind: 'int' } } };
const TYPE = 'main/Counter@1#hash-1';

function counter(schema = true): Living {
  const living = new Living({ c: { type: TYPE, props: { value: 1 } } });
  if (schema) living.schema = { 'hash-1': COUNTER };
  living.assets = { 'hash-1': JSON.stringify(COUNTER) };
  return living.start();
}

test('a type without a hash is built in, another one is what came along', async () => {
  const living = counter();
  const { types } = living.document;
  expect(living.model('c').entry).toEqual(COUNTER);
  expect(types.entry('ui/Slider@1')).toBe(null);
  expect(await types.find('ui/Slider@1')).toBe(null);
  expect(await types.find(TYPE)).toEqual(COUNTER);
  expect(types.known).toEqual(['hash-1']);
  expect(living.asked).toEqual([]);
});

test('a transaction brings the types that it uses', () => {
  const living = counter();
  const schema = { 'hash-2': { ...COUNTER, name: 'main/Other@1' } };
  living.patchWith({ schema }, { op: 'add', m: 'd', type: 'main/Other@1#hash-2', props: {} });
  expect(living.model('d').entry?.name).toBe('main/Other@1');
});

test('an entry that did not come along is asked for once; until then the model is only mirrored', async () => {
  const living = counter(false);
  const model = living.model('c');
  expect(model.entry).toBe(undefined);
  expect(model.get('value')).toBe(1);
  expect(() => model.set('value', 2)).toThrow('not known here');
  living.set('c', 'value', 3);
  expect(model.get('value')).toBe(3);
  const both = [living.document.types.find(TYPE), living.document.types.find(TYPE)];
  expect(await Promise.all(both)).toEqual([COUNTER, COUNTER]);
  expect(living.asked).toEqual(['hash-1']);
  model.set('value', 2);
  expect(living.edits()).toMatchObject([{ v: 2 }]);
});

test('what a document does not have fails, and may be asked for again', async () => {
  const living = counter(false);
  const { assets } = living.document;
  await expect(assets.get('nothing')).rejects.toThrow('unknown-asset');
  living.assets.nothing = 'x';
  expect(new TextDecoder().decode(await assets.get('nothing'))).toBe('x');
});

test('what is asked for offline, or was not answered, is asked on the next connection', async () => {
  const living = counter();
  const { assets } = living.document;
  living.transport.close();
  const late = assets.get('hash-1');
  await settled();
  expect(living.asked).toEqual([]);
  living.start();
  await late;
  const lost = assets.get('other');
  living.transport.close();
  await settled();
  living.assets.other = 'x';
  living.start();
  await lost;
  expect(living.asked).toEqual(['hash-1', 'other', 'other']);
});
