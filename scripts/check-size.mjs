/** Fail when the front end outgrows its budget: bytes after gzip, as a browser receives them. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const source = join(root, 'labextension', 'src');
const target = join(root, 'python', 'syncline', 'static');

/** Every file of the engine, whole: what any other front end could take from us at most. */
function everything() {
  return ['core', 'sync']
    .flatMap((room) => readdirSync(join(source, room)).map((name) => `./${room}/${name}`))
    .filter((path) => path.endsWith('.ts'))
    .map((path, index) => `export * as part${index} from '${path}';`)
    .join('\n');
}

async function engine() {
  const contents = everything();
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: source, loader: 'ts' },
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    write: false,
  });
  return gzipSync(outputFiles[0].contents, { level: 9 }).length;
}

/** What a page runs before its document names a component. */
function page() {
  const { script, preload } = JSON.parse(readFileSync(join(target, 'manifest.json'), 'utf8'));
  return [script, ...preload]
    .map((name) => readFileSync(join(target, `${name}.gz`)).length)
    .reduce((sum, size) => sum + size, 0);
}

const budgets = [
  ['core + sync', await engine(), 6_000],
  ['page without components', page(), 25_000],
];
for (const [name, size, budget] of budgets) console.log(`${name}: ${size} of ${budget} bytes gz`);
if (budgets.some(([, size, budget]) => size > budget)) process.exit(1);
