import { describe, expect, it } from 'vitest';
import { confusionAt, f1Of } from '../../../detectors/maths/confusion.ts';
import { isotonicCalibration } from '../../../detectors/maths/isotonic.ts';
import { logitInterval, moveOnLogit } from '../../../detectors/maths/logit.ts';
import { averagePrecision, recallAtFalsePositiveRate } from '../../../detectors/maths/precision-recall.ts';
import { countClasses, rocAuc } from '../../../detectors/maths/roc-auc.ts';
import { golden } from '../golden.ts';
import { normal, outcomesOf, randomFrom, times, weightedOutcomes } from '../samples.ts';

describe.each(golden.classification)('measures of accuracy agree with scikit-learn: $name', (known) => {
  const { outcomes } = outcomesOf(known.score.map((score, at) => ({ score, positive: known.label[at] === 1 })));

  it('ROC-AUC', () => {
    expect(rocAuc(outcomes).value).toBeCloseTo(known.roc_auc, 12);
  });
  it('average precision', () => {
    expect(averagePrecision(outcomes)).toBeCloseTo(known.average_precision, 12);
  });
  it('recall at a false-positive rate of 0.05', () => {
    expect(recallAtFalsePositiveRate(outcomes, 0.05).recall).toBeCloseTo(known['recall_at_fpr_0.05'], 12);
  });
  it('F1', () => {
    expect(f1Of(confusionAt(outcomes, known.threshold)).value).toBeCloseTo(known.f1, 12);
  });
  it('isotonic calibration', () => {
    const probabilityOf = isotonicCalibration(outcomes);
    // The known answers have six digits.
    const fitted = known.isotonic_fitted_first_40.map((share) => expect.closeTo(share, 5));
    expect(known.score.slice(0, 40).map(probabilityOf)).toEqual(fitted);
  });
});

describe.each(golden.weighted_classification)('weighted measures agree with scikit-learn: $name', (known) => {
  const outcomes = weightedOutcomes(
    known.score.map((score, at) => ({ score, positive: known.label[at] === 1, weight: known.weight[at]! })),
  );

  it('ROC-AUC, average precision, recall at a false-positive rate of 0.05 and F1', () => {
    expect(rocAuc(outcomes).value).toBeCloseTo(known.roc_auc, 12);
    expect(averagePrecision(outcomes)).toBeCloseTo(known.average_precision, 12);
    expect(recallAtFalsePositiveRate(outcomes, 0.05).recall).toBeCloseTo(known['recall_at_fpr_0.05'], 12);
    expect(f1Of(confusionAt(outcomes, known.threshold)).value).toBeCloseTo(known.f1, 12);
  });
});

describe('ROC-AUC', () => {
  const byHand = [
    { score: 0, positives: 0, negatives: 1 },
    { score: 1, positives: 1, negatives: 0 },
    { score: 2, positives: 0, negatives: 1 },
    { score: 3, positives: 1, negatives: 0 },
  ];

  it('and what its variance is made of, worked out by hand: positives 3 and 1, negatives 2 and 0', () => {
    expect(rocAuc(byHand)).toEqual({ value: 0.75, positiveVariance: 0.125, negativeVariance: 0.125 });
  });

  it('counts ties half', () => {
    expect(rocAuc([{ score: 1, positives: 5, negatives: 7 }]).value).toBeCloseTo(0.5, 12);
  });

  it('is the same for grouped as for single predictions', () => {
    const grouped = rocAuc([
      { score: 0.2, positives: 2, negatives: 30 },
      { score: 0.8, positives: 10, negatives: 5 },
    ]);
    const pairs = 10 * 30 + (2 * 30 + 10 * 5) / 2;
    expect(grouped.value).toBeCloseTo(pairs / (12 * 35), 12);
  });

  it('has a variance that repeated samples show', () => {
    const random = randomFrom(5);
    const sample = times(400, () => {
      const drawn = times(300, (at) => ({ score: normal(random) + (at < 60 ? 1.2 : 0), positive: at < 60 }));
      return rocAuc(outcomesOf(drawn).outcomes);
    });
    const mean = sample.reduce((sum, { value }) => sum + value, 0) / sample.length;
    const scatter = sample.reduce((sum, { value }) => sum + (value - mean) ** 2, 0) / (sample.length - 1);
    const told = sample.reduce((sum, each) => sum + each.positiveVariance / 60 + each.negativeVariance / 240, 0);
    expect(told / sample.length / scatter).toBeGreaterThan(0.8);
    expect(told / sample.length / scatter).toBeLessThan(1.25);
  });

  it('has no value without both classes', () => {
    expect(rocAuc([{ score: 1, positives: 3, negatives: 0 }]).value).toBeNaN();
    expect(rocAuc([]).value).toBe(0);
    expect(countClasses([])).toEqual({ positives: 0, negatives: 0 });
  });
});

describe('average precision', () => {
  it('is what a pencil gives: positive, negative, positive from the top', () => {
    const outcomes = [3, 2, 1].map((score) => ({ score: 4 - score, positives: score % 2, negatives: (score + 1) % 2 }));
    expect(averagePrecision(outcomes)).toBeCloseTo((1 + 2 / 3) / 2, 12);
  });

  it('is read at another share of positives by weighing the negatives', () => {
    const outcomes = times(20, (score) => ({ score, positives: score, negatives: 25 - score }));
    const doubled = outcomes.map((each) => ({ ...each, negatives: each.negatives * 2 }));
    expect(averagePrecision(outcomes, 2)).toBeCloseTo(averagePrecision(doubled), 12);
    expect(averagePrecision([])).toBeNaN();
  });
});

describe('recall at a false-positive rate', () => {
  it('is 0 when the highest score already flags too many', () => {
    expect(recallAtFalsePositiveRate([{ score: 1, positives: 5, negatives: 5 }], 0.05)).toEqual({
      recall: 0,
      falsePositiveRate: 0,
    });
  });
});

describe('moves on log-odds', () => {
  it('stay inside 0..1 and go back the way they came', () => {
    expect(moveOnLogit(0.99, 0.5, 3)).toBeLessThanOrEqual(1);
    expect(moveOnLogit(0.5, 0.1, 0)).toBeCloseTo(0.5, 12);
    expect(moveOnLogit(0.5, 0.1, 1)).toBeCloseTo(1 / (1 + Math.exp(-0.4)), 12);
    expect(moveOnLogit(1, 0.1, -5)).toBe(1);
    const [low, high] = logitInterval(0.9, 0.03);
    expect(low).toBeGreaterThan(0.8);
    expect(high).toBeLessThan(0.96);
  });
});
