// Lets every thread import TypeScript: a loader given with `--import` registers in the main thread only, and execArgv is inherited.
import { register } from 'node:module';

register('./typescript-hooks.mjs', import.meta.url);
