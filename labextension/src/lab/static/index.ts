// A document without code: html and text that any viewer shows. Each file has a twin in
// python/syncline/kernel/static; tests/vectors/static.json holds both to it.
export { staticHtml } from './html';
export { type Find, StaticModel } from './models';
export { staticText } from './text';
