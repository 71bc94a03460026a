import { describe, expect, it } from 'vitest';
import { calibrationBins, calibrationError } from '../../../detectors/maths/calibration-error.ts';
import { classScores, macroF1, microAccuracy } from '../../../detectors/maths/class-scores.ts';
import { effectiveClasses } from '../../../detectors/maths/class-weights.ts';
import { confusionAt, f1Of, precisionOf, recallOf } from '../../../detectors/maths/confusion.ts';
import {
  errorMoments,
  meanAbsoluteError,
  meanError,
  rootMeanSquaredError,
} from '../../../detectors/maths/error-moments.ts';
import { expectedOutcomes } from '../../../detectors/maths/expected-outcomes.ts';
import { isotonicCalibration } from '../../../detectors/maths/isotonic.ts';
import { arrivedBy, labelArrival } from '../../../detectors/maths/label-arrival.ts';
import { averagePrecision } from '../../../detectors/maths/precision-recall.ts';
import { brierScore, logLoss } from '../../../detectors/maths/probability-score.ts';
import { aucError, countClasses, rocAuc } from '../../../detectors/maths/roc-auc.ts';
import type { ScoredErrors, ScoredOutcome } from '../../../detectors/terms.ts';
import { accuracyGolden } from '../accuracy-golden.ts';
import { outcomesOf, times } from '../samples.ts';

const { binary, regression, multiclass, arrival, cbpe } = accuracyGolden;
const { outcomes } = outcomesOf(binary.score.map((score, at) => ({ score, positive: binary.label[at] === 1 })));

describe('accuracy of a binary model agrees with scikit-learn', () => {
  it.each([
    ['ROC-AUC', rocAuc(outcomes).value, binary.roc_auc],
    [
      'DeLong standard error (by definition, in NumPy)',
      aucError(rocAuc(outcomes), countClasses(outcomes)),
      binary.delong_error,
    ],
    ['average precision', averagePrecision(outcomes), binary.average_precision],
    ['log loss', logLoss(outcomes).value, binary.log_loss],
    ['Brier score', brierScore(outcomes).value, binary.brier],
    [
      'calibration error (by definition, in NumPy)',
      calibrationError(calibrationBins(outcomes)),
      binary.ece_10_equal_count,
    ],
    ['precision', precisionOf(confusionAt(outcomes, 0.5)).value, binary.precision_at_half],
    ['recall', recallOf(confusionAt(outcomes, 0.5)).value, binary.recall_at_half],
    ['F1', f1Of(confusionAt(outcomes, 0.5)).value, binary.f1_at_half],
  ])('%s', (_, value, known) => {
    expect(value).toBeCloseTo(known, 12);
  });

  it('isotonic calibration, between and beyond the scores seen', () => {
    const probabilityOf = isotonicCalibration(outcomes);
    for (const [at, score] of [0, 0.05, 0.2, 0.37, 0.5, 0.81, 1].entries())
      expect(probabilityOf(score)).toBeCloseTo(binary.isotonic[at]!, 7);
  });
});

describe('weighted accuracy agrees with scikit-learn', () => {
  const weighted = binary.score
    .map((score, at): ScoredOutcome => {
      const positive = binary.label[at] === 1;
      const [weight, square] = [binary.weight[at]!, binary.weight[at]! ** 2];
      return {
        score,
        positives: positive ? 1 : 0,
        negatives: positive ? 0 : 1,
        weights: {
          positives: positive ? weight : 0,
          negatives: positive ? 0 : weight,
          positiveSquares: positive ? square : 0,
          negativeSquares: positive ? 0 : square,
        },
      };
    })
    .sort((one, other) => one.score - other.score);

  it.each([
    ['roc_auc', rocAuc(weighted).value],
    ['average_precision', averagePrecision(weighted)],
    ['log_loss', logLoss(weighted).value],
    ['brier', brierScore(weighted).value],
    ['precision_at_half', precisionOf(confusionAt(weighted, 0.5)).value],
    ['recall_at_half', recallOf(confusionAt(weighted, 0.5)).value],
    ['f1_at_half', f1Of(confusionAt(weighted, 0.5)).value],
    ['effective_positives', effectiveClasses(weighted).positives],
  ])('%s', (name, value) => {
    expect(value).toBeCloseTo(binary.weighted[name]!, 10);
  });
});

describe('accuracy of a regression agrees with scikit-learn', () => {
  const errors = regression.truth.map((truth, at): ScoredErrors => {
    const error = regression.guess[at]! - truth;
    return {
      score: regression.guess[at]!,
      count: 1,
      unknown: 0,
      moments: [1, error, Math.abs(error), error ** 2],
      squares: [1, error, Math.abs(error), error ** 2, error ** 4],
    };
  });
  const moments = errorMoments(errors);

  it('mean absolute error, root mean squared error and bias', () => {
    expect(meanAbsoluteError(moments).value).toBeCloseTo(regression.mae, 10);
    expect(rootMeanSquaredError(moments).value).toBeCloseTo(regression.rmse, 10);
    expect(meanError(moments).value).toBeCloseTo(regression.bias, 10);
  });

  it('and their standard errors', () => {
    expect(meanAbsoluteError(moments).standardError).toBeCloseTo(regression.mae_error, 10);
    expect(meanError(moments).standardError).toBeCloseTo(regression.bias_error, 10);
  });
});

describe('accuracy of a multiclass model agrees with scikit-learn', () => {
  const cells = ['a', 'b', 'c'].flatMap((actual) =>
    ['a', 'b', 'c'].map((predicted) => {
      const count = multiclass.actual.filter(
        (name, at) => name === actual && multiclass.predicted[at] === predicted,
      ).length;
      return { predicted, actual, count, weight: count, weightSquares: count };
    }),
  );

  it('accuracy, macro F1, and each class', () => {
    expect(microAccuracy(cells).value).toBeCloseTo(multiclass.accuracy, 12);
    expect(macroF1(cells).value).toBeCloseTo(multiclass.macro_f1, 12);
    expect(classScores(cells).map(({ f1 }) => f1)).toEqual(multiclass.f1.map((f1) => expect.closeTo(f1, 12)));
    expect(classScores(cells).map(({ recall }) => recall)).toEqual(multiclass.recall.map((r) => expect.closeTo(r, 12)));
  });
});

describe('the delay curve agrees with SciPy', () => {
  it('Kaplan-Meier with predictions that are still waited for', () => {
    const groups = times(61, (age) => ({
      age,
      predictions: arrival.age.filter((one) => one === age).length,
      waiting: arrival.age.filter((one, at) => one === age && arrival.delay[at] === null).length,
      positives: arrival.delay.filter((delay, at) => delay === age && at % 2 === 0).length,
      others: arrival.delay.filter((delay, at) => delay === age && at % 2 === 1).length,
    }));
    const curve = labelArrival(groups);
    for (const [age, share] of Object.entries(arrival.share_arrived_by)) {
      const { positives, others } = arrivedBy(curve, Number(age) + 1);
      if (Number(age) + 1 <= curve.at(-1)!.age) expect(positives + others).toBeCloseTo(share, 12);
    }
    expect(curve.at(-1)!.age).toBeGreaterThan(30);
  });
});

describe('performance expected without labels agrees with NannyML', () => {
  const promised = new Map(cbpe.score.map((score, at) => [score, cbpe.promised[at]!]));
  const scores = outcomesOf(cbpe.score.map((score) => ({ score, positive: false }))).outcomes;
  const expected = expectedOutcomes(scores, (score) => promised.get(score)!);
  const confusion = confusionAt(expected, cbpe.threshold);

  it.each([
    // NannyML rounds its sums to 5 digits.
    ['ROC-AUC', rocAuc(expected).value, cbpe.roc_auc, 5],
    ['average precision', averagePrecision(expected), cbpe.average_precision, 5],
    ['precision', precisionOf(confusion).value, cbpe.precision, 10],
    ['recall', recallOf(confusion).value, cbpe.recall, 10],
    ['F1', f1Of(confusion).value, cbpe.f1, 10],
  ])('%s', (_, value, known, digits) => {
    expect(value).toBeCloseTo(known, digits);
  });
});
