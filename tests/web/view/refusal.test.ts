import { expect, test } from 'vitest';
import { refusalText } from '../../../labextension/src/view/refusal';

test.each([
  ['read-only', 'Your change was not kept: this document is read-only.'],
  ['invalid-value', 'Your change was not kept: at most 5'],
  ['internal', 'Your change was not kept.'],
])('a refusal as %s is told', (code, text) => {
  expect(refusalText({ kind: 'refused', code, text: 'at most 5' })).toBe(text);
});

test('what was only changed by somebody else is no refusal', () => {
  expect(refusalText({ kind: 'overwritten', code: 'conflict' })).toBeNull();
});
