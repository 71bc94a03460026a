/** Flags with which `node` runs TypeScript, in every thread of its own. */
export const RUN_TYPESCRIPT: readonly string[] = ['--import', new URL('./typescript.mjs', import.meta.url).href];
