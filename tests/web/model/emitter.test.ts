import { expect, test, vi } from 'vitest';
import { Emitter } from '../../../labextension/src/model/emitter';

test('an error in one listener does not reach the others', () => {
  const errors = vi.spyOn(console, 'error').mockImplementation(() => {});
  const emitter = new Emitter<number>();
  const heard: number[] = [];
  emitter.on('a', () => {
    throw new Error('mine');
  });
  emitter.on('a', (n) => heard.push(n));
  emitter.emit('a', 1);
  expect(heard).toEqual([1]);
  expect(errors).toHaveBeenCalledOnce();
  errors.mockRestore();
});

test('a listener added twice is called twice, and each remover removes one', () => {
  const emitter = new Emitter<number>();
  const heard: number[] = [];
  const listener = (n: number) => heard.push(n);
  const off = emitter.on('a', listener);
  emitter.on('a', listener);
  off();
  off();
  emitter.emit('a', 1);
  emitter.emit('b', 2);
  expect(heard).toEqual([1]);
  expect([emitter.wants('a'), emitter.wants('b')]).toEqual([true, false]);
});

test('a listener may remove itself while it is called', () => {
  const emitter = new Emitter<number>();
  const heard: string[] = [];
  const off = emitter.on('*', () => {
    heard.push('once');
    off();
  });
  emitter.on('*', () => heard.push('always'));
  emitter.emit('a', 1);
  emitter.emit('a', 2);
  expect(heard).toEqual(['once', 'always', 'always']);
});
