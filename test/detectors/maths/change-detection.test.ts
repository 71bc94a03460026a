import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { adwin } from '../../../detectors/maths/adwin.ts';
import type { Folded } from '../../../detectors/maths/alarm.ts';
import { cusum } from '../../../detectors/maths/cusum.ts';
import { ddm } from '../../../detectors/maths/ddm.ts';
import { ewma } from '../../../detectors/maths/ewma.ts';
import { hddmA } from '../../../detectors/maths/hddm-a.ts';
import { hddmW } from '../../../detectors/maths/hddm-w.ts';
import { kswin } from '../../../detectors/maths/kswin.ts';
import { pageHinkley } from '../../../detectors/maths/page-hinkley.ts';
import { normal, randomFrom, times } from '../samples.ts';

/** Known answers of River 0.26.1; `test/golden/make-streams.py` made the file. */
interface Known {
  readonly streams: Readonly<Record<string, readonly number[]>>;
  readonly known: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>;
  /** Where KSWIN first fires in a stream with each of five seeds, of which the first is the one of its documentation. */
  readonly kswin_drawn: Readonly<Record<string, readonly (number | null)[]>>;
}

const file = new URL('../../golden/streams.json', import.meta.url);
const { streams, known, kswin_drawn: drawn }: Known = JSON.parse(readFileSync(file, 'utf8'));

const looks = { chance: 0.002, every: 32, shortest: 5, minimum: 10 } as const;
const methods: Readonly<Record<string, (values: readonly number[]) => Folded>> = {
  page_hinkley: (values) => pageHinkley(values, { minimum: 30, delta: 0.005, threshold: 50, keep: 0.9999 }),
  adwin_restart: (values) => adwin(values, { ...looks, afterAlarm: 'restart' }),
  adwin_forget: (values) => adwin(values, { ...looks, afterAlarm: 'forget' }),
  kswin_all: (values) => kswin(values, { chance: 0.0001, window: 200, newest: 100 }),
  ddm: (values) => ddm(values, { minimum: 30, width: 3 }),
  hddm_a: (values) => hddmA(values, { chance: 0.001, twoSided: false }),
  hddm_a_two_sided: (values) => hddmA(values, { chance: 0.001, twoSided: true }),
  hddm_w: (values) => hddmW(values, { chance: 0.001, weight: 0.05, twoSided: false }),
  hddm_w_two_sided: (values) => hddmW(values, { chance: 0.001, weight: 0.05, twoSided: true }),
};

describe.each(Object.entries(methods).filter(([name]) => known[name] !== undefined))('%s', (name, fold) => {
  it.each(Object.entries(known[name] ?? {}))('fires where River fires: %s', (stream, indices) => {
    expect(fold(streams[stream] ?? []).alarms.map(({ index }) => index)).toEqual(indices);
  });
});

/** What River's documentation prints under the examples, whose streams are `jump` and `more_errors`. */
const PUBLISHED = [
  ['page_hinkley', 'jump', 1006],
  ['adwin_restart', 'jump', 1023],
  ['ddm', 'more_errors', 1334],
  ['hddm_a', 'more_errors', 1206],
  ['hddm_w', 'more_errors', 1077],
] as const;

describe("the examples of River's documentation", () => {
  it.each(PUBLISHED)('%s fires in %s at %i, as printed there', (name, stream, index) => {
    expect(methods[name]?.(streams[stream] ?? []).alarms.map((alarm) => alarm.index)).toEqual([index]);
  });

  it.each(Object.entries(drawn))(
    'KSWIN, evenly spaced, fires first within 2 points of where the drawn samples fire, or not at all as they do: %s',
    (stream, firsts) => {
      const { alarms } = kswin(streams[stream] ?? [], { chance: 0.0001, window: 100, newest: 30 });
      for (const first of firsts) {
        if (first === null) expect(alarms).toEqual([]);
        else expect(Math.abs((alarms[0]?.index ?? NaN) - first)).toBeLessThanOrEqual(2);
      }
    },
  );

  it('KSWIN is printed to fire at 1016 with seed 42', () => {
    expect(drawn['jump']?.[0]).toBe(1016);
  });
});

describe('ADWIN that forgets only what lies before the cut', () => {
  it.each(Object.keys(streams))(
    'fires first where the one that starts anew does, and keeps what came since: %s',
    (stream) => {
      const values = streams[stream] ?? [];
      const [first] = methods['adwin_forget']?.(values).alarms ?? [];
      expect(first?.index).toBe(known['adwin_restart']?.[stream]?.[0]);
    },
  );

  it('puts the beginning of an abrupt change where it is, to a few buckets', () => {
    const { alarms } = adwin(streams['integers'] ?? [], { ...looks, afterAlarm: 'forget' });
    expect(alarms.at(-1)?.onset).toBeGreaterThan(950);
    expect(alarms.at(-1)?.onset).toBeLessThan(1030);
  });

  it('finds what a window without buckets finds: the same cut test on all of its points', () => {
    const values = times(140, (at) => (at < 80 ? 0.1 : 0.9) + 0.01 * (at % 3));
    const looksAt = (minimum: number) =>
      adwin(values, { ...looks, every: 1, minimum, afterAlarm: 'restart' }).alarms[0];
    const mean = (part: readonly number[]) => part.reduce((sum, value) => sum + value, 0) / part.length;
    const differs = (window: readonly number[], cut: number): boolean => {
      const [before, after] = [window.slice(0, cut), window.slice(cut)];
      const variance = mean(window.map((value) => (value - mean(window)) ** 2));
      const rare = Math.log((2 * Math.log(window.length)) / 0.002);
      const scatter = 1 / (before.length - 4) + 1 / (after.length - 4);
      const allowed = Math.sqrt(2 * scatter * variance * rare) + (2 / 3) * rare * scatter;
      return Math.abs(mean(before) - mean(after)) > allowed;
    };
    const found = values.findIndex((_, at) => {
      const window = values.slice(0, at + 1);
      return window.some((__, cut) => cut >= 5 && window.length - cut >= 5 && differs(window, cut));
    });
    expect(found).toBeGreaterThan(84);
    expect(looksAt(10)?.index).toBeGreaterThanOrEqual(found);
    expect(looksAt(10)?.index).toBeLessThanOrEqual(found + 4);
  });
});

/** Montgomery, Introduction to Statistical Quality Control, table 9.1: mean 10 for 20 samples, then 11. */
const MONTGOMERY = [
  9.45, 7.99, 9.29, 11.66, 12.16, 10.18, 8.04, 11.46, 9.2, 10.34, 9.03, 11.47, 10.51, 9.4, 10.08, 9.37, 10.62, 10.31,
  8.52, 10.84, 10.9, 9.33, 12.29, 11.5, 10.6, 11.08, 10.38, 11.62, 11.31, 10.52,
];

describe('control charts', () => {
  it('CUSUM signals at sample 29 of the textbook example with 5.28, and puts the shift after sample 22', () => {
    const { alarms, ratios } = cusum(MONTGOMERY, { mean: 10, deviation: 1, slack: 0.5, threshold: 5 });
    expect(alarms).toEqual([{ index: 28, onset: 22 }]);
    expect((ratios[28] ?? 0) * 5).toBeCloseTo(5.28, 10);
    expect((ratios[1] ?? 0) * 5).toBeCloseTo(1.56, 10);
  });

  it('EWMA has the averages of the textbook example and passes its limit at sample 29', () => {
    const { alarms, ratios } = ewma(MONTGOMERY, { mean: 10, deviation: 1, weight: 0.1, width: 2.7 });
    const limitOf = (sample: number) => 2.7 * Math.sqrt((0.1 / 1.9) * (1 - 0.9 ** (2 * sample)));
    const average = (sample: number) => (ratios[sample - 1] ?? 0) * limitOf(sample);
    expect(average(1)).toBeCloseTo(10 - 9.945, 10);
    expect(average(2)).toBeCloseTo(10 - 9.7495, 10);
    expect(average(28)).toBeCloseTo(0.5731, 3);
    expect(average(29)).toBeCloseTo(0.6468, 3);
    expect(alarms.map(({ index }) => index)).toEqual([28]);
  });

  it('both find a fall as they find a rise', () => {
    const fallen = MONTGOMERY.map((value) => 20 - value);
    expect(cusum(fallen, { mean: 10, deviation: 1, slack: 0.5, threshold: 5 }).alarms[0]?.index).toBe(28);
    expect(ewma(fallen, { mean: 10, deviation: 1, weight: 0.1, width: 2.7 }).alarms[0]?.index).toBe(28);
  });

  it('CUSUM at k = 0.5 and h = 5 gives a false alarm in 465 points on average, as tabled (Hawkins 1993)', () => {
    const random = randomFrom(9);
    const { alarms } = cusum(
      times(200_000, () => normal(random)),
      { mean: 0, deviation: 1, slack: 0.5, threshold: 5 },
    );
    expect(200_000 / alarms.length).toBeGreaterThan(430);
    expect(200_000 / alarms.length).toBeLessThan(500);
  });
});

describe('DDM and HDDM-A of shares', () => {
  it('see in a share of so many cases what they see in the cases, at the end of each window', () => {
    const cases = streams['errors'] ?? [];
    const windows = times(200, (at) => cases.slice(10 * at, 10 * at + 10).reduce((sum, value) => sum + value, 0) / 10);
    const tens = windows.map(() => 10);
    const whole = (index: number) => Math.floor(index / 10);
    const [one] = ddm(windows, { minimum: 3, width: 3 }, tens).alarms;
    expect(Math.abs((one?.index ?? 0) - whole(1049))).toBeLessThanOrEqual(1);
    const [other] = hddmA(windows, { chance: 0.001, twoSided: false }, tens).alarms;
    expect(Math.abs((other?.index ?? 0) - whole(1047))).toBeLessThanOrEqual(1);
  });
});

describe('every method of change detection', () => {
  it.each(Object.entries(methods))(
    '%s fires exactly where its ratio passes 1, and never before the onset',
    (_, fold) => {
      for (const values of Object.values(streams)) {
        const { alarms, ratios } = fold(values.map((value) => Math.min(1, Math.max(0, value / 8))));
        expect(ratios).toHaveLength(values.length);
        expect(ratios.every((ratio) => Number.isFinite(ratio) && ratio >= 0)).toBe(true);
        expect(alarms.every(({ index, onset }) => onset <= index && onset >= 0)).toBe(true);
        expect(ratios.flatMap((ratio, index) => (ratio > 1 ? [index] : []))).toEqual(alarms.map(({ index }) => index));
      }
    },
  );

  it.each(Object.entries(methods))(
    '%s says nothing of a series without points, and of one that never moves',
    (_, fold) => {
      expect(fold([])).toEqual({ alarms: [], ratios: [] });
      expect(fold(times(500, () => 0.25)).alarms).toEqual([]);
      expect(fold(times(500, () => 0)).alarms).toEqual([]);
    },
  );
});
