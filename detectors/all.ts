/** Every detector: a new one is its own file and one line here. */
export { psi } from './drift/psi.ts';
