import { expect, test } from 'vitest';
import { sharedSources } from '../../../scripts/shared-chunk.mjs';

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
  expect(sharedSources(metafile(100))).toEqual(['base.js', 'popup.js']);
});

test('a large part that not all need keeps a chunk of its own', () => {
  expect(sharedSources(metafile(50_000))).toEqual(['base.js']);
});
