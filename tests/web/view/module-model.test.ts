import { expect, test, vi } from 'vitest';
import { ModuleModel } from '../../../labextension/src/view/module-model';
import { Living } from './living';

function both(): { living: Living; model: ModuleModel } {
  const living = new Living({ c: { type: 'x/X@1', props: { a: 1, b: 1 } } }).start();
  return { living, model: new ModuleModel(living.model('c')) };
}

test('what is set is seen at once and sent when it is saved, as one transaction', () => {
  const { living, model } = both();
  const heard: unknown[] = [];
  model.on('change:a change:b', (_, value) => heard.push(value));
  model.on('change', () => heard.push('any'));
  model.set('a', 2);
  model.set({ a: 3, b: 4 });
  expect([model.get('a'), living.edits()]).toEqual([3, []]);
  expect(heard).toEqual([2, 'any', 3, 'any', 4, 'any']);
  model.save_changes();
  expect(living.edits()).toMatchObject([{ v: 3 }, { v: 4 }]);
  living.set('c', 'a', 9);
  expect([model.get('a'), heard.slice(6)]).toEqual([9, [9, 'any']]);
});

test('listeners are taken away one by one, by name, or all', () => {
  const { living, model } = both();
  const [one, two, three] = [vi.fn(), vi.fn(), vi.fn()];
  model.on('change:a', one);
  model.on('change:a', two);
  model.on('change:b', three);
  model.off('change:a', one);
  living.set('c', 'a', 2);
  model.off('change:a');
  living.set('c', 'a', 3);
  living.set('c', 'b', 3);
  model.off();
  living.set('c', 'b', 4);
  expect([one, two, three].map((fn) => fn.mock.calls.length)).toEqual([0, 1, 1]);
});

test('messages go both ways until the end', () => {
  const { living, model } = both();
  const heard: unknown[] = [];
  model.on('msg:custom', (...given) => heard.push(given));
  const say = (data: unknown) => living.patch({ op: 'msg', m: 'c', name: 'custom', data });
  say(1);
  model.send({ x: 1 });
  expect(living.edits()).toMatchObject([{ op: 'msg', name: 'custom', data: { x: 1 } }]);
  expect(() => model.send({}, undefined, [new ArrayBuffer(1)])).toThrow(TypeError);
  model.dispose();
  say(2);
  expect(heard).toEqual([[1, []]]);
});
