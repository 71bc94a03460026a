import { describe, expect, it } from 'vitest';
import { aucBounds, f1Bounds, precisionBounds, recallBounds } from '../../../detectors/maths/accuracy-bounds.ts';
import { addOutcomes } from '../../../detectors/maths/class-weights.ts';
import { calibrationBins, calibrationError } from '../../../detectors/maths/calibration-error.ts';
import { accuracyOfClassesBounds, macroF1Bounds } from '../../../detectors/maths/class-bounds.ts';
import { macroF1, microAccuracy } from '../../../detectors/maths/class-scores.ts';
import { confusionAt, f1Of } from '../../../detectors/maths/confusion.ts';
import { costOfDecisions } from '../../../detectors/maths/decision-cost.ts';
import { brierBounds, calibrationErrorBounds, costBounds } from '../../../detectors/maths/loss-bounds.ts';
import { recallAtFalsePositiveRate } from '../../../detectors/maths/precision-recall.ts';
import { brierScore } from '../../../detectors/maths/probability-score.ts';
import { recallAtRateBounds } from '../../../detectors/maths/recall-bounds.ts';
import { rocAuc } from '../../../detectors/maths/roc-auc.ts';
import type { ScoredOutcome } from '../../../detectors/terms.ts';
import { confusionsOf, drawClasses } from '../accuracy/multiclass-world.ts';
import { randomFrom } from '../samples.ts';

const THRESHOLD = 0.5;

interface Case {
  readonly known: readonly ScoredOutcome[];
  /** Scores of predictions that nobody knows the label of. */
  readonly unknown: readonly number[];
}

function drawCase(seed: number): Case {
  const random = randomFrom(seed);
  const known = Array.from({ length: 12 }, (_, n) => ({
    score: random(),
    positives: n % 3 === 0 ? 1 : 0,
    negatives: n % 3 === 0 ? 0 : 1,
  }));
  return { known, unknown: Array.from({ length: 8 }, () => random()) };
}

/** The outcomes with every way of labelling the unknown. */
function* everyLabelling({ known, unknown }: Case): Generator<ScoredOutcome[]> {
  for (let bits = 0; bits < 2 ** unknown.length; bits++)
    yield inOrder([
      ...known,
      ...unknown.map((score, at) => {
        const positives = (bits >> at) & 1;
        return { score, positives, negatives: 1 - positives };
      }),
    ]);
}

function inOrder(outcomes: readonly ScoredOutcome[]): ScoredOutcome[] {
  return outcomes.toSorted((one, other) => one.score - other.score);
}

function extremes(values: readonly number[]): [number, number] {
  return [Math.min(...values), Math.max(...values)];
}

const sum = (outcomes: readonly ScoredOutcome[], of: (outcome: ScoredOutcome) => number): number =>
  outcomes.reduce((total, outcome) => total + of(outcome), 0);
const flagged = (outcomes: readonly ScoredOutcome[]): ScoredOutcome[] =>
  outcomes.filter(({ score }) => score >= THRESHOLD);
const hits = (outcomes: readonly ScoredOutcome[]): number => sum(flagged(outcomes), ({ positives }) => positives);

describe('bounds of accuracy where labels will never be known', () => {
  it.each([1, 2, 3, 4])('are the least and the most over every way of labelling them, seed %d', (seed) => {
    const drawn = drawCase(seed);
    const labelled = [...everyLabelling(drawn)];
    expect(labelled).toHaveLength(256);
    const open = inOrder([
      ...drawn.known,
      ...drawn.unknown.map((score) => ({ score, positives: 0, negatives: 0, unknown: 1 })),
    ]);
    const close = (bounds: readonly [number, number], values: readonly number[]): void => {
      const [least, most] = extremes(values);
      expect(bounds[0]).toBeCloseTo(least, 12);
      expect(bounds[1]).toBeCloseTo(most, 12);
    };
    close(
      precisionBounds(open, THRESHOLD),
      labelled.map((all) => hits(all) / sum(flagged(all), (one) => one.positives + one.negatives)),
    );
    close(
      recallBounds(open, THRESHOLD),
      labelled.map((all) => hits(all) / sum(all, ({ positives }) => positives)),
    );
    close(
      aucBounds(open),
      labelled.map((all) => rocAuc(all).value),
    );
    close(
      f1Bounds(open, THRESHOLD),
      labelled.map((all) => f1Of(confusionAt(all, THRESHOLD)).value),
    );
    for (const rate of [0.05, 0.2, 0.4])
      close(
        recallAtRateBounds(open, rate),
        labelled.map((all) => recallAtFalsePositiveRate(all, rate).recall),
      );
    // Of a loss the most is the worst.
    const closeLoss = ([worst, best]: readonly [number, number], values: readonly number[]): void =>
      close([best, worst], values);
    closeLoss(
      brierBounds(open),
      labelled.map((all) => brierScore(all).value),
    );
    closeLoss(
      calibrationErrorBounds(open),
      labelled.map((all) => calibrationError(calibrationBins(all))),
    );
    const worthOf = (one: ScoredOutcome): ScoredOutcome => {
      const worth = 10 + Math.round(100 * one.score);
      const [positives, negatives] = [worth * one.positives, worth * one.negatives];
      const value = { positives, negatives, positiveSquares: positives ** 2, negativeSquares: negatives ** 2 };
      return { ...one, value, ...((one.unknown ?? 0) > 0 && { unknownValue: worth }) };
    };
    const prices = { missed: 1, declined: 0.1 };
    closeLoss(
      costBounds(open.map(worthOf), THRESHOLD, prices),
      labelled.map((all) => costOfDecisions(all.map(worthOf), THRESHOLD, prices).share.value),
    );
  });

  it.each([1, 2, 3, 4])('where several have the same score, too, seed %d', (seed) => {
    const { known, unknown } = drawCase(seed);
    const coarse = (score: number): number => Math.round(4 * score) / 4;
    const tied = (all: readonly ScoredOutcome[]): ScoredOutcome[] => {
      const groups = new Map<number, ScoredOutcome>();
      for (const one of all.map((each) => ({ ...each, score: coarse(each.score) }))) {
        const before = groups.get(one.score);
        groups.set(one.score, before === undefined ? one : addOutcomes(before, one));
      }
      return inOrder([...groups.values()]);
    };
    const open = tied([...known, ...unknown.map((score) => ({ score, positives: 0, negatives: 0, unknown: 1 }))]);
    const labelled = [...everyLabelling({ known, unknown })].map(tied);
    for (const rate of [0.1, 0.3, 0.5]) {
      const [least, most] = extremes(labelled.map((all) => recallAtFalsePositiveRate(all, rate).recall));
      expect(recallAtRateBounds(open, rate)).toEqual([expect.closeTo(least, 12), expect.closeTo(most, 12)]);
    }
    const [best, worst] = extremes(labelled.map((all) => calibrationError(calibrationBins(all))));
    expect(calibrationErrorBounds(open)).toEqual([expect.closeTo(worst, 12), expect.closeTo(best, 12)]);
  });

  it.each([1, 2, 3])(
    'of several classes: right answers exactly, macro F1 best exactly and never worse, seed %d',
    (seed) => {
      const known = drawClasses(12, seed);
      const waiting = drawClasses(5, seed + 50).map(({ scores }) => ({ scores }));
      const open = confusionsOf([...known, ...waiting]);
      const labelled = Array.from({ length: 3 ** waiting.length }, (_, way) =>
        confusionsOf([...known, ...waiting.map((one, at) => ({ ...one, label: Math.floor(way / 3 ** at) % 3 }))]),
      );
      const [least, most] = extremes(labelled.map(({ cells }) => microAccuracy(cells).value));
      expect(accuracyOfClassesBounds(open)).toEqual([expect.closeTo(least, 12), expect.closeTo(most, 12)]);
      const [lowest, highest] = extremes(labelled.map(({ cells }) => macroF1(cells).value));
      const [worst, best] = macroF1Bounds(open);
      expect(best).toBeCloseTo(highest, 12);
      expect(worst).toBeLessThanOrEqual(lowest);
      expect(worst).toBeGreaterThan(0);
    },
  );

  it('meet where nothing is unknown', () => {
    const { known } = drawCase(5);
    const outcomes = inOrder(known);
    expect(aucBounds(outcomes)).toEqual(
      [rocAuc(outcomes).value, rocAuc(outcomes).value].map((one) => expect.closeTo(one, 12)),
    );
    const [worst, best] = recallBounds(outcomes, THRESHOLD);
    expect(worst).toBe(best);
  });
});
