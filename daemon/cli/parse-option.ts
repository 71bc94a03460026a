import { InvalidArgumentError, Option } from 'commander';
import { parseDuration } from '../config/duration.ts';

/** Milliseconds of an option such as `30m`. */
export function parseDurationOption(text: string): number {
  const milliseconds = parseDuration(text);
  if (milliseconds === undefined) throw new InvalidArgumentError('Write a length of time such as 30s, 5m or 2h.');
  return milliseconds;
}

/** RFC 3339 text of a time, or of that long ago (`2h`). */
export function parseTimeOption(text: string): string {
  const ago = parseDuration(text);
  const at = ago === undefined ? Date.parse(text) : Date.now() - ago;
  if (Number.isNaN(at))
    throw new InvalidArgumentError('Write a time such as 2026-03-01T00:00:00Z, or 2h for that long ago.');
  return new Date(at).toISOString();
}

/** An option that is a time; help tells the default as a person would. @param ago how long ago it is by default, such as `1d`; now without it */
export function timeOption(flags: string, description: string, ago = '0s'): Option {
  return new Option(flags, description)
    .argParser(parseTimeOption)
    .default(parseTimeOption(ago), ago === '0s' ? 'now' : `${ago} ago`);
}

/** A whole number from 1 up. */
export function parseCountOption(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1) throw new InvalidArgumentError('Write a whole number from 1 up.');
  return count;
}

/** A list such as `region,tier`. */
export function parseListOption(text: string): string[] {
  const items = text.split(',').map((item) => item.trim());
  if (items.includes('')) throw new InvalidArgumentError('Write names with commas between them.');
  return items;
}

/** A number above 0. */
export function parsePositiveOption(text: string): number {
  const value = Number(text);
  if (!(value > 0) || !Number.isFinite(value)) throw new InvalidArgumentError('Write a number above 0.');
  return value;
}
