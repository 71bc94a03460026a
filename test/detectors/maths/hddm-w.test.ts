import { describe, expect, it } from 'vitest';
import { hddmW as detector } from '../../../detectors/all.ts';
import { hddmW } from '../../../detectors/maths/hddm-w.ts';
import { defaultsOf, randomFrom, times } from '../samples.ts';

const HOUR = 3_600_000;
const { chance, weight } = defaultsOf(detector);
const DEFAULTS = { chance, weight, twoSided: true } as const;

/** A share of so many records, of which each is bad with this probability. */
function drawer(seed: number): (share: number, records: number) => number {
  const random = randomFrom(seed);
  return (share, records) => {
    let bad = 0;
    for (let record = 0; record < records; record++) if (random() < share) bad++;
    return bad / records;
  };
}

/** The weighted mean of points and the sum of its squared weights, written out: no step follows from the one before. */
function averageOf(values: readonly number[], counts: readonly number[]): { mean: number; squares: number } {
  const last = values.length - 1;
  const weightOf = (at: number): number => (at === 0 ? 1 : weight) * (1 - weight) ** (last - at);
  const mean = values.reduce((sum, value, at) => sum + weightOf(at) * value, 0);
  const recent = counts.reduce((sum, count, at) => sum + (weight ** 2 * (1 - weight) ** (2 * (last - at))) / count, 0);
  return { mean, squares: recent + (1 - weight) ** (2 * values.length) / counts[0]! };
}

function ratioOf(values: readonly number[], counts: readonly number[]): number {
  const bound = (squares: number): number => Math.sqrt((squares * Math.log(1 / chance)) / 2);
  const ratios = [1, -1].map((sign) => {
    const reach = values.map((_, at) => {
      const { mean, squares } = averageOf(values.slice(0, at + 1), counts.slice(0, at + 1));
      return sign * mean + bound(squares);
    });
    const cut = reach.indexOf(Math.min(...reach)) + 1;
    if (cut === values.length) return 0;
    const before = averageOf(values.slice(0, cut), counts.slice(0, cut));
    const after = averageOf(values.slice(cut), counts.slice(cut));
    return (sign * (after.mean - before.mean)) / bound(before.squares + after.squares);
  });
  return Math.max(0, ...ratios);
}

describe('HDDM-W of shares', () => {
  it('is what the weighted means of all points say, when they are made anew at each point', () => {
    const draw = drawer(3);
    const counts = times(80, (at) => 20 + 30 * (at % 7));
    const values = counts.map((count, at) => draw(at < 40 ? 0.2 : 0.4, count));
    const { ratios, alarms } = hddmW(values, DEFAULTS, counts);
    const until = (alarms[0]?.index ?? 0) + 1;
    expect(until).toBeGreaterThan(40);
    const anew = times(until, (at) => ratioOf(values.slice(0, at + 1), counts.slice(0, at + 1)));
    expect(anew.every((ratio, at) => Math.abs(ratio - (ratios[at] ?? NaN)) < 1e-9)).toBe(true);
    expect(ratios.slice(0, until).filter((ratio) => ratio > 0.02).length).toBeGreaterThan(5);
  });

  it('passes over a point without records', () => {
    const [counts, values] = [times(80, () => 100), times(80, (at): number => (at < 60 ? 0.1 : 0.4))];
    const without = hddmW(values, DEFAULTS, counts);
    const withOne = hddmW(values.toSpliced(30, 0, 0), DEFAULTS, counts.toSpliced(30, 0, 0));
    expect(without.alarms).toHaveLength(1);
    expect(withOne.alarms).toEqual(without.alarms.map(({ index, onset }) => ({ index: index + 1, onset: onset + 1 })));
  });

  it('finds a share that goes from 10 % to 90 % with its first point, and says that it began there', () => {
    const draw = drawer(11);
    const points = times(400, (at) => ({ at: at * HOUR, value: draw(at < 376 ? 0.1 : 0.9, 200), count: 200 }));
    const judgement = detector.judge(null, { stepMs: HOUR, unit: 'share', points }, defaultsOf(detector));
    expect(judgement.state).toBe('fail');
    expect(Number(judgement.details?.['change_at']) / HOUR).toBe(376);
    expect(Number(judgement.details?.['found_at']) / HOUR).toBe(377);
  });

  it('finds x4 of 5 % within 8 points of 200 records, x2 within 40, and puts the beginning where it was', () => {
    const draw = drawer(12);
    for (const [factor, within, away] of [
      [4, 8, 1],
      [2, 40, 5],
    ] as const) {
      const alarms = times(40, () => {
        const values = times(500, (at) => draw(at < 300 ? 0.05 : factor * 0.05, 200));
        const counts = values.map(() => 200);
        return hddmW(values, DEFAULTS, counts).alarms;
      });
      expect(alarms.every(([first]) => first !== undefined && first.index >= 300)).toBe(true);
      const delays = alarms.map(([first]) => first!.index - 299).toSorted((one, other) => one - other);
      expect(delays[20]).toBeLessThanOrEqual(within);
      expect(Math.max(...alarms.map(([first]) => Math.abs(first!.onset - 300)))).toBeLessThanOrEqual(away);
    }
  });

  it.each([
    [0.02, 200],
    [0.05, 200],
    [0.5, 200],
    [0.5, 1],
    [0.05, 1],
  ])('fires at most 0.1 times in 1,000 points of a share that stays %d, of %d records', (share, records) => {
    const draw = drawer(13);
    const alarms = times(records === 1 ? 100 : 30, () => {
      const values = times(2000, () => draw(share, records));
      const counts = values.map(() => records);
      return hddmW(values, DEFAULTS, counts).alarms.length;
    });
    const total = alarms.reduce((sum, count) => sum + count, 0);
    expect((1000 * total) / (2000 * alarms.length)).toBeLessThanOrEqual(0.1);
  });

  it('never finds a change that is smaller than it says it can find, and finds one that is larger', () => {
    const least = (records: number): number => Math.sqrt(((weight / (2 - weight)) * Math.log(1 / chance)) / records);
    const found = (change: number, records: number): number => {
      const values = times(2000, (at) => (at < 1000 ? 0.1 : 0.1 + change));
      const counts = values.map(() => records);
      return hddmW(values, DEFAULTS, counts).alarms.length;
    };
    for (const records of [1, 200]) {
      expect(found(0.999 * least(records), records)).toBe(0);
      expect(found(1.001 * least(records), records)).toBe(1);
    }
    expect(least(200)).toBeCloseTo(0.042, 3);
    expect(least(1)).toBeCloseTo(0.595, 3);
  });
});
