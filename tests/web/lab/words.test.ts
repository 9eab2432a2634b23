import { afterEach, expect, test } from 'vitest';
import { words } from '../../../labextension/src/lab/words';
import { plain, translateBy } from '../../../labextension/src/view/translation';

afterEach(() => translateBy(plain));

test('numbers have their plural', () => {
  expect(words.kept(1)).toBe('1 change is kept and sent later.');
  expect(words.kept(3)).toBe('3 changes are kept and sent later.');
});

test('every text goes through the translator that was given last', () => {
  translateBy({ __: (text) => `<${text}>`, _n: (one) => `<${one}>` });
  expect(words.situation('gone')).toMatch(/^<The kernel does not have/);
  expect(words.lost(2)).toBe('<1 change was not sent.>');
});
