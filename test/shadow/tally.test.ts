import { describe, expect, it } from 'vitest';
import { Tally, type Pairs, type TallyRules } from '../../shadow/tally.ts';

const RULES: TallyRules = { thresholds: { control: 0.5, candidate: 0.6 }, weights: { approved: 1, declined: 1 } };

function pairs(
  rows: readonly (readonly [control: number, candidate: number, stake: number, slice: string, error?: number])[],
): Pairs {
  const keys = ['', ...new Set(rows.map(([, , , slice]) => slice).filter((slice) => slice !== ''))];
  return {
    rows: rows.length,
    recorded: Float64Array.from(rows, ([control]) => control),
    candidate: Float32Array.from(rows, ([, candidate]) => candidate),
    stakes: Float64Array.from(rows, ([, , stake]) => stake),
    errors: Uint8Array.from(rows, ([, , , , error]) => error ?? 0),
    slices: [{ keys, indexes: rows.map(([, , , slice]) => keys.indexOf(slice)) }],
  };
}

describe('a tally', () => {
  const first = pairs([
    [0.25, 0.75, 10, 'region=EU'],
    [0.75, 0.5, 20, 'region=US'],
    [0.75, 0.875, 40, ''],
  ]);
  const second = pairs([
    [Number.NaN, 0.75, 80, 'region=EU'],
    [0.5, Number.NaN, 160, 'region=EU', 3],
    [0.25, 0.25, 320, 'region=EU'],
  ]);

  it('counts flips, money and shifts of the whole and of each slice, and what has no score beside them', () => {
    const tally = new Tally(RULES);
    tally.add(first);
    tally.add(second);
    const [all, ...slices] = tally.counts(10);
    expect(all).toMatchObject({ slice: 'all', replayed: 6, pairs: 4, unscored: 1, errors: { timeout: 1 } });
    expect(all).toMatchObject({
      toDecline: 1,
      toApprove: 1,
      valueToDecline: 10,
      valueToApprove: 20,
      controlDeclines: 2,
    });
    expect(all?.shiftMean).toBeCloseTo((0.5 - 0.25 + 0.125 + 0) / 4, 12);
    // Sample variance of 0.5, -0.25, 0.125, 0.
    expect(all?.shiftVariance).toBeCloseTo(0.09765625, 12);
    expect(slices.map(({ slice, replayed, pairs: both }) => [slice, replayed, both])).toEqual([
      ['region=EU', 4, 2],
      ['region=US', 1, 1],
    ]);
  });

  it('goes on from what was kept as if it had never stopped', () => {
    const whole = new Tally(RULES);
    whole.add(first);
    whole.add(second);
    const before = new Tally(RULES);
    before.add(first);
    const after = new Tally(RULES, JSON.parse(JSON.stringify(before.record())) as ReturnType<Tally['record']>);
    after.add(second);
    expect(after.counts(10)).toEqual(whole.counts(10));
    expect(after.replayed).toBe(6);
  });

  it('lets each prediction of a sample stand for those that were left out', () => {
    const tally = new Tally({ ...RULES, weights: { approved: 100, declined: 2 } });
    tally.add(first);
    const [all] = tally.counts(0);
    expect(all).toMatchObject({
      replayed: 3,
      pairs: 104,
      toDecline: 100,
      toApprove: 2,
      valueToDecline: 1000,
      valueToApprove: 40,
    });
    // (100 + 2)^2 / (100^2 + 2^2): as good as one flip.
    expect(all?.effectiveFlips).toBeCloseTo(1.04, 2);
  });

  it('counts slices beyond the first 2,000 together, and takes harmful names for names', () => {
    const tally = new Tally(RULES);
    tally.add(pairs([[0.1, 0.9, 1, '__proto__=x']]));
    tally.add(pairs(Array.from({ length: 2100 }, (_, n) => [0.1, 0.9, 1, `customer=${n}`] as const)));
    const counts = tally.counts(5000);
    expect(counts.length).toBeLessThan(2010);
    expect(counts.find(({ slice }) => slice === '__proto__=x')).toMatchObject({ toDecline: 1 });
    expect(counts.reduce((sum, { slice, replayed }) => sum + (slice === 'all' ? 0 : replayed), 0)).toBe(2101);
    expect(counts.find(({ slice }) => slice === 'customer=(other)')?.replayed).toBeGreaterThan(90);
  });
});
