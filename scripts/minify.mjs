/** How the scripts of the page are made: what is built and what is weighed go through here. */
import { createRequire } from 'node:module';
import { minify } from 'terser';

const { version } = createRequire(import.meta.url)('terser/package.json');
const TERSER = {
  module: true,
  ecma: 2022,
  compress: { passes: 3 },
  format: { comments: false },
};

/** What every bundle for a browser has in common. */
export const BUNDLE = {
  bundle: true,
  format: 'esm',
  target: 'es2022',
  minify: true,
  charset: 'utf8',
  legalComments: 'none',
  // In the end it is gone; here it makes the names of the files, which hold a hash, depend on terser too.
  banner: { js: `/* terser ${version} ${JSON.stringify(TERSER)} */` },
  write: false,
};

/** A bundled script as a browser receives it. */
export async function shrink(code) {
  const result = await minify(code, TERSER);
  return result.code;
}
