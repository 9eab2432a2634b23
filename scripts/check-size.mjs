/**
 * Fail when the front end outgrows its budget: bytes after gzip, as a browser receives them.
 *
 * The engine has two halves (docs/front-end-size.md). The first is weighed as a bundle of exactly the names of
 * core and sync that others take of it: what a page with a websocket loads before its document names a
 * component, and the second half. The second is weighed as a bundle of all that it brings with it.
 * With --json the figures are printed for others, and nothing fails.
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
const PAGE = 'page/index.ts';
const SECOND = 'sync/second.ts';
const IMPORT = /^import\s*(?:\{([^}]*)\}|(type)\b[^'"]*?)\s*from\s*'([^']+)';/gm;

/** Every source of the front end, and what it imports. */
async function graph() {
  const entryPoints = [join(source, PAGE)];
  const loader = { '.css': 'empty', '.svg': 'empty' };
  const options = { ...BUNDLE, entryPoints, outdir: target, splitting: true, loader };
  return (await build({ ...options, metafile: true, absWorkingDir: root })).metafile.inputs;
}

/** The sources of the front end that are loaded with one of them. */
function loaded(inputs, path) {
  const found = new Set([relative(root, join(source, path))]);
  for (const each of found) {
    for (const { path: next, kind } of inputs[each].imports) {
      if (kind === 'import-statement' && next.startsWith(relative(root, source))) found.add(next);
    }
  }
  return [...found].map((each) => relative(source, join(root, each)));
}

function ofEngine(path) {
  return ENGINE.includes(path.split('/')[0]);
}

/** The values (types weigh nothing) that one source imports from others of the engine: `name|module`. */
function taken(path) {
  const code = readFileSync(join(source, path), 'utf8');
  return [...code.matchAll(IMPORT)].flatMap(([, names = '', , from]) => {
    const module = posix.join(dirname(path), from);
    if (!ofEngine(module)) return [];
    const values = names.split(',').map((name) => name.trim());
    return values
      .filter((name) => name && !name.startsWith('type '))
      .map((name) => `${name.split(' as ')[0]}|${module}`);
  });
}

/** An entry that exports names; where two modules have the same one, the second gets a number. */
function entry(names) {
  const pairs = [...new Set(names)].sort().map((each) => each.split('|'));
  return pairs
    .map(([name, module], i) => {
      const other = pairs.slice(0, i).some(([before]) => before === name);
      return `export { ${name} as ${other ? `${name}${i}` : name} } from './${module}';`;
    })
    .join('\n');
}

/** The first half: what `users` take of it. */
async function first(users, sources) {
  const names = users.flatMap(taken).filter((name) => sources.includes(`${name.split('|')[1]}.ts`));
  const stdin = { contents: entry(names), resolveDir: source, loader: 'ts' };
  return weigh(await build({ ...BUNDLE, stdin }));
}

/** The second half: itself, without the `sources` that are there already. */
async function second(sources) {
  const there = new Set(sources.map((path) => join(source, path)));
  const setup = ({ onResolve }) => {
    onResolve({ filter: /^\./ }, ({ path, resolveDir }) => {
      return there.has(`${join(resolveDir, path)}.ts`) ? { path, external: true } : null;
    });
  };
  const plugins = [{ name: 'there', setup }];
  return weigh(await build({ ...BUNDLE, entryPoints: [join(source, SECOND)], plugins }));
}

async function weigh({ outputFiles }) {
  return gzipSync(await shrink(outputFiles[0].text), { level: 9 }).length;
}

/** What a page runs before its document names a component. */
function page() {
  const { script } = JSON.parse(readFileSync(join(target, 'manifest.json'), 'utf8'));
  return readFileSync(join(target, `${script}.gz`)).length;
}

async function weighed() {
  const inputs = await graph();
  const early = loaded(inputs, PAGE);
  const late = loaded(inputs, SECOND).filter((path) => !early.includes(path));
  const users = [...early.filter((path) => !ofEngine(path)), ...late];
  return [
    { name: 'core + sync', size: await first(users, early), budget: 6_000 },
    { name: 'core + sync, the second half', size: await second(early), budget: 5_500 },
    { name: 'page without components', size: page(), budget: 25_000 },
  ];
}

const figures = await weighed();
if (process.argv.includes('--json')) console.log(JSON.stringify(figures));
else {
  for (const { name, size, budget } of figures) {
    console.log(`${name}: ${size} of ${budget} bytes gz`);
  }
  if (figures.some(({ size, budget }) => size > budget)) process.exit(1);
}
