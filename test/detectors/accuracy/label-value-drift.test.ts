import { describe, expect, it } from 'vitest';
import { labelValueDrift, psi } from '../../../detectors/all.ts';
import type { Judgement, Residuals } from '../../../detectors/terms.ts';
import { defaultsOf, histogramOf, labelBinsOf, normal, randomFrom, times } from '../samples.ts';

const random = randomFrom(61);
const price = (): number => Math.exp(3 + normal(random));

function residualsOf(labels: readonly number[], weightOf?: (label: number) => number): Residuals {
  const { length } = labels;
  return { predictions: length, mature: length, labelled: length, errors: [], labels: labelBinsOf(labels, weightOf) };
}

const judge = (reference: Residuals, window: Residuals): Judgement =>
  labelValueDrift.judge(reference, window, defaultsOf(labelValueDrift));

describe('drift of the labels of a regression', () => {
  it('is that of a feature with the same numbers', () => {
    const [before, after] = [times(5000, price), times(1000, () => 1.5 * price())];
    const asFeature = psi.judge(histogramOf(before), histogramOf(after), defaultsOf(psi));
    const found = judge(residualsOf(before), residualsOf(after));
    expect(found.statistic).toBeCloseTo(asFeature.statistic!, 12);
    expect(found).toMatchObject({ state: 'fail', count: 1000 });
    expect(found.reason).toMatch(
      /^PSI of the labels is 0\.\d+ \(95 % interval .*\), above the limit of 0\.1; the median moved from 2\d(\.\d)? to \d\d(\.\d)?$/,
    );
  });

  it('counts a label by its weight: one of weight 3 as three, whose scatter is that of one', () => {
    const [before, after] = [times(3000, price), times(800, () => 1.3 * price())];
    const weightOf = (label: number): number => (label > 30 ? 3 : 1);
    const thrice = (labels: readonly number[]) =>
      labels.flatMap((label) => Array(weightOf(label)).fill(label) as number[]);
    const found = judge(residualsOf(before, weightOf), residualsOf(after, weightOf));
    const repeated = judge(residualsOf(thrice(before)), residualsOf(thrice(after)));
    expect(found.statistic).toBeCloseTo(repeated.statistic!, 10);
    expect(found.count).toBeLessThan(repeated.count / 2 + 1);
  });

  it('raises no alarm in 400 windows of 150 to 2,000 labels in which nothing is wrong', () => {
    const reference = residualsOf(times(5000, price));
    const states = times(400, (at) => judge(reference, residualsOf(times(at % 2 === 0 ? 150 : 2000, price))).state);
    expect(states).toEqual(Array(400).fill('pass'));
  });

  it('nor where more of the dear ones are let through than before, weighted by propensities; without weights it fails', () => {
    // Dear ones are seen with a chance of a tenth, then of nine tenths.
    const seen = (count: number, share: number) => times(count, price).filter((one) => one < 40 || random() < share);
    const weighted = (labels: readonly number[], share: number) =>
      residualsOf(labels, (label) => (label < 40 ? 1 : 1 / share));
    const [before, after] = [seen(20_000, 0.1), times(40, () => seen(3000, 0.9))];
    expect(after.map((labels) => judge(weighted(before, 0.1), weighted(labels, 0.9)).state)).toEqual(
      Array(40).fill('pass'),
    );
    expect(after.map((labels) => judge(residualsOf(before), residualsOf(labels)).state)).toEqual(
      Array(40).fill('fail'),
    );
  });

  it('finds labels half as large again in each of 40 windows of 1,000', () => {
    const reference = residualsOf(times(5000, price));
    const states = times(40, () => judge(reference, residualsOf(times(1000, () => 1.5 * price()))).state);
    expect(states).toEqual(Array(40).fill('fail'));
  });
});
