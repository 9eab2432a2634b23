import { expect, test } from 'vitest';
import { importsOf, violations } from '../../../scripts/layers.mjs';

test('imports of every form are found', () => {
  const source = `
    import a from './a';
    import {
      type B,
      b,
    } from "../b/c";
    import './side-effect';
    export { d } from './d';
    export type { E } from './e';
    const later = () => import('./later');
  `;
  expect(importsOf(source)).toEqual(['./a', '../b/c', './side-effect', './d', './e', './later']);
});

test('words in comments and exports without a module are no imports', () => {
  const source = `
    // import x from '../lab/x';
    /** import y from '../lab/y'; */
    export const from = 'import';
  `;
  expect(importsOf(source)).toEqual([]);
});

test('a higher room may use a lower one', () => {
  expect(violations({ 'sync/log.ts': `import { apply } from '../core/apply';` })).toEqual([]);
  expect(violations({ 'page/index.ts': `import { mount } from '../view';` })).toEqual([]);
});

test('a lower room may not use a higher one', () => {
  expect(violations({ 'core/ops.ts': `import type { Log } from '../sync/log';` })).toEqual([
    'core/ops.ts: core may not import sync (../sync/log)',
  ]);
});

test('rooms on one floor do not know each other', () => {
  expect(violations({ 'lab/index.ts': `import '../page/index';` })).toHaveLength(1);
  expect(violations({ 'page/index.ts': `import '../lab/index';` })).toHaveLength(1);
});

test('a lazy import counts as an import', () => {
  expect(violations({ 'model/a.ts': `const load = () => import('../view/a');` })).toHaveLength(1);
});

test('only lab imports JupyterLab and Lumino', () => {
  const source = `import { Widget } from '@lumino/widgets';\nimport { URLExt } from '@jupyterlab/coreutils';`;
  expect(violations({ 'lab/panel.ts': source })).toEqual([]);
  expect(violations({ 'view/panel.ts': source })).toHaveLength(2);
});

test('a folder without a floor is refused', () => {
  expect(violations({ 'misc/a.ts': '' })).toEqual(['misc/a.ts: this folder has no floor']);
  expect(violations({ 'view/a.ts': `import '../misc/a';` })).toHaveLength(1);
});

test('only style sheets are taken from outside the sources', () => {
  expect(violations({ 'page/index.ts': `import '../../style/page.css';` })).toEqual([]);
  expect(violations({ 'page/index.ts': `import x from '../../other/x';` })).toHaveLength(1);
});
