import { defineConfig } from 'vitest/config';

/** `npm test` runs the quick ones; `--mode faults` and `--mode interop` those whose names end so. */
export default defineConfig(({ mode }) => ({
  test: {
    include: [`test/**/*.${mode}.ts`],
    // The embedded engine lives once in a process: a process a file. Workers of models are TypeScript files here.
    pool: 'forks',
    execArgv: ['--import', new URL('./test/support/typescript.mjs', import.meta.url).href],
    maxWorkers: mode === 'test' ? 2 : 1,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
}));
