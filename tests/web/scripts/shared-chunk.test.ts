import { expect, test } from 'vitest';
import { elementShare, runtimeShare } from '../../../scripts/shared-chunk.mjs';

const to = (...paths: string[]) => ({
  imports: paths.map((path) => ({ path, kind: 'import-statement' })),
});
const element = (name: string) => `labextension/src/view/elements/${name}.ts`;

function metafile(popupSize: number) {
  return {
    inputs: {
      [element('a')]: to('base.js', 'popup.js', 'own.js'),
      [element('b')]: to('base.js', 'popup.js'),
      [element('c')]: to('base.js'),
      [element('index')]: to('base.js'),
      'base.js': to(),
      'popup.js': to(),
      'own.js': to(),
    },
    outputs: {
      'out.js': {
        inputs: {
          'base.js': { bytesInOutput: 90_000 },
          'popup.js': { bytesInOutput: popupSize },
          'own.js': { bytesInOutput: 5 },
        },
      },
    },
  };
}

test('what several elements share goes into one chunk, what one needs stays with it', () => {
  expect(elementShare(metafile(100)).sources).toEqual(['base.js', 'popup.js']);
});

test('a large part that not all need keeps a chunk of its own', () => {
  expect(elementShare(metafile(50_000)).sources).toEqual(['base.js']);
});

test('what a page loads at its start goes into one chunk, whatever is loaded later and needs a part of it', () => {
  const later = (...paths: string[]) => paths.map((path) => ({ path, kind: 'dynamic-import' }));
  const inputs = {
    'page.ts': { imports: [...to('a.ts', 'b.ts').imports, ...later('needs.ts', 'alone.ts')] },
    'a.ts': to(),
    'b.ts': to('a.ts'),
    'needs.ts': to('a.ts'),
    'alone.ts': to('c.ts'),
    'c.ts': to(),
  };
  const share = runtimeShare({ inputs, outputs: {} }, 'page.ts');
  expect(share).toEqual({ sources: ['a.ts', 'b.ts'], users: ['page.ts', 'needs.ts'] });
});
