/**
 * Put what several elements share into one chunk, and what the page loads at its start into another.
 *
 * The bundler makes a chunk for each set of entries that share a module: a slider alone came in six
 * files. A module is put into one chunk only with those that exactly the same entries reach, so every
 * element's file is made to import the same list, and so is what is loaded later and needs a part of
 * the runtime. Large parts that not all elements need keep chunks of their own.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const ELEMENT = /\/view\/elements\/(?!index\.ts$)[\w-]+\.ts$/;
const LARGE = 40_000;

/** Every source an entry reaches by static imports. */
function reached({ inputs }, path, found = new Set()) {
  if (found.has(path)) return found;
  found.add(path);
  for (const { path: next, kind } of inputs[path]?.imports ?? []) {
    if (kind === 'import-statement') reached({ inputs }, next, found);
  }
  return found;
}

/** For each element what it reaches; of those that reach the same, two kinds of one input, the first. */
function reach(metafile, elements) {
  const known = new Map();
  for (const element of elements) {
    const paths = [...reached(metafile, element)].filter((path) => !ELEMENT.test(`/${path}`));
    const key = paths.sort().join();
    if (!known.has(key)) known.set(key, [element, paths]);
  }
  return new Map(known.values());
}

/** Sources by the set of elements that reach them, for those reached by more than one. */
function groups(metafile, every) {
  const users = new Map();
  const elements = reach(metafile, every);
  for (const [element, paths] of elements) {
    for (const path of paths) users.set(path, [...(users.get(path) ?? []), element]);
  }
  const bySet = new Map();
  for (const [path, set] of users) {
    if (set.length < 2) continue;
    const key = set.join();
    bySet.set(key, [...(bySet.get(key) ?? []), path]);
  }
  return { all: [...elements.keys()].join(), bySet };
}

/** What elements share, from the metafile of a first build. */
export function elementShare(metafile) {
  const elements = Object.keys(metafile.inputs).filter((path) => ELEMENT.test(`/${path}`));
  const { all, bySet } = groups(metafile, elements);
  const kept = new Map();
  for (const { inputs } of Object.values(metafile.outputs)) {
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) kept.set(path, bytesInOutput);
  }
  const weight = (paths) => paths.reduce((sum, path) => sum + (kept.get(path) ?? 0), 0);
  const sources = [...bySet]
    .filter(([set, paths]) => set === all || weight(paths) < LARGE)
    .flatMap(([, paths]) => paths)
    .sort();
  return { sources, users: elements };
}

/**
 * The sources that `entry` loads at its start; it uses them, and so do the `others` that begin with them and
 * those loaded later that need some.
 */
export function runtimeShare(metafile, entry, ...others) {
  const { inputs } = metafile;
  const always = reached(metafile, entry);
  const later = [...always].flatMap((path) => inputs[path]?.imports ?? []);
  const users = later
    .filter(({ path, kind }) => kind === 'dynamic-import' && !ELEMENT.test(`/${path}`))
    .map(({ path }) => path)
    .filter((path) => [...reached(metafile, path)].some((each) => always.has(each)));
  const sources = [...always].filter((path) => path !== entry && !path.endsWith('.css')).sort();
  return { sources, users: [entry, ...others, ...users] };
}

/** The plugin that makes each of `users` import all of `sources`; paths are below `root`. */
export function sharedChunk({ sources, users }, name, root) {
  const contents = sources.map((path) => `import ${JSON.stringify(`./${path}`)};`).join('\n');
  const paths = new Set(users.map((path) => join(root, path)));
  return {
    name,
    setup(build) {
      // What has no side effects comes along with the shared source that uses it.
      build.initialOptions.logOverride = { 'ignored-bare-import': 'silent' };
      build.onResolve({ filter: new RegExp(`^${name}$`) }, () => ({ path: name, namespace: name }));
      build.onLoad({ filter: /.*/, namespace: name }, () => ({ contents, resolveDir: root }));
      build.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        if (!paths.has(path)) return null;
        const source = await readFile(path, 'utf8');
        return { contents: `${source}\nimport '${name}';`, loader: 'ts' };
      });
    },
  };
}
