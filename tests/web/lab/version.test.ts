import { expect, test } from 'vitest';
import about from '../../../labextension/package.json';
import { PROTOCOL, VERSION } from '../../../labextension/src/lab/version';
import { VERSION as SPOKEN } from '../../../labextension/src/sync/messages';

test('version and protocol are those of the package and of its messages', () => {
  expect([VERSION, PROTOCOL]).toEqual([about.version, SPOKEN]);
});
