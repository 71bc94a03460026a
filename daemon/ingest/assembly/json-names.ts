import { findName, follower, follows, isName, learnName, nameLength, NONE } from './names';
import { endsOfPlain } from './plain-text';

/** The name read last. */
let last: i32 = 0;

export function forgetJsonNames(): void {
  last = 0;
}

/**
 * @param start address of the first character of a name, whose quote stands behind it
 * @returns its number; -1 for one with escapes, and where there are too many. The one that followed last time is compared first
 */
export function readName(start: usize): i32 {
  const guess = follower(last);
  const length = nameLength(guess);
  if (isName(guess, start, length) && load<u8>(start + length) == 0x22) return (last = guess);
  let end = start;
  let found = endsOfPlain(end);
  while (found == 0) found = endsOfPlain((end += 16));
  end += ctz(found);
  if (load<u8>(end) != 0x22) return NONE;
  let name = findName(start, <i32>(end - start));
  // Names that begin with a digit are left to others: `JSON.parse` puts those that are indexes first.
  if (name < 0 && load<u8>(start) - 0x30 >= 10) name = learnName(start, <i32>(end - start));
  if (name < 0) return NONE;
  follows(last, name);
  return (last = name);
}
