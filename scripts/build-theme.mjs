/**
 * Write Web Awesome's default theme, scoped to `.syncline-root`, for the page, for foreign pages and for JupyterLab.
 *
 * Every derived token is computed where it is declared, so base tokens, dark tokens and our own
 * overrides all have to sit on the same element; a theme left on `:root` would also restyle the host.
 * `node scripts/build-theme.mjs` writes, `--check` only says whether the committed files are current.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const style = join(root, 'labextension', 'style');
const require = createRequire(join(root, 'package.json'));

const SCOPE = '.syncline-root';
const HOSTS = {
  embed: (body) => `${SCOPE}.syncline-dark {${body}}`,
  page: (body) =>
    `@media (prefers-color-scheme: dark) {\n:where(:root:not([data-theme])) ${SCOPE} {${body}}\n}\n` +
    `:where(:root[data-theme='dark']) ${SCOPE} {${body}}`,
  lab: (body) => `body[data-jp-theme-light='false'] ${SCOPE} {${body}}`,
};

/** Split a style sheet into `{head, body}` blocks of its outermost level; statements have no body. */
function blocks(css) {
  const found = [];
  let depth = 0;
  let start = 0;
  let open = 0;
  for (let i = 0; i < css.length; i++) {
    const c = css[i];
    if (c === '{' && depth++ === 0) open = i;
    else if (c === '}' && --depth === 0) {
      found.push({ head: css.slice(start, open).trim(), body: css.slice(open + 1, i) });
      start = i + 1;
    } else if (c === ';' && depth === 0) {
      found.push({ head: css.slice(start, i).trim(), body: null });
      start = i + 1;
    }
  }
  return found;
}

/** The block for our scope, or '' for a rule that is about another class of the theme. */
function scoped({ head, body }, dark) {
  if (body === null) return `${head};`;
  if (head.startsWith('@layer')) {
    const inner = blocks(body)
      .map((block) => scoped(block, dark))
      .filter(Boolean);
    return inner.length ? `${head} {\n${inner.join('\n')}\n}` : '';
  }
  const selectors = head.split(',').map((s) => s.trim());
  if (selectors.includes(':where(:root)')) return `${SCOPE} {${body}}`;
  return selectors.includes('.wa-dark') ? dark(body) : '';
}

function bundled() {
  const entry = require.resolve('@awesome.me/webawesome/dist/styles/themes/default.css');
  const { outputFiles } = buildSync({ entryPoints: [entry], bundle: true, write: false });
  return outputFiles[0].text.replace(/\/\*[\s\S]*?\*\//g, '');
}

function theme(source, dark) {
  const { version } = require('@awesome.me/webawesome/package.json');
  const head = `/* Web Awesome ${version} default theme (MIT), scoped. Written by scripts/build-theme.mjs. */`;
  const rules = blocks(source)
    .map((block) => scoped(block, dark))
    .filter(Boolean)
    .join('\n');
  return `${head}\n${rules.replace(/\n\s*/g, '\n').replace(/\s+;/g, ';')}\n`;
}

const source = bundled();
let stale = false;
for (const [host, dark] of Object.entries(HOSTS)) {
  const file = join(style, `theme-${host}.css`);
  const text = theme(source, dark);
  if (!process.argv.includes('--check')) writeFileSync(file, text);
  else if (readFileSync(file, 'utf8') !== text) {
    stale = true;
    console.error(`${file} is not current: run node scripts/build-theme.mjs`);
  }
}
process.exitCode = stale ? 1 : 0;
