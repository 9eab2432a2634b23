/**
 * Bundle the standalone page's runtime into python/syncline/static, with what a page must name.
 *
 * Every file but manifest.json has its content's hash in its name, so a server may let browsers keep
 * it for ever. Each text file lies there compressed as well, twice: servers send it, none compresses.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { shimFiles } from './build-shim.mjs';
import { BUNDLE, shrink } from './minify.mjs';
import { elementShare, runtimeShare, sharedChunk } from './shared-chunk.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const target = join(root, 'python', 'syncline', 'static');
const entry = 'labextension/src/page/index.ts';
const embed = 'labextension/src/page/embed.ts';
const copy = 'labextension/src/page/copy.ts';
const view = 'labextension/src/view';
const MOUNT = 'ui/Mount@1';

/** Bundle without writing, so that a failed build leaves the last good one in place. */
async function bundle(plugins = [], entryPoints = { page: entry, embed }, splitting = true) {
  return build({
    ...BUNDLE,
    plugins,
    absWorkingDir: root,
    entryPoints,
    outdir: target,
    splitting,
    define: { 'process.env.NODE_ENV': '"production"' },
    entryNames: '[name]-[hash]',
    chunkNames: 'chunk-[hash]',
    assetNames: 'asset-[hash]',
    loader: { '.svg': 'dataurl', '.woff2': 'file' },
    metafile: true,
    logLevel: 'warning',
  });
}

/** All chunks that `name` needs before its first line runs. */
function staticImports(outputs, name, found = new Set()) {
  for (const { path, kind } of outputs[name].imports) {
    if (kind !== 'import-statement' || found.has(path)) continue;
    found.add(path);
    staticImports(outputs, path, found);
  }
  return found;
}

/**
 * What a page names: its script, the chunks it always needs, its style sheets; and for each model type
 * the files that its view needs, which a server may name when it knows what a document holds.
 */
function manifest({ outputs }, whole, shim) {
  const place = (path) => relative(target, join(root, path));
  const byEntry = new Map(
    Object.entries(outputs).map(([path, { entryPoint }]) => [entryPoint, path]),
  );
  const page = byEntry.get(entry);
  // The entry has nothing of its own: a page names the file that it imports, one request less.
  const runtime = staticImports(outputs, page);
  const script = alone(runtime, `${entry} imports`);
  /** The files of a source that the runtime fetches when it needs it. */
  const lazy = (source) => {
    const path = byEntry.get(source);
    if (!path) throw new Error(`${source} has no file of its own`);
    const files = staticImports(outputs, path).add(path);
    return [...files].filter((file) => !runtime.has(file)).map(place);
  };
  const { cssBundle } = outputs[page];
  const foreign = byEntry.get(embed);
  const types = lazySources().map(([type, source]) => [type, lazy(source)]);
  return {
    script: place(script),
    styles: cssBundle ? [place(cssBundle)] : [],
    // What a page that is not ours loads instead.
    copy: place(whole),
    shim,
    embed: { script: place(foreign), styles: [place(outputs[foreign].cssBundle)] },
    types: { ...Object.fromEntries(types), [MOUNT]: shared(types) },
  };
}

/** The names of files, without their folder. */
function names(files) {
  return Object.fromEntries(Object.entries(files).map(([key, { path }]) => [key, basename(path)]));
}

/** The one element of a set; it must be the only one. */
function alone(set, what) {
  if (set.size !== 1) throw new Error(`${what} ${set.size} files instead of one`);
  return [...set][0];
}

/** What is in a mounted document is not known; this is needed for whatever element it has. */
function shared(types) {
  const elements = types.map(([, files]) => files).filter((files) => files.length > 1);
  return elements[0].filter((file) => elements.every((files) => files.includes(file)));
}

/** Model type -> the source that its view imports when it is first shown. */
function lazySources() {
  const read = (name, pattern) =>
    [...readFileSync(join(root, view, name), 'utf8').matchAll(pattern)].map(([, type, file]) => [
      type,
      `${view}/${dirname(name)}/${file}.ts`.replace('/./', '/'),
    ]);
  return [
    ...read('elements/index.ts', /'([^']+)': \(\) => import\('\.\/([\w-]+)'\)/g),
    ...read('show.ts', /'([^']+)': async \(\) => \(await import\('\.\/([\w-]+)'\)\)/g),
  ];
}

/** The licences of the packages whose code is in the bundle, each with its text. */
function licenses({ inputs }) {
  const packages = new Set(
    Object.keys(inputs).map((path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1]),
  );
  packages.delete(undefined);
  return [...packages].sort().map(licenseOf).join('\n\n');
}

function licenseOf(name) {
  const folder = join(root, 'node_modules', name);
  const { version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((entry) => /^(licen[cs]e|copying)/i.test(entry));
  const text = file ? readFileSync(join(folder, file), 'utf8').trim() : '';
  return `${name} ${version} (${license})\n\n${text}`;
}

function write(path, contents) {
  writeFileSync(path, contents);
  if (!/\.(js|css|svg|json)$/.test(path) || basename(path) === 'manifest.json') return;
  const best = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
  writeFileSync(`${path}.br`, brotliCompressSync(contents, { params: best }));
  writeFileSync(`${path}.gz`, gzipSync(contents, { level: constants.Z_BEST_COMPRESSION }));
}

const { metafile } = await bundle();
const result = await bundle([
  sharedChunk(elementShare(metafile), 'syncline:elements', root),
  sharedChunk(runtimeShare(metafile, entry, embed), 'syncline:runtime', root),
]);
// What stands in a page instead of beside it is one script: nothing of it can be fetched later.
const {
  outputFiles: [inlined],
} = await bundle([], { copy }, false);
const shim = await shimFiles(bundle, shrink);
rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });
writeFileSync(inlined.path, await shrink(inlined.text));
for (const { path, text } of Object.values(shim)) writeFileSync(path, text);
for (const file of result.outputFiles) {
  mkdirSync(dirname(file.path), { recursive: true });
  write(file.path, file.path.endsWith('.js') ? await shrink(file.text) : file.contents);
}
write(join(target, 'LICENSES.txt'), `${licenses(result.metafile)}\n`);
// Written last: it is what says that the build is whole.
write(
  join(target, 'manifest.json'),
  `${JSON.stringify(manifest(result.metafile, relative(root, inlined.path), names(shim)), null, 2)}\n`,
);

const page = JSON.parse(readFileSync(join(target, 'manifest.json'), 'utf8'));
console.log(`page: ${result.outputFiles.length} files, ${page.script} at the start`);
