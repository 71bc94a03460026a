import { SerinError } from '../../errors.ts';
import type { Window } from '../../../detectors/terms.ts';

/** What the store can hold and compare: 1970 to the end of 2199. */
const LATEST = Date.UTC(2200, 0, 1);

/** RFC 3339 text in UTC of Unix milliseconds. */
export function toTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

export function toTimeOrNull(milliseconds: number | null): string | null {
  return milliseconds === null ? null : toTime(milliseconds);
}

export function toWindow(window: Window): { from: string; to: string } {
  return { from: toTime(window.from), to: toTime(window.to) };
}

/** Unix milliseconds of RFC 3339 text. `field` names it when it is out of range. */
export function fromTime(text: string, field: string): number {
  const milliseconds = Date.parse(text);
  if (!(milliseconds >= 0 && milliseconds < LATEST)) {
    throw new SerinError('invalid_request', `${field} is "${text}"; give a time from 1970 to the end of 2199.`, {
      field,
    });
  }
  return milliseconds;
}

/** A window out of its two times; refuses one that is empty or runs backwards. `prefix` is the path of its fields. */
export function fromWindow(times: { readonly from: string; readonly to: string }, prefix = ''): Window {
  const window = { from: fromTime(times.from, `${prefix}from`), to: fromTime(times.to, `${prefix}to`) };
  if (window.to <= window.from) {
    throw new SerinError(
      'invalid_request',
      `${prefix}to is ${times.to}, not after ${prefix}from, ${times.from}; give a later time.`,
      { field: `${prefix}to` },
    );
  }
  return window;
}
