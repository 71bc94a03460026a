import { describe, expect, it } from 'vitest';
import { aucBounds, precisionBounds, recallBounds } from '../../../detectors/maths/accuracy-bounds.ts';
import { rocAuc } from '../../../detectors/maths/roc-auc.ts';
import type { ScoredOutcome } from '../../../detectors/terms.ts';
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
  });

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
