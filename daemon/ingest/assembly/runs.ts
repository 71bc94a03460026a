/**
 * Memory in which columns are put together, run by run: texts as ClickHouse's `Native` format has them, each behind its length,
 * with where each one ends beside them; and numbers of 4 or 8 bytes.
 */

/** Room behind a run: texts are copied 16 bytes at a time. */
const SPARE: i32 = 64;
const MOST_RUNS: i32 = 64;

/** By run three addresses: where it starts, where it is written next, and where its room ends. */
export const runs = memory.data(MOST_RUNS * 12, 4);
let taken: i32 = 0;

export function newRun(bytes: i32): usize {
  const run = runs + taken++ * 12;
  const start = heap.alloc(bytes + SPARE);
  store<usize>(run, start);
  store<usize>(run, start, 4);
  store<usize>(run, start + bytes, 8);
  return run;
}

export function clear(run: usize): void {
  store<usize>(run, load<usize>(run), 4);
}

export function clearAll(): void {
  for (let run = runs, end = runs + taken * 12; run < end; run += 12) clear(run);
}

export function start(run: usize): usize {
  return load<usize>(run);
}

export function next(run: usize): usize {
  return load<usize>(run, 4);
}

export function size(run: usize): i32 {
  return <i32>(next(run) - start(run));
}

/** Tells that what comes next goes there. */
export function grownTo(run: usize, to: usize): void {
  store<usize>(run, to, 4);
}

export function fits(run: usize, bytes: i32): bool {
  return next(run) + bytes <= load<usize>(run, 8);
}

/** There must be room. */
export function push32(run: usize, value: u32): void {
  const to = next(run);
  store<u32>(to, value);
  grownTo(run, to + 4);
}

/** There must be room. */
export function push64(run: usize, value: u64): void {
  const to = next(run);
  store<u64>(to, value);
  grownTo(run, to + 8);
}

/** Writes all of another run behind the last. @returns false where there is no room */
export function append(run: usize, other: usize): bool {
  const bytes = size(other);
  if (!fits(run, bytes)) return false;
  const to = next(run);
  copy(to, start(other), bytes);
  grownTo(run, to + bytes);
  return true;
}

/** Copies 16 bytes at a time, up to 15 too many. @returns the upper bits of all bytes that were to be copied: 0 for ASCII */
export function copy(to: usize, from: usize, length: i32): i32 {
  let upper = 0;
  let done = 0;
  for (; done + 16 <= length; done += 16) {
    const bytes = v128.load(from + done);
    v128.store(to + done, bytes);
    upper |= i8x16.bitmask(bytes);
  }
  if (done < length) {
    const bytes = v128.load(from + done);
    v128.store(to + done, bytes);
    upper |= i8x16.bitmask(bytes) & ((1 << (length - done)) - 1);
  }
  return upper;
}
