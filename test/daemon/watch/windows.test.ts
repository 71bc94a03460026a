import { describe, expect, it } from 'vitest';
import { wholeWindows, windowAt, windowsIn } from '../../../daemon/watch/windows.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const at = (text: string): number => Date.parse(text);

describe('windows', () => {
  it('are aligned in UTC, and weeks begin on Monday', () => {
    expect(windowAt(at('2026-11-24T13:45:12Z'), HOUR)).toEqual({
      from: at('2026-11-24T13:00:00Z'),
      to: at('2026-11-24T14:00:00Z'),
    });
    expect(windowAt(at('2026-11-24T13:45:12Z'), 7 * DAY).from).toBe(at('2026-11-23T00:00:00Z'));
    expect(windowAt(at('2026-11-24T14:00:00Z'), HOUR).from).toBe(at('2026-11-24T14:00:00Z'));
  });

  it('cover a stretch without gap or overlap', () => {
    const windows = windowsIn({ from: at('2026-11-24T00:30:00Z'), to: at('2026-11-24T03:00:00Z') }, HOUR);
    expect(windows.map((window) => new Date(window.from).getUTCHours())).toEqual([0, 1, 2]);
    expect(windowsIn({ from: 5, to: 5 }, HOUR)).toEqual([{ from: 0, to: HOUR }]);
    expect(windowsIn({ from: HOUR, to: HOUR }, HOUR)).toEqual([]);
  });

  it('of an evaluation lie wholly within what was asked for, months by the calendar', () => {
    const year = { from: at('2026-01-15T00:00:00Z'), to: at('2026-05-01T00:00:00Z') };
    expect(wholeWindows(year, '1mo').map((window) => new Date(window.from).getUTCMonth() + 1)).toEqual([2, 3, 4]);
    expect(wholeWindows({ from: at('2026-11-24T00:10:00Z'), to: at('2026-11-24T02:50:00Z') }, '1h')).toHaveLength(1);
    expect(wholeWindows({ from: 10, to: 5 }, '1d')).toEqual([]);
  });

  it('of a month are as long as the month, in a leap year too', () => {
    const days = (from: string, to: string): number[] =>
      wholeWindows({ from: at(from), to: at(to) }, '1mo').map((window) => (window.to - window.from) / DAY);
    expect(days('2028-01-01T00:00:00Z', '2028-05-01T00:00:00Z')).toEqual([31, 29, 31, 30]);
    expect(days('2027-12-01T00:00:00Z', '2028-02-01T00:00:00Z')).toEqual([31, 31]);
    expect(days('2100-02-01T00:00:00Z', '2100-03-01T00:00:00Z')).toEqual([28]);
    // From the last moment of a month: a day counted on to the next month must not skip one.
    expect(days('2026-01-31T23:59:59Z', '2026-04-01T00:00:00Z')).toEqual([28, 31]);
  });

  it('of a day have 24 hours when clocks elsewhere are turned', () => {
    const turned = wholeWindows({ from: at('2026-03-28T00:00:00Z'), to: at('2026-03-31T00:00:00Z') }, '1d');
    expect(turned.map((window) => window.to - window.from)).toEqual([DAY, DAY, DAY]);
  });
});
