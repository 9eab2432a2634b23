/**
 * Put what several elements share into one chunk.
 *
 * The bundler makes a chunk for each set of elements that share a module: a slider alone came in six
 * files. A module is put into one chunk only with those that exactly the same entries reach, so every
 * element's file is made to import the same list. Large parts that not all elements need keep
 * chunks of their own.
 */
import { readFile } from 'node:fs/promises';

const NAME = 'syncline:shared';
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

/** Sources by the set of elements that reach them, for those reached by more than one. */
function groups(metafile, elements) {
  const users = new Map();
  for (const element of elements) {
    for (const path of reached(metafile, element)) {
      if (!ELEMENT.test(`/${path}`)) users.set(path, [...(users.get(path) ?? []), element]);
    }
  }
  const bySet = new Map();
  for (const [path, set] of users) {
    if (set.length < 2) continue;
    const key = set.join();
    bySet.set(key, [...(bySet.get(key) ?? []), path]);
  }
  return { all: elements.join(), bySet };
}

/** The sources that belong into the shared chunk, from the metafile of a first build. */
export function sharedSources(metafile) {
  const elements = Object.keys(metafile.inputs).filter((path) => ELEMENT.test(`/${path}`));
  const { all, bySet } = groups(metafile, elements);
  const kept = new Map();
  for (const { inputs } of Object.values(metafile.outputs)) {
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) kept.set(path, bytesInOutput);
  }
  const weight = (paths) => paths.reduce((sum, path) => sum + (kept.get(path) ?? 0), 0);
  return [...bySet]
    .filter(([set, paths]) => set === all || weight(paths) < LARGE)
    .flatMap(([, paths]) => paths)
    .sort();
}

/** The plugin that makes every element's file import `sources`, given below `root`. */
export function sharedChunk(sources, root) {
  const contents = sources.map((path) => `import ${JSON.stringify(`./${path}`)};`).join('\n');
  return {
    name: 'shared-chunk',
    setup(build) {
      // What has no side effects comes along with the shared source that uses it.
      build.initialOptions.logOverride = { 'ignored-bare-import': 'silent' };
      build.onResolve({ filter: new RegExp(`^${NAME}$`) }, () => ({ path: NAME, namespace: NAME }));
      build.onLoad({ filter: /.*/, namespace: NAME }, () => ({ contents, resolveDir: root }));
      build.onLoad({ filter: /\/view\/elements\// }, async ({ path }) => {
        if (!ELEMENT.test(path)) return null;
        const source = await readFile(path, 'utf8');
        return { contents: `import '${NAME}';\n${source}`, loader: 'ts' };
      });
    },
  };
}
