import { clear, newRun } from './runs';

/** Spans that are read at once. */
export const MOST_SPANS: i32 = 512;
/** Room for the bytes of all attributes, of other texts, and for the elements of lists. */
const ATTRIBUTE_BYTES: i32 = 1024 * 1024;
const TEXT_BYTES: i32 = 512 * 1024;
const ELEMENTS: i32 = 65536;

function texts(bytes: i32, most: i32): usize {
  const run = newRun(bytes);
  newRun(most * 4);
  return run;
}

// The host knows them by their order.
export const timestamps = newRun(MOST_SPANS * 8);
export const durations = newRun(MOST_SPANS * 8);
export const eventTimes = newRun(ELEMENTS * 8);
export const spanNames = newRun(MOST_SPANS * 4);
export const kinds = newRun(MOST_SPANS * 4);
export const services = newRun(MOST_SPANS * 4);
export const statuses = newRun(MOST_SPANS * 4);
export const resourceKeys = newRun(ELEMENTS * 4);
export const resourceEnds = newRun(MOST_SPANS * 4);
export const spanKeys = newRun(ELEMENTS * 4);
export const spanEnds = newRun(MOST_SPANS * 4);
export const eventNames = newRun(ELEMENTS * 4);
export const eventKeys = newRun(ELEMENTS * 4);
export const eventAttributeEnds = newRun(ELEMENTS * 4);
export const eventEnds = newRun(MOST_SPANS * 4);
export const linkKeys = newRun(ELEMENTS * 4);
export const linkAttributeEnds = newRun(ELEMENTS * 4);
export const linkEnds = newRun(MOST_SPANS * 4);
export const traceIds = texts(MOST_SPANS * 33, MOST_SPANS);
export const spanIds = texts(MOST_SPANS * 17, MOST_SPANS);
export const parentIds = texts(MOST_SPANS * 17, MOST_SPANS);
export const traceStates = texts(TEXT_BYTES, MOST_SPANS);
export const scopeNames = texts(TEXT_BYTES, MOST_SPANS);
export const scopeVersions = texts(TEXT_BYTES, MOST_SPANS);
export const statusMessages = texts(TEXT_BYTES, MOST_SPANS);
export const resourceValues = texts(ATTRIBUTE_BYTES, ELEMENTS);
export const spanValues = texts(ATTRIBUTE_BYTES, ELEMENTS);
export const eventValues = texts(ATTRIBUTE_BYTES, ELEMENTS);
export const linkTraceIds = texts(TEXT_BYTES, ELEMENTS);
export const linkSpanIds = texts(TEXT_BYTES, ELEMENTS);
export const linkStates = texts(TEXT_BYTES, ELEMENTS);
export const linkValues = texts(ATTRIBUTE_BYTES, ELEMENTS);
/** Addresses of spans with attributes of `ml.`, each before its length: a prediction may ride on them. */
export const ridden = newRun(MOST_SPANS * 4);

/** Attributes of the resource and of the scope in hand, which every span of theirs has again. */
export const ownResourceKeys = newRun(ELEMENTS * 4);
export const ownResourceValues = texts(ATTRIBUTE_BYTES, ELEMENTS);
export const ownScopeKeys = newRun(ELEMENTS * 4);
export const ownScopeValues = texts(ATTRIBUTE_BYTES, ELEMENTS);

/** Clears the runs of spans. */
export function clearSpans(): void {
  for (let run = timestamps; run < ownResourceKeys; run += 12) clear(run);
}

export function clearTexts(run: usize): void {
  clear(run);
  clear(run + 12);
}
