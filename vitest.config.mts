import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/web/**/*.test.ts'],
    environment: 'node',
    // Two workers at most: the browser tests and the servers want the machine too.
    maxWorkers: 2,
    testTimeout: 20_000,
    // `npm run coverage`: the engine is what everything else stands on.
    coverage: {
      provider: 'v8',
      include: ['labextension/src/{core,sync}/**'],
      reporter: ['text'],
      thresholds: { statements: 95, branches: 95, functions: 95, lines: 95 },
    },
  },
});
