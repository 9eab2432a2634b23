import { expect, test } from 'vitest';
import { readBundle, versionIn } from '../../../labextension/src/lab/mime';

test('a bundle names a document and perhaps one of its roots', () => {
  const bundle = { doc: 'aB-_9', mount: 'py-1', protocol: 1, version: '0.1.0' };
  expect(readBundle(bundle)).toEqual({ doc: 'aB-_9', mount: 'py-1', version: '0.1.0' });
  expect(readBundle({ doc: 'aB-_9', protocol: 1 })?.version).toBe('');
  expect(readBundle({ ...bundle, mount: null })?.mount).toBeNull();
});

test.each([
  null,
  'text',
  { doc: 'a', protocol: 2 },
  { doc: 3, protocol: 1 },
  { doc: '../../x', protocol: 1 },
])('%j is no bundle of this version', (value) => {
  expect(readBundle(value)).toBeNull();
});

test('the version is read whatever the protocol, if it is one', () => {
  expect(versionIn({ doc: 'a', protocol: 2, version: '2.0.0rc1+local' })).toBe('2.0.0rc1+local');
  for (const version of [undefined, 3, 'a <b>', 'x'.repeat(41)]) {
    expect(versionIn({ version })).toBe('');
  }
  expect(versionIn(null)).toBe('');
});
