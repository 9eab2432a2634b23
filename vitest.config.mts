import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/web/**/*.test.ts'],
    environment: 'node',
    // Two workers at most: the browser tests and the servers want the machine too.
    maxWorkers: 2,
    testTimeout: 20_000,
  },
});
