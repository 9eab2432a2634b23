// @vitest-environment jsdom
import { marked } from 'marked';
import { expect, test } from 'vitest';
import { isPlain, markdownFragment, renderMarkdown } from '../../../labextension/src/view/markdown';

function html(fragment: DocumentFragment): string {
  const host = document.createElement('div');
  host.append(fragment);
  return host.innerHTML.trim();
}

const PARTS = [
  ...['a', 'answer', 'Größe', '数', '7', '12.5', '3.', '.5', '1986', 'www.x.org', 'a@b.org', 'x.y'],
  ...[' ', '  ', ',', ';', ':', '=', '%', '°', '€', "'", '"', '!', '?', '-', '--', '+', '#', '>'],
  ...['*', '_', '`', '~~', '[', '](', ')', '<b>', '&amp;', '\\', '|', '\n', '/', 'http://', '$'],
];

function parsed(text: string): string {
  const host = document.createElement('div');
  host.innerHTML = marked.parse(text, { async: false, gfm: true });
  return host.innerHTML.trim();
}

test('a plain line is what the parser would make of it', () => {
  const made = ['answer 12', 'n=3', 'Größe: 12.5 °C, "so"', '12 - 3 = 9?', 'x', '7'];
  for (const text of made) expect(isPlain(text), text).toBe(true);
  let seed = 7;
  const next = (below: number): number => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % below;
  };
  for (let run = 0; run < 3000; run++) {
    made.push(Array.from({ length: 1 + next(5) }, () => PARTS[next(PARTS.length)]).join(''));
  }
  const plain = made.filter(isPlain);
  expect(plain.length).toBeGreaterThan(100);
  for (const text of plain) expect(html(markdownFragment(text)), text).toBe(parsed(text));
});

test('what has marks is formatted and made safe', () => {
  expect(html(markdownFragment('**so** <img src=x onerror=alert(1)>'))).toBe(
    '<p><strong>so</strong> <img src="x"></p>',
  );
});

test('a plain line that changes stays the same paragraph', () => {
  const host = document.createElement('div');
  let text = 'answer 1';
  let update = (): void => {};
  const model = {
    get: () => text,
    on: (_: string, fn: () => void) => {
      update = fn;
      return () => {};
    },
  };
  renderMarkdown(host, model as never);
  const [line] = host.children;
  const shows = (now: string): string => {
    text = now;
    update();
    return host.innerHTML.trim();
  };
  expect(shows('answer 2')).toBe('<p>answer 2</p>');
  expect(host.firstChild).toBe(line);
  expect(shows('**2**')).toBe('<p><strong>2</strong></p>');
  expect(shows('answer 3')).toBe('<p>answer 3</p>');
  expect(shows('')).toBe('');
  expect(shows('4')).toBe('<p>4</p>');
});
