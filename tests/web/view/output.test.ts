// @vitest-environment jsdom
import { expect, test } from 'vitest';
import type { Json } from '../../../labextension/src/core/values';
import { renderOutput } from '../../../labextension/src/view/output';
import { Living } from './living';

function shown(data: Json, metadata: Json = {}): { host: HTMLElement; living: Living } {
  const living = new Living({ o: { type: 'ui/Output@1', props: { data, metadata } } }).start();
  const host = document.createElement('div');
  renderOutput(host, living.model('o'));
  return { host, living };
}

test('the richest form is shown', () => {
  const { host } = shown({ 'text/plain': 'plain', 'text/html': ['<b>', 'rich</b>'] });
  expect(host.innerHTML).toBe('<b>rich</b>');
});

test('html of which nothing is left gives way to the next form', () => {
  const { host } = shown({ 'text/html': '<div></div><script>x()</script>', 'text/plain': 'plain' });
  expect(host.textContent).toBe('plain');
});

test('a picture has its size and a text', () => {
  const metadata = { 'image/png': { width: 10, alt: 'A line' } };
  const image = shown({ 'image/png': 'aGk=\n' }, metadata).host.querySelector('img');
  expect(image?.src).toBe('data:image/png;base64,aGk=');
  expect([image?.width, image?.alt]).toEqual([10, 'A line']);
});

test('a picture that is no base64 is not shown', () => {
  const { host } = shown({ 'image/png': 'x" onerror="y', 'text/plain': 'plain' });
  expect(host.textContent).toBe('plain');
});

test('an error loses its colours and is announced', () => {
  const traceback = [
    '\u001b[0;31mValueError\u001b[0m: no',
    '\u001b]8;;http://x\u0007link\u001b]8;;\u0007',
  ];
  const { host } = shown({ error: { ename: 'ValueError', evalue: 'no', traceback } });
  expect(host.textContent).toBe('ValueError: no\nlink');
  expect(host.querySelector('[role=alert]')).not.toBeNull();
});

test('an error may be one sentence', () => {
  expect(shown({ error: 'It failed' }).host.textContent).toBe('It failed');
  expect(shown({ error: { ename: 'E', evalue: 'v' } }).host.textContent).toBe('E: v');
});

test('nothing that can be shown is said', () => {
  expect(shown({ 'application/x-odd': 1 }).host.textContent).toContain('cannot be shown');
});

test('a new bundle replaces the old', () => {
  const { host, living } = shown({ 'text/plain': 'old' });
  living.set('o', 'data', { 'text/plain': 'new' });
  expect(host.textContent).toBe('new');
});
