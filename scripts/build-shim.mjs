/** What hosts without the labextension get: the code of a widget, and the script that its kernel sends. */
const ENTRIES = {
  shim: 'labextension/src/shim/index.ts',
  'shim-loader': 'labextension/src/shim/loader.ts',
};
// It is in the state of each widget, hence in every notebook that keeps that.
const LOADER_BYTES = 5000;

/** Bundle both, each as one file, as nothing can be fetched later; `bundle` and `shrink` are the page's. */
export async function shimFiles(bundle, shrink) {
  const { outputFiles } = await bundle([], ENTRIES, false);
  const made = outputFiles.map(async ({ path, text }) => ({ path, text: await shrink(text) }));
  const files = await Promise.all(made);
  const [loader, script] = files.sort((a, b) => a.text.length - b.text.length);
  if (loader.text.length > LOADER_BYTES) throw new Error(`${loader.path} is too large`);
  return { loader, script };
}
