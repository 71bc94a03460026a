import { describe, expect, it } from 'vitest';
import { adwin, cusum, ddm, ewma, hddmA, kswin, pageHinkley } from '../../detectors/all.ts';
import type { Detector } from '../../detectors/detector.ts';
import { standardise } from '../../detectors/sequential/standardise.ts';
import type { Series } from '../../detectors/terms.ts';
import { defaultsOf, normal, randomFrom, times } from './samples.ts';

const HOUR = 3_600_000;
const WEEK = 168;
const random = randomFrom(31);

/** A day's and a week's rhythm with noise; from `changed` on it lies `shift` standard deviations of the noise higher. */
function numbers(points: number, shift = 0, changed = Infinity, start = 0): Series {
  const value = (at: number): number =>
    10 + 3 * Math.sin((2 * Math.PI * at) / 24) + (at % WEEK >= 120 ? 2 : 0) + normal(random) / 2;
  return {
    stepMs: HOUR,
    unit: 'number',
    points: times(points, (n) => {
      const at = start + n;
      return { at: at * HOUR, value: value(at) + (n >= changed ? shift / 2 : 0), count: 1000 };
    }),
  };
}

function shares(points: number, share: (at: number) => number, perPoint = 500): Series {
  const drawn = (at: number): number => times(perPoint, () => (random() < share(at) ? 1 : 0)).filter(Boolean).length;
  return {
    stepMs: HOUR,
    unit: 'share',
    points: times(points, (at) => ({ at: at * HOUR, value: drawn(at) / perPoint, count: perPoint })),
  };
}

const charts: readonly Detector<'series'>[] = [pageHinkley, cusum, ewma, adwin, kswin];

describe('change detection over stored series', () => {
  it('takes the rhythm of the week out, and leaves noise of one standard deviation', () => {
    const left = standardise(numbers(4 * WEEK), numbers(WEEK, 0, Infinity, 4 * WEEK)) ?? [];
    const deviation = Math.sqrt(left.reduce((sum, value) => sum + value * value, 0) / left.length);
    expect(deviation).toBeGreaterThan(0.8);
    expect(deviation).toBeLessThan(1.3);
  });

  it.each(charts.map((detector) => [detector.name, detector] as const))(
    '%s is calm for 60 weeks of nothing but rhythm and noise, and finds a shift of four deviations within a day',
    (_, detector) => {
      const reference = numbers(8 * WEEK);
      const settings = { ...defaultsOf(detector), recent: 500 };
      const calm = times(20, (at) =>
        detector.judge(reference, numbers(3 * WEEK, 0, Infinity, (8 + 3 * at) * WEEK), settings),
      );
      expect(calm.filter(({ state }) => state === 'fail').map(({ reason }) => reason)).toEqual([]);
      const shifted = numbers(2 * WEEK + 24, 4, 2 * WEEK, 8 * WEEK);
      const judgement = detector.judge(reference, shifted, settings);
      expect(judgement.state).toBe('fail');
      expect(judgement.reason).toMatch(
        /^it changed from \d+(\.\d+)? to \d+(\.\d+)? at about \d{4}-\d\d-\d\d \d\d:00 UTC; /,
      );
      const change = Number(judgement.details?.['change_at']) / HOUR - 8 * WEEK;
      expect(Math.abs(change - 2 * WEEK)).toBeLessThanOrEqual(detector.name === 'kswin' ? 30 : 24);
    },
  );

  it('a missing share that was always 0 may jump, and one record in 500 is no jump', () => {
    const reference = shares(72, () => 0);
    const settings = defaultsOf(cusum);
    expect(
      cusum.judge(
        reference,
        shares(60, (at) => (at < 50 ? 0 : 0.2)),
        settings,
      ).state,
    ).toBe('fail');
    expect(
      cusum.judge(
        reference,
        shares(60, (at) => (at === 50 ? 0.002 : 0)),
        settings,
      ).state,
    ).toBe('pass');
  });

  it('a number that never varied in the reference is insufficient, not a pass', () => {
    const flat: Series = { ...numbers(72), points: times(72, (at) => ({ at: at * HOUR, value: 5, count: 9 })) };
    expect(cusum.judge(flat, numbers(72), defaultsOf(cusum))).toMatchObject({
      state: 'insufficient',
      reason: 'the series does not vary in the reference',
    });
  });

  it('DDM and HDDM are for shares alone, and find a rise of errors from 2 % to 6 %', () => {
    for (const detector of [ddm, hddmA] as readonly Detector<'series'>[]) {
      expect(detector.judge(null, numbers(72), defaultsOf(detector)).state).toBe('insufficient');
      const errors = shares(72, (at) => (at < 60 ? 0.02 : 0.06));
      expect(detector.judge(null, errors, defaultsOf(detector)).state).toBe('fail');
    }
    const rising = shares(72, (at) => (at < 60 ? 0.02 : 0.06));
    expect(hddmA.judge(null, rising, defaultsOf(hddmA)).reason).toMatch(
      /^it changed from [12](\.\d+)? % to [456](\.\d+)? % at about 1970-01-03 1\d:00 UTC; /,
    );
    expect(
      hddmA.judge(
        null,
        shares(400, () => 0.02),
        defaultsOf(hddmA),
      ).state,
    ).toBe('pass');
  });
});
