import { expect, it } from 'vitest';
import { psi, tailShare, wasserstein } from '../../../detectors/all.ts';
import { Bins } from '../../../detectors/maths/bins.ts';
import type { Histogram } from '../../../detectors/terms.ts';
import { defaultsOf, histogramOf, normal, randomFrom, times } from '../samples.ts';

const random = randomFrom(5);
const settings = defaultsOf(tailShare);

/** Numbers by bins of width one from 0 on. */
const binned = (counts: readonly number[]): Histogram => ({
  count: counts.reduce((sum, count) => sum + count, 0),
  missing: 0,
  bins: Bins.of(counts.map((count, low) => ({ low, high: low + 1, count }))),
  categories: [],
});

/** 10 of 10,000 values lie above 2, and 20 below 1. */
const REFERENCE = binned([20, 9970, 10]);

it('is the number of values in the tail over the expected one, ten added to both (by hand)', () => {
  // Of 2,000 values 2 were to be expected above: (190 + 10) / (2 + 10).
  const judgement = tailShare.judge(REFERENCE, binned([4, 1806, 190]), settings);
  expect(judgement).toMatchObject({ state: 'fail', count: 2000, details: { edge: 2, reference_share: 0.001 } });
  expect(judgement.statistic).toBeCloseTo(200 / 12, 12);
  expect(judgement.reason).toMatch(
    /^0.1 % of the reference were 2 or more, 9.5 % are now; the growth of the tail is 16.7x/,
  );
  // Of as many 4 below: (90 + 10) / (4 + 10).
  const low = tailShare.judge(REFERENCE, binned([90, 1908, 2]), settings);
  expect(low.statistic).toBeCloseTo(100 / 14, 12);
  expect(low.reason).toMatch(/^0.2 % of the reference were 1 or less, 4.5 % are now/);
});

it('is one where tails are as in the reference, and holds values beyond all of it', () => {
  expect(tailShare.judge(REFERENCE, REFERENCE, settings).statistic).toBe(1);
  const beyond = tailShare.judge(binned([0, 5000, 5000]), binned([0, 500, 400, 0, 100]), settings);
  expect(beyond.statistic).toBeCloseTo(110 / 10, 12);
  expect(beyond.state).toBe('fail');
});

it('finds a twentieth of amounts ten times as high, which deciles and distances do not', () => {
  const amounts = (count: number, share: number): Histogram =>
    histogramOf(times(count, () => Math.exp(3 + normal(random)) * (random() < share ? 10 : 1)));
  const [reference, window] = [amounts(50_000, 0), amounts(1500, 0.05)];
  expect(psi.judge(reference, window, defaultsOf(psi)).state).toBe('pass');
  expect(wasserstein.judge(reference, window, defaultsOf(wasserstein)).state).toBe('pass');
  expect(tailShare.judge(reference, window, { ...settings, chance: 1e-6 }).state).toBe('fail');
  expect(tailShare.judge(reference, amounts(1500, 0), { ...settings, chance: 1e-6 }).state).toBe('pass');
});

it('takes single values for what they are', () => {
  const window = binned([4, 1990, 6]);
  expect(tailShare.judge(REFERENCE, window, settings)).toMatchObject({ state: 'pass', limit: expect.any(Number) });
});
