import { describe, expect, it } from 'vitest';
import { estimatedAccuracy, estimatedAccuracyError, estimatedMae, estimatedMaeError } from '../../../detectors/all.ts';
import { estimatedRocAuc, estimateError } from '../../../detectors/all.ts';
import type { Judgement, Outcomes, Promised, Residuals } from '../../../detectors/terms.ts';
import { defaultsOf, normal, outcomesOf, randomFrom, times } from '../samples.ts';
import { confusionsOf, drawClasses } from './multiclass-world.ts';

const random = randomFrom(83);

/** Calibrated scores; of the `broken` share labels are drawn regardless of them. */
function fraud(count: number, broken: number): Outcomes {
  return outcomesOf(
    times(count, () => {
      const score = Math.round(200 / (1 + Math.exp(1 - 1.6 * normal(random)))) / 200;
      return { score, positive: random() < (random() < broken ? 0.3 : score) };
    }),
  );
}

/** Prices of ten sizes, whose errors are `by` times as large as usual. */
function prices(count: number, by: number): Residuals {
  const errors = times(count, (at) => {
    const [score, error] = [1 + (at % 10), by * (1 + (at % 10)) * normal(random)];
    return {
      score,
      count: 1,
      unknown: 0,
      moments: [1, error, Math.abs(error), error ** 2] as const,
      squares: [1, error, Math.abs(error), error ** 2, error ** 4] as const,
    };
  });
  return {
    predictions: count,
    mature: count,
    labelled: count,
    errors: errors.sort((one, other) => one.score - other.score),
  };
}

let seed = 0;
const tiers = (count: number, broken: number) => confusionsOf(drawClasses(count, ++seed, { broken }));

const promiseOf = ({ statistic, interval }: Judgement): Promised => ({
  value: statistic!,
  interval: interval!,
  window: { from: 0, to: 1 },
  judgedAt: 1,
  finding: 'f',
});

/** What was promised of a window of each model, and its error, as it is scored. */
const MODELS = {
  estimate_error: (count: number, wrong: boolean, before: number) => {
    const [reference, window] = [fraud(before, 0), fraud(count, wrong ? 0.4 : 0)];
    const promised = estimatedRocAuc.judge(reference, window, defaultsOf(estimatedRocAuc));
    return estimateError.judge(reference, { ...window, promised: promiseOf(promised) }, defaultsOf(estimateError));
  },
  estimated_mae_error: (count: number, wrong: boolean, before: number) => {
    const [reference, window] = [prices(before, 1), prices(count, wrong ? 1.4 : 1)];
    const promised = estimatedMae.judge(reference, window, defaultsOf(estimatedMae));
    const settings = defaultsOf(estimatedMaeError);
    return estimatedMaeError.judge(reference, { ...window, promised: promiseOf(promised) }, settings);
  },
  estimated_accuracy_error: (count: number, wrong: boolean, before: number) => {
    const [reference, window] = [tiers(before, 0), tiers(count, wrong ? 0.4 : 0)];
    const promised = estimatedAccuracy.judge(reference, window, defaultsOf(estimatedAccuracy));
    const settings = defaultsOf(estimatedAccuracyError);
    return estimatedAccuracyError.judge(reference, { ...window, promised: promiseOf(promised) }, settings);
  },
};

const RUNS = 200;

describe.each(Object.entries(MODELS))('the interval of %s', (_, score) => {
  it.each([
    ['nothing is wrong', false],
    ['labels no longer follow', true],
  ])('holds the error of a model in 95 % of windows or more, small reference and all: %s', (what, wrong) => {
    const truth = wrong ? score(60_000, true, 60_000).statistic! : 0;
    const held = times(RUNS, () => {
      const { interval } = score(1000, wrong, 2000);
      return interval![0] <= truth && truth <= interval![1];
    });
    // Two and a half standard errors below 95 %.
    expect([what, held.filter(Boolean).length >= 0.911 * RUNS]).toEqual([what, true]);
    // It says something: what is surely wrong is told from nothing.
    if (wrong) expect(score(6000, true, 6000).interval![0]).toBeGreaterThan(0);
  });
});
