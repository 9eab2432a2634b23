/** Fail when a file of labextension/src imports what its layer may not know. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { violations } from './layers.mjs';

const src = join(dirname(fileURLToPath(import.meta.url)), '..', 'labextension', 'src');
const paths = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((path) =>
  /\.tsx?$/.test(path),
);
const files = Object.fromEntries(
  paths.map((path) => [path.split(sep).join('/'), readFileSync(join(src, path), 'utf8')]),
);
const found = violations(files);
for (const line of found) console.error(line);
if (found.length > 0) process.exit(1);
console.log(`layers: ${paths.length} files kept`);
