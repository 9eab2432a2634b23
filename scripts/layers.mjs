/**
 * The layers of labextension/src: who may import whom.
 *
 * `violations` is pure, so that tests can hand it a house of their own.
 */
import { posix } from 'node:path';

/** From the ground up; rooms on one floor do not know each other. */
export const FLOORS = [
  ['core'],
  ['sync'],
  ['model'],
  ['transports'],
  ['view'],
  ['page', 'lab', 'shim'],
];

const LAB_ONLY = /^@(jupyterlab|lumino)\//;
const BLOCK_COMMENT = /\/\*[\s\S]*?\*\//g;
const IMPORT =
  /^\s*(?:import|export)\b[^'"`;]*?\bfrom\s*(['"])(.+?)\1|^\s*import\s*(['"])(.+?)\3|\bimport\s*\(\s*(['"])(.+?)\5/gm;

const floorOf = (room) => FLOORS.findIndex((rooms) => rooms.includes(room));

/** Every module a source names, in order. */
export function importsOf(source) {
  const code = source.replace(BLOCK_COMMENT, '').replace(/^\s*\/\/.*$/gm, '');
  return [...code.matchAll(IMPORT)].map((match) => match[2] ?? match[4] ?? match[6]);
}

function fault(path, module) {
  const room = path.split('/')[0];
  if (!module.startsWith('.')) {
    return LAB_ONLY.test(module) && room !== 'lab' ? `only lab may import ${module}` : null;
  }
  const reached = posix.join(posix.dirname(path), module);
  // Style sheets live beside the sources and know no code.
  if (reached.startsWith('../')) return module.endsWith('.css') ? null : `${module} leaves src`;
  const other = reached.split('/')[0];
  if (other === room) return null;
  if (floorOf(other) < 0) return `${other} has no floor`;
  return floorOf(other) < floorOf(room) ? null : `${room} may not import ${other} (${module})`;
}

/** What breaks the layers in `files`: path below src -> source. */
export function violations(files) {
  return Object.entries(files).flatMap(([path, source]) => {
    if (floorOf(path.split('/')[0]) < 0) return [`${path}: this folder has no floor`];
    return importsOf(source)
      .map((module) => fault(path, module))
      .filter((text) => text !== null)
      .map((text) => `${path}: ${text}`);
  });
}
