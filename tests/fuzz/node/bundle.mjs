/**
 * Bundle an entry of this folder with the front end's sources, as they are or with deliberate breakages.
 *
 *     node bundle.mjs <entry> <out> [<JSON list of {file, find, replace}>]
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const [entry, out, text = '[]'] = process.argv.slice(2);
const breakages = JSON.parse(text);
const done = new Set();

/** Fails where the text to be replaced does not occur exactly once: a breakage that breaks nothing proves nothing. */
const breaking = {
  name: 'breaking',
  setup({ onLoad }) {
    onLoad({ filter: /labextension[\\/]src[\\/].*\.ts$/ }, ({ path }) => {
      let contents = readFileSync(path, 'utf8');
      for (const { file, find, replace } of breakages) {
        if (!path.replaceAll('\\', '/').endsWith(`/src/${file}`)) continue;
        if (contents.split(find).length !== 2) throw new Error(`${file} has not one ${find}`);
        contents = contents.replace(find, () => replace);
        done.add(file);
      }
      return { contents, loader: 'ts' };
    });
  },
};

/** The engine's second half comes when the world says so. */
const late = {
  name: 'late',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/late$/ }, ({ importer }) => {
      return /model[\\/]document\.ts$/.test(importer) ? { path: join(here, 'late.ts') } : null;
    });
  },
};

await build({
  entryPoints: [join(here, entry)],
  outfile: out,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  logLevel: 'error',
  plugins: breakages.length ? [late, breaking] : [late],
});
if (breakages.some(({ file }) => !done.has(file))) throw new Error('a breakage was not applied');
