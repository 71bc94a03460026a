import { shown } from '../decode/shown.ts';
import { refuse, type Refusal } from './admission.ts';

const RFC_3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9})\d*)?(?:[Zz]|([+-])(\d\d):(\d\d))$/;

/** Reads `timestamp`: an RFC 3339 text, or whole Unix milliseconds; digits below a millisecond are dropped. */
export function readTime(value: unknown, set: (at: number) => unknown): Refusal | undefined {
  const at = typeof value === 'string' ? parseTime(value) : value;
  if (typeof at !== 'number' || !Number.isSafeInteger(at))
    return refuse(
      'bad_time',
      'timestamp',
      `${shown(value)} is not a time; write RFC 3339, such as 2026-11-24T03:00:00Z, or whole Unix milliseconds`,
    );
  set(at);
  return undefined;
}

/** Unix milliseconds of an RFC 3339 text (section 5.6, leap seconds included); undefined when it is not one. */
export function parseTime(text: string): number | undefined {
  const found = RFC_3339.exec(text);
  if (found === null) return undefined;
  const part = (place: number): number => Number(found[place] ?? 0);
  const [year, month, day] = [part(1), part(2), part(3)];
  const [hour, minute, second] = [part(4), part(5), part(6)];
  const [offsetHours, offsetMinutes] = [part(9), part(10)];
  const lastDay = new Date(Date.UTC(2000, month, 0)).getUTCDate();
  const leap = month === 2 && day === 29 ? new Date(Date.UTC(year, 1, 29)).getUTCMonth() === 1 : true;
  const inRange = month >= 1 && month <= 12 && day >= 1 && day <= lastDay && leap && hour <= 23 && minute <= 59;
  if (!inRange || second > 60 || offsetHours > 23 || offsetMinutes > 59) return undefined;
  const milliseconds = Number((found[7] ?? '').slice(0, 3).padEnd(3, '0'));
  const offset = (found[8] === '-' ? -1 : 1) * (offsetHours * 60 + offsetMinutes) * 60_000;
  return Date.UTC(year, month - 1, day, hour, minute, second, milliseconds) - offset;
}
