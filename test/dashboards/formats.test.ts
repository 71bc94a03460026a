import { describe, expect, it } from 'vitest';
import {
  formatBytes,
  formatCount,
  formatMoney,
  formatMs,
  formatNumber,
  formatShare,
  formatSigned,
  NO_NUMBER,
  plural,
} from '../../dashboards/format-number.ts';
import { ago, duration, lengthMs, utc, utcSpan, utcTick } from '../../dashboards/format-time.ts';
import { formatHarm, guardrailTitle } from '../../dashboards/guardrail-words.ts';

const plain = (text: string) => text.replaceAll('\u202f', ' ');
const at = (time: string) => Date.parse(time);

describe('numbers', () => {
  it('have three digits that mean something', () => {
    expect([0, 0.012345, 45.678, 999.9, 12_345.6, 1_234_567, -0.5, 3e-7].map(formatNumber)).toEqual([
      '0',
      '0.0123',
      '45.7',
      '1,000',
      '12,346',
      '1.23M',
      '-0.5',
      '3.0e-7',
    ]);
  });

  it('that are beyond every word have an exponent instead of sixty digits', () => {
    expect([formatNumber(2.1e67), formatCount(2.1e67)].every((text) => text.length < 10)).toBe(true);
  });

  it('that are missing or not finite are a dash, never 0 and never NaN', () => {
    for (const format of [formatNumber, formatCount, formatShare, formatMs, formatSigned]) {
      for (const value of [null, undefined, Number.NaN, Infinity]) expect(format(value)).toBe(NO_NUMBER);
    }
    expect(formatMoney(null, 'EUR')).toBe(NO_NUMBER);
  });

  it('that are shares are per cent, and a tiny one is not zero', () => {
    expect(plain(formatShare(0.0123))).toBe('1.23 %');
    expect(plain(formatShare(1))).toBe('100 %');
    expect(plain(formatShare(0))).toBe('0 %');
    expect(plain(formatShare(1e-7))).toBe('<0.001 %');
  });

  it('that are milliseconds take the unit that fits', () => {
    expect([0.25, 12.34, 1500, 90_000].map((ms) => plain(formatMs(ms)))).toEqual([
      '250 µs',
      '12.3 ms',
      '1.5 s',
      '1.5 min',
    ]);
  });

  it('that are changes carry their sign', () => {
    expect(formatSigned(0.5)).toBe('+0.5');
    expect(formatSigned(-0.5)).toBe('−0.5');
    expect(formatSigned(0)).toBe('0');
  });

  it('that are counts, money or bytes are read at a glance', () => {
    expect(formatCount(99_999)).toBe('99,999');
    expect(formatCount(123_456)).toBe('123K');
    expect(plain(formatMoney(1200, 'EUR'))).toBe('1,200 EUR');
    expect(formatMoney(1200, '')).toBe('1,200');
    expect([0, 999, 1_843_200, 5e9].map((bytes) => plain(formatBytes(bytes)))).toEqual([
      '0 B',
      '999 B',
      '1.84 MB',
      '5 GB',
    ]);
    expect([plural(1, 'model'), plural(0, 'model')]).toEqual(['1 model', '0 models']);
  });

  it('that are harm are written by what the guardrail measures', () => {
    expect(formatHarm('decline_rate')(-0.012)).toBe('−1.2 pp');
    expect(plain(formatHarm('latency_p95')(0.31))).toBe('31 %');
    expect(formatHarm('loss')(0.002)).toBe('0.002');
    expect(formatHarm('something_new')(0.25)).toBe('0.25');
    expect(guardrailTitle('something_new')).toBe('something new');
  });
});

describe('times', () => {
  it('are UTC, with seconds only where they say something', () => {
    expect(utc(at('2026-03-01T10:00:00Z'))).toBe('2026-03-01 10:00');
    expect(utc(at('2026-03-01T10:00:05Z'))).toBe('2026-03-01 10:00:05');
    expect(utcSpan(at('2026-03-01T10:00:00Z'), at('2026-03-01T11:00:00Z'))).toBe('2026-03-01 10:00 – 11:00');
    expect(utcSpan(at('2026-03-01T23:00:00Z'), at('2026-03-02T00:00:00Z'))).toBe('2026-03-01 23:00 – 2026-03-02 00:00');
  });

  it('on an axis are as short as its length allows, and midnight is its day', () => {
    const ten = at('2026-03-01T10:00:05Z');
    expect(utcTick(ten, 60_000)).toBe('10:00:05');
    expect(utcTick(ten, 3_600_000)).toBe('10:00');
    expect(utcTick(at('2026-03-02T00:00:00Z'), 86_400_000)).toBe('02 Mar');
    expect(utcTick(ten, 7 * 86_400_000)).toBe('01 Mar');
  });

  it('that have a length are said in their two largest units', () => {
    expect([400, 5000, 65_000, 3_600_000, 12_000_000, 90_000_000].map(duration)).toEqual([
      '400 ms',
      '5 s',
      '1 min 5 s',
      '1 h',
      '3 h 20 min',
      '1 d 1 h',
    ]);
    expect(ago(0, 200_000)).toBe('3 min ago');
    expect(ago(1000, 0)).toBe('just now');
  });

  it('that are typed as a length are read, and nonsense is none', () => {
    expect(['90s', '5m', '1h', '1d', '1w', '250ms'].map(lengthMs)).toEqual([
      90_000, 300_000, 3_600_000, 86_400_000, 604_800_000, 250,
    ]);
    expect(['', '5', 'h', '5 parsecs', '-1h'].map(lengthMs)).toEqual([null, null, null, null, null]);
  });
});
