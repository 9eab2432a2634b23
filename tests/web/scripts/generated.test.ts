import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';

test('the committed themes are what the build script writes', () => {
  const run = () => execFileSync(process.execPath, ['scripts/build-theme.mjs', '--check']);
  expect(run).not.toThrow();
});
