import { expect, test } from 'vitest';
import about from '../../../labextension/package.json';
import { VERSION } from '../../../labextension/src/sync/version';

test('the version is that of the package', () => {
  expect(VERSION).toBe(about.version);
});
