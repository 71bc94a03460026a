const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
const LENGTHS: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', SECOND_MS],
  ['m', MINUTE_MS],
  ['h', HOUR_MS],
  ['d', DAY_MS],
  ['w', 7 * DAY_MS],
  ['mo', 30 * DAY_MS],
]);

/** Unix milliseconds of an RFC 3339 time. */
export function millis(time: string): number {
  return Date.parse(time);
}

/** Unix milliseconds as RFC 3339, as the API takes it. */
export function rfc3339(ms: number): string {
  return new Date(ms).toISOString();
}

/** 2026-03-01 10:00:05 in UTC; seconds only where they say something. */
export function utc(ms: number): string {
  const text = rfc3339(ms);
  return ms % MINUTE_MS === 0
    ? `${text.slice(0, 10)} ${text.slice(11, 16)}`
    : `${text.slice(0, 10)} ${text.slice(11, 19)}`;
}

/** The same in the reader's own time zone, for titles. */
export function local(ms: number): string {
  const format = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'long' });
  return `${format.format(ms)} (your time)`;
}

/** A tick of a time axis, as short as the length of the axis allows; midnight is said as its day. */
export function utcTick(ms: number, spanMs: number): string {
  const text = rfc3339(ms);
  if (spanMs > 4 * DAY_MS) return `${text.slice(8, 10)} ${monthOf(ms)}`;
  if (ms % DAY_MS === 0) return `${text.slice(8, 10)} ${monthOf(ms)}`;
  return spanMs > 10 * MINUTE_MS ? text.slice(11, 16) : text.slice(11, 19);
}

/** From and to, saying the day once where it is the same. */
export function utcSpan(from: number, to: number): string {
  const start = utc(from);
  const end = utc(to);
  return start.slice(0, 10) === end.slice(0, 10) ? `${start} – ${end.slice(11)}` : `${start} – ${end}`;
}

/** A length of time in its two largest units: 3 h 20 min. */
export function duration(ms: number): string {
  if (ms < SECOND_MS) return `${Math.round(ms)} ms`;
  const parts: string[] = [];
  let rest = Math.round(ms / SECOND_MS) * SECOND_MS;
  for (const [unit, size] of [
    ['d', DAY_MS],
    ['h', HOUR_MS],
    ['min', MINUTE_MS],
    ['s', SECOND_MS],
  ] as const) {
    const amount = Math.floor(rest / size);
    rest -= amount * size;
    if (amount > 0) parts.push(`${amount} ${unit}`);
    else if (parts.length > 0) break;
  }
  return parts.slice(0, 2).join(' ');
}

/** How long ago, in the largest unit only: "3 min ago". */
export function ago(ms: number, nowMs: number): string {
  const age = nowMs - ms;
  if (age < 2 * SECOND_MS) return 'just now';
  return `${duration(age).split(' ').slice(0, 2).join(' ')} ago`;
}

/** Milliseconds of a length such as 90s, 5m, 1h, 1d or 1w; null when it is none. */
export function lengthMs(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]+)$/.exec(text.trim());
  const size = LENGTHS.get(match?.[2] ?? '');
  return match && size !== undefined ? Number(match[1]) * size : null;
}

function monthOf(ms: number): string {
  return new Intl.DateTimeFormat('en-GB', { month: 'short', timeZone: 'UTC' }).format(ms);
}
