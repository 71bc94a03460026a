import { beginAttributes, keyAt, keyLength, nameOf, readAttribute, scratch } from './attributes';
import { endsAt, fieldAt, fieldEnd, fieldLength, moveTo, passField, position, skip, tag, varint } from './protobuf';
import { countRecord } from './records';
import { clear, next, size } from './runs';
import { clearTexts, ownResourceKeys, ownResourceValues, ownScopeKeys, ownScopeValues } from './span-runs';

/** Where the `ResourceSpans` and the `ScopeSpans` in hand end. */
export let resourceEnd: usize = 0;
export let scopeEnd: usize = 0;

/** The name of the service. */
export let service: i32 = 0;
export let scopeNameAt: usize = 0;
export let scopeNameLength: i32 = 0;
export let scopeVersionAt: usize = 0;
export let scopeVersionLength: i32 = 0;

/** Nothing is in hand. */
export function beginBody(from: usize): void {
  resourceEnd = from;
  scopeEnd = from;
}

/** The resource of a `ResourceSpans`, whose length is next: fields may come in any order, and spans need it. */
export function beginResource(limit: usize): bool {
  resourceEnd = fieldEnd(limit);
  const from = position();
  scopeEnd = from;
  clear(ownResourceKeys);
  clearTexts(ownResourceValues);
  service = nameOf(scratch, 0);
  clearScope();
  while (position() < resourceEnd) {
    const field = tag();
    if (field != 0x0a) skip(field, resourceEnd);
    else if (!readResource()) return false;
  }
  if (!endsAt(resourceEnd)) return false;
  moveTo(from);
  return service >= 0 && countRecord();
}

function readResource(): bool {
  const end = fieldEnd(resourceEnd);
  if (size(ownResourceKeys) == 0) beginAttributes(service);
  while (position() < end) {
    const field = tag();
    if (field == 0x0a) {
      const valueAt = next(ownResourceValues);
      if (!readAttribute(ownResourceKeys, ownResourceValues, 0, end)) return false;
      if (isServiceName()) service = nameOfText(valueAt, next(ownResourceValues));
    } else if (field == 0x10) {
      if (<u32>varint() != 0) return false;
    } else skip(field, end);
  }
  return endsAt(end);
}

/** Whether the key read last is `service.name`. */
function isServiceName(): bool {
  if (keyLength != 12) return false;
  return load<u64>(keyAt) == 0x2e65636976726573 && load<u32>(keyAt, 8) == 0x656d616e;
}

/** The number of a text that stands there behind its length. */
function nameOfText(from: usize, end: usize): i32 {
  let at = from;
  while (load<u8>(at) > 0x7f) at++;
  return nameOf(at + 1, <i32>(end - at) - 1);
}

function clearScope(): void {
  scopeNameLength = 0;
  scopeVersionLength = 0;
  clear(ownScopeKeys);
  clearTexts(ownScopeValues);
}

/** The scope of a `ScopeSpans`, whose length is next. */
export function beginScope(): bool {
  scopeEnd = fieldEnd(resourceEnd);
  const from = position();
  clearScope();
  while (position() < scopeEnd) {
    const field = tag();
    if (field != 0x0a) skip(field, scopeEnd);
    else if (!readScope()) return false;
  }
  if (!endsAt(scopeEnd)) return false;
  moveTo(from);
  return countRecord();
}

function readScope(): bool {
  const end = fieldEnd(scopeEnd);
  if (size(ownScopeKeys) == 0) beginAttributes(service);
  while (position() < end) {
    const field = tag();
    if (field == 0x0a) {
      passField(end);
      scopeNameAt = fieldAt;
      scopeNameLength = fieldLength;
    } else if (field == 0x12) {
      passField(end);
      scopeVersionAt = fieldAt;
      scopeVersionLength = fieldLength;
    } else if (field == 0x1a) {
      store<u64>(scratch, 0x6f63732e6c65746f);
      store<u64>(scratch, 0x2e6570, 8);
      if (!readAttribute(ownScopeKeys, ownScopeValues, 11, end)) return false;
    } else if (field == 0x20) {
      if (<u32>varint() != 0) return false;
    } else skip(field, end);
  }
  return endsAt(end);
}
