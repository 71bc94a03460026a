import { limitAttributes } from './attributes';
import { forgetNames } from './names';
import { endsAt, position, skip, startReading, tag } from './protobuf';
import { forgetRecords, limitRecords } from './records';
import { beginBody, beginResource, beginScope, resourceEnd, scopeEnd, scopeNameLength } from './resources';
import { size } from './runs';
import { readSpan, limitTimes } from './span';
import { clearSpans, MOST_SPANS, ownResourceValues, ownScopeValues } from './span-runs';

/**
 * Reads an `ExportTraceServiceRequest` into columns: AssemblyScript, compiled to WebAssembly, for 64-bit integers and 16 bytes
 * at a time. It knows the common case only: whatever else there is, valid or not, it leaves to the reader in JavaScript, which
 * also says what is wrong. The tags are those of `decode/traces-protobuf.ts`.
 */

const LEFT: i32 = -1;
/** Bytes read, and repeated for each span, after which the host has to take away what is there. */
const MANY_BYTES: i32 = 256 * 1024;

export { runs } from './runs';
export { powersOfTen } from './decimals';
export { scratch, SCRATCH_SIZE } from './attributes';
export { nameLength, nameStart, MOST_NAMES, roomForNames, seed } from './names';

/** The body was read to its end. */
export let done: bool = false;
/** Bytes that the spans of the body have from resources and scopes. */
export let copied: i32 = 0;
let mostCopied: i32 = 0;
let bodyEnd: usize = 0;

/** Address of the body: behind everything else, so that memory can grow with it. */
export const input = heap.alloc(64);

/** Forgets all names: they are numbered anew. */
export function reset(): void {
  forgetNames();
}

export function limit(attributes: i32, attributeBytes: i32, records: i32, copiedBytes: i32): void {
  limitAttributes(attributes, attributeBytes);
  limitRecords(records);
  mostCopied = copiedBytes;
}

/** Begins with the body that is in the input. Times are Unix milliseconds: of the start, and of the end. */
export function begin(size: i32, earliest: f64, latest: f64): void {
  startReading(input);
  beginBody(input);
  forgetRecords();
  limitTimes(earliest, latest);
  bodyEnd = input + size;
  copied = 0;
  done = false;
}

/** Reads on. @returns how many spans are in the runs, which held others before; -1 where the body is left to others */
export function read(): i32 {
  clearSpans();
  const from = position();
  const copiedBefore = copied;
  let spans = 0;
  while (true) {
    const at = position();
    const end = at < scopeEnd ? scopeEnd : at < resourceEnd ? resourceEnd : bodyEnd;
    if (at >= end) {
      done = true;
      return endsAt(end) ? spans : LEFT;
    }
    const field = tag();
    if (at < scopeEnd) {
      if (field != 0x12) skip(field, end);
      else {
        if (!readSpan(end)) return LEFT;
        spans++;
        copied += size(ownResourceValues) + size(ownScopeValues) + scopeNameLength;
        if (copied > mostCopied) return LEFT;
      }
    } else if (at < resourceEnd) {
      if (field != 0x12) skip(field, end);
      else if (!beginScope()) return LEFT;
    } else if (field != 0x0a) skip(field, end);
    else if (!beginResource(end)) return LEFT;
    // A number may have gone beyond the message that it is in.
    if (position() > end) return LEFT;
    if (spans == MOST_SPANS || <i32>(position() - from) + copied - copiedBefore > MANY_BYTES) return spans;
  }
}
