import {
  attributesInHand,
  beginAttributes,
  goOnWithAttributes,
  keyAt,
  keyLength,
  mostBytes,
  nameOf,
  readAttribute,
} from './attributes';
import {
  endsAt,
  fieldAt,
  fieldEnd,
  fieldLength,
  fixed64,
  moveTo,
  passField,
  position,
  skip,
  tag,
  varint,
} from './protobuf';
import { countRecord } from './records';
import { scopeNameAt, scopeNameLength, scopeVersionAt, scopeVersionLength, service } from './resources';
import { append, fits, push32, push64, size } from './runs';
import * as runs from './span-runs';
import { appendTexts, pushHex, pushText } from './texts';

const TRACE_BYTES: i32 = 16;
const SPAN_BYTES: i32 = 8;
/** `DateTime64(9)` ends before. */
const LAST_TIME: u64 = 1 << 63;

/** In Unix milliseconds: between which spans start, and until when they end. */
let earliest: f64 = 0;
let latest: f64 = 0;

/** Where texts and ids of the span in hand lie. */
let traceIdAt: usize = 0;
let traceIdLength: i32 = 0;
let spanIdAt: usize = 0;
let spanIdLength: i32 = 0;
let parentIdAt: usize = 0;
let parentIdLength: i32 = 0;
let traceStateAt: usize = 0;
let traceStateLength: i32 = 0;
let messageAt: usize = 0;
let messageLength: i32 = 0;
let name: i32 = 0;
let kind: u64 = 0;
let status: u64 = 0;
let startTime: u64 = 0;
let endTime: u64 = 0;

export function limitTimes(earliestMs: f64, latestMs: f64): void {
  earliest = earliestMs;
  latest = latestMs;
}

/** Reads a `Span`, whose length is next. @returns false where it is left to others */
export function readSpan(limit: usize): bool {
  if (!countRecord()) return false;
  traceIdLength = 0;
  spanIdLength = 0;
  parentIdLength = 0;
  traceStateLength = 0;
  messageLength = 0;
  kind = 0;
  status = 0;
  startTime = 0;
  endTime = 0;
  let named = false;
  let ridden = false;
  const from = position();
  beginAttributes(service);
  const end = fieldEnd(limit);
  while (position() < end) {
    const field = tag();
    switch (field) {
      case 0x0a: {
        passField(end);
        traceIdAt = fieldAt;
        traceIdLength = fieldLength;
        break;
      }
      case 0x12: {
        passField(end);
        spanIdAt = fieldAt;
        spanIdLength = fieldLength;
        break;
      }
      case 0x1a: {
        passField(end);
        traceStateAt = fieldAt;
        traceStateLength = fieldLength;
        break;
      }
      case 0x22: {
        passField(end);
        parentIdAt = fieldAt;
        parentIdLength = fieldLength;
        break;
      }
      case 0x2a: {
        passField(end);
        if (fieldLength > mostBytes) return false;
        name = nameOf(fieldAt, fieldLength);
        named = true;
        break;
      }
      case 0x30: {
        kind = varint();
        break;
      }
      case 0x39: {
        startTime = fixed64();
        break;
      }
      case 0x41: {
        endTime = fixed64();
        break;
      }
      case 0x4a: {
        if (!readAttribute(runs.spanKeys, runs.spanValues, 0, end)) return false;
        ridden = ridden || isMl();
        break;
      }
      case 0x5a: {
        if (!readEvent(end)) return false;
        break;
      }
      case 0x6a: {
        if (!readLink(end)) return false;
        break;
      }
      case 0x50:
      case 0x60:
      case 0x70: {
        // Counts of what the sender dropped become attributes.
        if (<u32>varint() != 0) return false;
        break;
      }
      case 0x7a: {
        if (!readStatus(end)) return false;
        break;
      }
      default:
        skip(field, end);
    }
  }
  if (!named) name = nameOf(end, 0);
  if (ridden) push32(runs.ridden, <u32>from);
  return endsAt(end) && name >= 0 && isAdmitted() && finishSpan();
}

/** Whether the key read last starts with `ml.`: a prediction may ride on the span. */
function isMl(): bool {
  return keyLength >= 3 && (load<u32>(keyAt) & 0xffffff) == 0x2e6c6d;
}

/** As `checkSpan` has it; also false for a duration below 0, which is counted, and for a parent of zeros, which is none. */
function isAdmitted(): bool {
  if (traceIdLength != TRACE_BYTES || (load<u64>(traceIdAt) | load<u64>(traceIdAt, 8)) == 0) return false;
  if (spanIdLength != SPAN_BYTES || load<u64>(spanIdAt) == 0) return false;
  if (parentIdLength != 0 && (parentIdLength != SPAN_BYTES || load<u64>(parentIdAt) == 0)) return false;
  const start = <f64>startTime / 1e6;
  return start >= earliest && start <= latest && <f64>endTime / 1e6 <= latest && endTime >= startTime;
}

function finishSpan(): bool {
  push64(runs.timestamps, startTime);
  push64(runs.durations, endTime - startTime);
  push32(runs.spanNames, name);
  push32(runs.kinds, kind < 6 ? <u32>kind + 1 : 1);
  push32(runs.services, service);
  push32(runs.statuses, status < 3 ? <u32>status + 1 : 1);
  const whole =
    pushHex(runs.traceIds, traceIdAt, traceIdLength) &&
    pushHex(runs.spanIds, spanIdAt, spanIdLength) &&
    pushHex(runs.parentIds, parentIdAt, parentIdLength) &&
    pushShort(runs.traceStates, traceStateAt, traceStateLength) &&
    pushShort(runs.scopeNames, scopeNameAt, scopeNameLength) &&
    pushShort(runs.scopeVersions, scopeVersionAt, scopeVersionLength) &&
    pushShort(runs.statusMessages, messageAt, messageLength) &&
    append(runs.resourceKeys, runs.ownResourceKeys) &&
    appendTexts(runs.resourceValues, runs.ownResourceValues) &&
    append(runs.spanKeys, runs.ownScopeKeys) &&
    appendTexts(runs.spanValues, runs.ownScopeValues);
  push32(runs.resourceEnds, size(runs.resourceKeys) >> 2);
  push32(runs.spanEnds, size(runs.spanKeys) >> 2);
  push32(runs.eventEnds, size(runs.eventNames) >> 2);
  push32(runs.linkEnds, size(runs.linkAttributeEnds) >> 2);
  return whole;
}

/** Writes a text that is not so long that it would be cut. */
function pushShort(texts: usize, from: usize, length: i32): bool {
  return length <= mostBytes && pushText(texts, from, length);
}

function readEvent(limit: usize): bool {
  const around = attributesInHand();
  const end = fieldEnd(limit);
  let time: u64 = 0;
  let eventName = nameOf(end, 0);
  beginAttributes(eventName);
  while (position() < end) {
    const field = tag();
    if (field == 0x09) time = fixed64();
    else if (field == 0x12) {
      passField(end);
      if (fieldLength > mostBytes) return false;
      eventName = nameOf(fieldAt, fieldLength);
    } else if (field == 0x1a) {
      if (!readAttribute(runs.eventKeys, runs.eventValues, 0, end)) return false;
    } else if (field == 0x20) {
      if (<u32>varint() != 0) return false;
    } else skip(field, end);
  }
  if (!endsAt(end) || eventName < 0 || !countRecord()) return false;
  if (!fits(runs.eventTimes, 8) || !fits(runs.eventNames, 4) || !fits(runs.eventAttributeEnds, 4)) return false;
  push64(runs.eventTimes, time < LAST_TIME ? time : 0);
  push32(runs.eventNames, eventName);
  push32(runs.eventAttributeEnds, size(runs.eventKeys) >> 2);
  goOnWithAttributes(around);
  return true;
}

function readLink(limit: usize): bool {
  const around = attributesInHand();
  const end = fieldEnd(limit);
  let linkTraceAt = end;
  let linkTraceLength = 0;
  let linkSpanAt = end;
  let linkSpanLength = 0;
  let stateAt = end;
  let stateLength = 0;
  beginAttributes(service);
  while (position() < end) {
    const field = tag();
    if (field == 0x0a) {
      passField(end);
      linkTraceAt = fieldAt;
      linkTraceLength = fieldLength;
    } else if (field == 0x12) {
      passField(end);
      linkSpanAt = fieldAt;
      linkSpanLength = fieldLength;
    } else if (field == 0x1a) {
      passField(end);
      stateAt = fieldAt;
      stateLength = fieldLength;
    } else if (field == 0x22) {
      if (!readAttribute(runs.linkKeys, runs.linkValues, 0, end)) return false;
    } else if (field == 0x28) {
      if (<u32>varint() != 0) return false;
    } else skip(field, end);
  }
  if (!endsAt(end) || !countRecord() || !fits(runs.linkAttributeEnds, 4)) return false;
  push32(runs.linkAttributeEnds, size(runs.linkKeys) >> 2);
  goOnWithAttributes(around);
  return (
    pushHex(runs.linkTraceIds, linkTraceAt, linkTraceLength) &&
    pushHex(runs.linkSpanIds, linkSpanAt, linkSpanLength) &&
    pushShort(runs.linkStates, stateAt, stateLength)
  );
}

function readStatus(limit: usize): bool {
  const end = fieldEnd(limit);
  while (position() < end) {
    const field = tag();
    if (field == 0x12) {
      passField(end);
      messageAt = fieldAt;
      messageLength = fieldLength;
    } else if (field == 0x18) status = varint();
    else skip(field, end);
  }
  return endsAt(end);
}
