import { describe, expect, it } from 'vitest';
import { estimateError } from '../../../detectors/accuracy/estimate-error.ts';
import { estimatedMaeError } from '../../../detectors/accuracy/estimated-mae-error.ts';
import { estimatedMae } from '../../../detectors/accuracy/estimated-mae.ts';
import { estimatedRocAuc } from '../../../detectors/accuracy/estimated-roc-auc.ts';
import { errorMoments, meanAbsoluteError } from '../../../detectors/maths/error-moments.ts';
import { rocAuc } from '../../../detectors/maths/roc-auc.ts';
import type { Judgement, Outcomes, Promised, Residuals, ScoredErrors } from '../../../detectors/terms.ts';
import { defaultsOf, normal, randomFrom, times } from '../samples.ts';
import { selectiveWorld } from './selective-world.ts';

const DAY = 86_400_000;

/** The promise that a judgement made. */
function promiseOf({ statistic, interval }: Judgement): Promised {
  return { value: statistic!, interval: interval!, window: { from: 0, to: DAY }, judgedAt: DAY, finding: 'f' };
}

const scoreEstimate = (reference: Outcomes, window: Outcomes): Judgement =>
  estimateError.judge(reference, window, defaultsOf(estimateError));

/** The same labels, of which nothing says for what they stand. */
const unweighted = (one: Outcomes): Outcomes => ({
  ...one,
  outcomes: one.outcomes.map(({ score, positives, negatives, unknown }) => {
    return { score, positives, negatives, ...(unknown !== undefined && { unknown }) };
  }),
});

describe('the estimate of the ROC-AUC is scored as it was published', () => {
  const [reference, window] = [selectiveWorld(40_000, 1), selectiveWorld(40_000, 2)];
  const promised = promiseOf(estimatedRocAuc.judge(reference.seen, window.seen, defaultsOf(estimatedRocAuc)));

  it('a promise that was too high fails, though the scores of today promise what came true', () => {
    const wrong = { ...promised, value: promised.value + 0.07, interval: undefined! };
    const judged = scoreEstimate(reference.all, { ...window.all, promised: wrong });
    const realised = rocAuc(window.all.outcomes).value;
    expect(judged).toMatchObject({
      state: 'fail',
      details: { estimated: wrong.value, published: wrong.value, realised, estimate: 'as published' },
    });
    expect(judged.details).toMatchObject({ published_at: '1970-01-02T00:00:00.000Z', published_finding: 'f' });
    expect(judged.statistic).toBeCloseTo(wrong.value - realised, 12);
    expect(judged.reason).toMatch(/0\.9\d* was promised and 0\.8\d* came true/);
  });

  it('weighted by propensities the labels speak for all predictions, and nothing is moved', () => {
    const judged = scoreEstimate(reference.seen, { ...window.seen, promised });
    expect(judged).toMatchObject({ state: 'pass', details: { estimated: promised.value } });
    expect(judged.statistic).toBeCloseTo(Math.abs(promised.value - rocAuc(window.seen.outcomes).value), 12);
  });

  it('where nothing weighs the labels for those that are missing, the promise is moved to the predictions that have one', () => {
    const [then, now] = [unweighted(reference.seen), unweighted(window.seen)];
    const ofAll = promiseOf(estimatedRocAuc.judge(then, now, defaultsOf(estimatedRocAuc)));
    expect(ofAll.value - rocAuc(now.outcomes).value).toBeGreaterThan(0.04);
    const judged = scoreEstimate(then, { ...now, promised: ofAll });
    expect(judged).toMatchObject({ state: 'pass', details: { published: ofAll.value } });
    expect(judged.reason).toMatch(/was promised, 0\.\d+ of the predictions that have a label, and 0\.\d+ came true/);
  });

  it('and before: the estimate of all is held against what the labels of the reference promise of all of it', () => {
    const fallen = selectiveWorld(40_000, 2, { spread: 1.2 });
    const judged = estimatedRocAuc.judge(
      unweighted(reference.seen),
      unweighted(fallen.seen),
      defaultsOf(estimatedRocAuc),
    );
    expect(rocAuc(fallen.all.outcomes).value).toBeLessThan(rocAuc(reference.all.outcomes).value - 0.06);
    expect(judged.state).toBe('fail');
    expect(Number(judged.details?.['reference_of_all'])).toBeGreaterThan(Number(judged.details?.['reference']) + 0.03);
  });

  it('says so where none was published', () => {
    const judged = scoreEstimate(reference.all, window.all);
    expect(judged.details?.['estimate']).toBe('worked out from the predictions with labels: none was published');
    expect(judged.reason).toMatch(/the scores promise 0\.\d+ and 0\.\d+ came true/);
  });
});

describe('the estimate of the mean absolute error is scored as it was published', () => {
  const random = randomFrom(6);
  /** Prices whose errors grow with them, `harder` times; those above 120 have no label where `isCut`. */
  const prices = (harder = 1, isCut = false): Residuals => {
    const errors = times(3000, (): ScoredErrors => {
      const score = 100 + 20 * normal(random);
      const error = harder * (score / 20) * normal(random);
      const isKnown = !(isCut && score > 120);
      const sums = isKnown ? ([1, error, Math.abs(error), error ** 2] as const) : ([0, 0, 0, 0] as const);
      return {
        score,
        count: isKnown ? 1 : 0,
        unknown: isKnown ? 0 : 1,
        moments: sums,
        squares: [...sums, isKnown ? error ** 4 : 0],
      };
    }).sort((one, other) => one.score - other.score);
    return { predictions: 3000, mature: 3000, labelled: errors.filter(({ count }) => count > 0).length, errors };
  };
  const reference = prices();
  const promiseFor = (window: Residuals): Promised =>
    promiseOf(estimatedMae.judge(reference, window, defaultsOf(estimatedMae)));
  const score = (window: Residuals): Judgement =>
    estimatedMaeError.judge(reference, window, defaultsOf(estimatedMaeError));

  it('raises no alarm in 60 windows in which nothing is wrong, with labels of all or of the smaller ones', () => {
    for (const isCut of [false, true]) {
      const states = times(30, () => prices(1, isCut)).map((window) =>
        score({ ...window, promised: promiseFor(window) }),
      );
      expect(states.filter(({ state }) => state !== 'pass')).toEqual([]);
    }
  });

  it('fails where the same prices have become harder to tell, by the published promise or without one', () => {
    const window = prices(1.6);
    const promised = promiseFor(window);
    const realised = meanAbsoluteError(errorMoments(window.errors)).value;
    const judged = score({ ...window, promised });
    expect(judged).toMatchObject({
      state: 'fail',
      details: { estimated: promised.value, realised, estimate: 'as published' },
    });
    expect(judged.statistic).toBeCloseTo(realised / promised.value - 1, 12);
    expect(judged.reason).toMatch(
      /3\.9\d* was promised and 6\.\d+ came true|4\.0?\d* was promised and 6\.\d+ came true/,
    );
    expect(score(window)).toMatchObject({ state: 'fail' });
    expect(score(window).details?.['estimate']).toMatch(/^worked out/);
  });

  it('and before: the estimate of all is held against what the labels of the reference promise of all of it', () => {
    const cut = prices(1, true);
    const { statistic, details } = estimatedMae.judge(cut, cut, defaultsOf(estimatedMae));
    expect(details?.['reference']).toBe(meanAbsoluteError(errorMoments(cut.errors)).value);
    expect(details?.['reference_of_all']).toBe(statistic);
    expect(statistic).toBeGreaterThan(1.02 * Number(details?.['reference']));
  });

  it('holds the published promise, not what would be promised today', () => {
    const window = prices();
    const wrong = { ...promiseFor(window), value: 8 };
    expect(score({ ...window, promised: wrong })).toMatchObject({ state: 'fail', details: { estimated: 8 } });
    expect(score(window).state).toBe('pass');
  });
});
