/**
 * Fail when the front end outgrows its budget: bytes after gzip, as a browser receives them.
 *
 * The engine is weighed as a bundle of exactly the names of core and sync that a page with a websocket
 * imports from them before its document names a component: all that is always loaded.
 * With --json the figures are printed for others, and nothing fails. Why the engine's budget is what it is:
 * docs/front-end-size.md.
 */
import { readFileSync } from 'node:fs';
import { dirname, join, posix, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { BUNDLE, shrink } from './minify.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const source = join(root, 'labextension', 'src');
const target = join(root, 'python', 'syncline', 'static');
const ENGINE = ['core', 'sync'];
const IMPORT = /^import\s*(?:\{([^}]*)\}|(type)\b[^'"]*?)\s*from\s*'([^']+)';/gm;

/** Every source of the front end that a page loads at its start. */
async function loaded() {
  const page = join(source, 'page', 'index.ts');
  const loader = { '.css': 'empty', '.svg': 'empty' };
  const options = { ...BUNDLE, entryPoints: [page], outdir: target, splitting: true, loader };
  const { inputs } = (await build({ ...options, metafile: true, absWorkingDir: root })).metafile;
  const found = new Set([relative(root, page)]);
  for (const path of found) {
    for (const { path: next, kind } of inputs[path].imports) {
      if (kind === 'import-statement' && next.startsWith(relative(root, source))) found.add(next);
    }
  }
  return [...found].map((path) => relative(source, join(root, path)));
}

/** The values (types weigh nothing) that one source imports from the engine: `name|module`. */
function taken(path) {
  const code = readFileSync(join(source, path), 'utf8');
  return [...code.matchAll(IMPORT)].flatMap(([, names = '', , from]) => {
    const module = posix.join(dirname(path), from);
    if (!ENGINE.includes(module.split('/')[0])) return [];
    const values = names.split(',').map((name) => name.trim());
    return values
      .filter((name) => name && !name.startsWith('type '))
      .map((name) => `${name.split(' as ')[0]}|${module}`);
  });
}

/** An entry that exports what the page takes, no more and no less. */
async function entry() {
  const others = (await loaded()).filter((path) => !ENGINE.includes(path.split('/')[0]));
  return [...new Set(others.flatMap(taken))]
    .sort()
    .map((each) => each.split('|'))
    .map(([name, module]) => `export { ${name} } from './${module}';`)
    .join('\n');
}

async function engine() {
  const stdin = { contents: await entry(), resolveDir: source, loader: 'ts' };
  const { outputFiles } = await build({ ...BUNDLE, stdin });
  return gzipSync(await shrink(outputFiles[0].text), { level: 9 }).length;
}

/** What a page runs before its document names a component. */
function page() {
  const { script, preload } = JSON.parse(readFileSync(join(target, 'manifest.json'), 'utf8'));
  return [script, ...preload]
    .map((name) => readFileSync(join(target, `${name}.gz`)).length)
    .reduce((sum, size) => sum + size, 0);
}

const figures = [
  { name: 'core + sync', size: await engine(), budget: 7_750 },
  { name: 'page without components', size: page(), budget: 25_000 },
];
if (process.argv.includes('--json')) console.log(JSON.stringify(figures));
else {
  for (const { name, size, budget } of figures) {
    console.log(`${name}: ${size} of ${budget} bytes gz`);
  }
  if (figures.some(({ size, budget }) => size > budget)) process.exit(1);
}
