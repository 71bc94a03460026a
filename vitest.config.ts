import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // The embedded engine lives once in a process: a process a file. Workers of models are TypeScript files here.
    pool: 'forks',
    execArgv: ['--import', new URL('./test/support/typescript.mjs', import.meta.url).href],
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
