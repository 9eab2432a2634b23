// @vitest-environment jsdom
import { expect, test } from 'vitest';
import { markdownFragment } from '../../../labextension/src/view/markdown';
import { safeHtml, safeSvg } from '../../../labextension/src/view/sanitize';

function html(fragment: DocumentFragment): string {
  const node = document.createElement('div');
  node.append(fragment);
  return node.innerHTML;
}

test.each([
  ['<script>x()</script>a', 'a'],
  ['<img src="a.png" onerror="x()">', '<img src="a.png">'],
  ['<a href="javascript:x()">a</a>', '<a>a</a>'],
  ['<style>body{display:none}</style>a', 'a'],
  ['<form action="/x"><input name="p"></form>a', 'a'],
  ['<b data-commandlinker-command="x">a</b>', '<b>a</b>'],
  ['<iframe src="/"></iframe><object></object>a', 'a'],
  ['<wa-button>a</wa-button>', 'a'],
  ['<div tabindex="0" contenteditable autofocus>a</div>', '<div>a</div>'],
])('%s becomes harmless', (given, expected) => {
  expect(html(safeHtml(given))).toBe(expected);
});

test('a link leaves the page alone', () => {
  expect(html(safeHtml('<a href="https://x.example/">a</a>'))).toBe(
    '<a href="https://x.example/" target="_blank" rel="noopener noreferrer">a</a>',
  );
});

test('names of the content do not hide names of the page', () => {
  expect(html(safeHtml('<p id="cookie">a</p>'))).toBe('<p id="user-content-cookie">a</p>');
});

test('a figure keeps what it draws by reference, and nothing from outside', () => {
  const svg = html(
    safeSvg(
      '<svg><defs><path id="g"></path></defs><use xlink:href="#g"></use>' +
        '<use href="https://x.example/a.svg#g"></use><style>*{}</style><script>x()</script></svg>',
    ),
  );
  expect(svg).toContain('<use xlink:href="#g">');
  expect(svg).not.toMatch(/x\.example|style|script/);
});

test('markdown is GitHub’s, with tables and task lists, and sanitised', () => {
  const made = html(markdownFragment('|a|\n|-|\n|1|\n\n- [x] done\n\n<script>x()</script>'));
  expect(made).toContain('<td>1</td>');
  expect(made).toMatch(/<input[^>]*type="checkbox"/);
  expect(made).toMatch(/disabled/);
  expect(made).not.toContain('script');
});
