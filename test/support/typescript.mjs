// Lets every thread import TypeScript: `--import tsx` alone registers in the main thread only, and execArgv is inherited.
import { register } from 'tsx/esm/api';

register();
