import { describe, expect, it } from 'vitest';
import { estimateError } from '../../../detectors/accuracy/estimate-error.ts';
import { estimatedRocAuc } from '../../../detectors/accuracy/estimated-roc-auc.ts';
import { calibrate } from '../../../detectors/maths/calibrate.ts';
import { rocAuc } from '../../../detectors/maths/roc-auc.ts';
import type { ScoredOutcome } from '../../../detectors/terms.ts';
import { defaultsOf, times } from '../samples.ts';
import { selectiveWorld } from './selective-world.ts';

const RUNS = 40;

describe('where a tenth of the declined predictions can have a label', () => {
  const judged = times(RUNS, (run) => {
    const [reference, window] = [selectiveWorld(5000, run + 1), selectiveWorld(5000, run + 1001)];
    const { statistic, interval } = estimatedRocAuc.judge(reference.seen, window.seen, defaultsOf(estimatedRocAuc));
    return { truth: rocAuc(window.all.outcomes).value, estimated: statistic!, interval: interval! };
  });

  it('the estimated ROC-AUC lies within its stated 95 % interval of that of all labels', () => {
    const within = judged.filter(({ truth, interval: [low, high] }) => low <= truth && truth <= high);
    expect(within.length).toBeGreaterThanOrEqual(0.9 * RUNS);
  });

  it('and off it to neither side on average', () => {
    const mean = judged.reduce((sum, { truth, estimated }) => sum + estimated - truth, 0) / RUNS;
    expect(Math.abs(mean)).toBeLessThan(0.01);
  });

  it('of 40,000 predictions the estimate, and what came true of it, are as good as all labels say', () => {
    const [reference, window] = [selectiveWorld(40_000, 1), selectiveWorld(40_000, 2)];
    const { statistic } = estimatedRocAuc.judge(reference.seen, window.seen, defaultsOf(estimatedRocAuc));
    expect(Math.abs(statistic! - rocAuc(window.all.outcomes).value)).toBeLessThan(0.015);
    expect(Math.abs(rocAuc(window.seen.outcomes).value - rocAuc(window.all.outcomes).value)).toBeLessThan(0.015);
    expect(estimateError.judge(reference.seen, window.seen, defaultsOf(estimateError)).state).toBe('pass');
  });

  it('a real fall is seen before the labels come', () => {
    const [reference, window] = [selectiveWorld(40_000, 1), selectiveWorld(40_000, 2, { spread: 1.2 })];
    expect(rocAuc(window.all.outcomes).value).toBeLessThan(rocAuc(reference.all.outcomes).value - 0.06);
    const { state } = estimatedRocAuc.judge(reference.seen, window.seen, defaultsOf(estimatedRocAuc));
    expect(state).toBe('fail');
  });

  it('what a score stands for is learned with the weights of the labels', () => {
    const outcome = (positives: number, negatives: number, weight: number): ScoredOutcome => ({
      score: 2,
      positives,
      negatives,
      weights: {
        positives: positives * weight,
        negatives,
        positiveSquares: positives * weight ** 2,
        negativeSquares: negatives,
      },
    });
    expect(calibrate([outcome(10, 90, 10)]).probabilityOf(2)).toBeCloseTo(100 / 190, 12);
  });
});
