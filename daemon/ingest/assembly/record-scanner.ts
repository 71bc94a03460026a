import { forgetJsonNames } from './json-names';
import { forgetLogNames } from './log-scanner';
import { forgetNames } from './names';
import { forgetHolders } from './tape';

/**
 * Reads predictions, one record at a time, into a tape of tokens: AssemblyScript, compiled to WebAssembly, for 64-bit integers and
 * 16 bytes at a time.
 */

export { powersOfFive } from './doubles';
export { scan } from './json-scanner';
export { logHead, scanLog } from './log-scanner';
export { MOST_NAMES, nameLength, nameStart, seed } from './names';
export { ends, input, INPUT_SIZE, kinds, MOST_TOKENS, namesOf, numbers, starts } from './tape';

/** Forgets all names. */
export function reset(): void {
  forgetNames();
  forgetJsonNames();
  forgetLogNames();
  forgetHolders();
}
