import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { judgeLabelled, NO_LABELS } from '../../shadow/judge-labelled.ts';
import { rankCorrelation } from '../../shadow/rank-correlation.ts';

interface Known {
  readonly name: string;
  readonly label: number[];
  readonly score: number[];
  readonly weight?: number[];
  readonly threshold: number;
  readonly roc_auc: number;
  readonly log_loss: number;
  readonly brier: number;
  readonly precision: number;
  readonly recall: number;
}

/** Made with scikit-learn 1.2.1. */
const golden = JSON.parse(readFileSync(new URL('../golden/statistics.json', import.meta.url), 'utf8')) as {
  classification: Known[];
  weighted_classification: Known[];
};

describe('labelled predictions', () => {
  it.each([...golden.classification, ...golden.weighted_classification].map((known) => [known.name, known] as const))(
    'have the statistics of scikit-learn: %s',
    (_, known) => {
      const scores = Float64Array.from(known.score);
      const turned = scores.map((score) => 1 - score);
      const { control, candidate, count, positives } = judgeLabelled(
        {
          control: turned,
          candidate: scores,
          positive: Uint8Array.from(known.label),
          weights: Float64Array.from(known.weight ?? known.label.map(() => 1)),
          stakes: new Float64Array(known.label.length),
        },
        { control: known.threshold, candidate: known.threshold },
      );
      expect([count, positives]).toEqual([known.label.length, known.label.reduce((sum, label) => sum + label, 0)]);
      expect(candidate.auc).toBeCloseTo(known.roc_auc, 9);
      expect(control.auc).toBeCloseTo(1 - known.roc_auc, 9);
      expect(candidate.logLoss).toBeCloseTo(known.log_loss, 9);
      expect(candidate.brier).toBeCloseTo(known.brier, 9);
      expect(candidate.precision).toBeCloseTo(known.precision, 9);
      expect(candidate.recall).toBeCloseTo(known.recall, 9);
    },
  );

  it('cost what was missed and what was declined in vain, weighted by how rarely it is seen', () => {
    const { control, candidate, onlyControlRight, onlyCandidateRight, effective } = judgeLabelled(
      {
        control: Float64Array.of(0.9, 0.1, 0.9, 0.1),
        candidate: Float64Array.of(0.1, 0.9, 0.1, 0.1),
        positive: Uint8Array.of(1, 1, 0, 0),
        weights: Float64Array.of(1, 4, 2, 1),
        stakes: Float64Array.of(10, 20, 30, 40),
      },
      { control: 0.5, candidate: 0.5 },
    );
    expect(control).toMatchObject({ missedValue: 80, wronglyDeclinedValue: 60, recall: 0.2 });
    expect(candidate).toMatchObject({ missedValue: 10, wronglyDeclinedValue: 0, recall: 0.8, falsePositiveRate: 0 });
    expect([onlyControlRight, onlyCandidateRight]).toEqual([1, 2]);
    // Kish: (1 + 4 + 2 + 1)^2 / (1 + 16 + 4 + 1).
    expect(effective).toBeCloseTo(64 / 22, 12);
  });

  it('of a sample say of the whole what the whole says itself', () => {
    const rows = [
      [0.9, 0.2, 0],
      [0.8, 0.7, 1],
      [0.1, 0.6, 0],
      [0.2, 0.3, 1],
    ] as const;
    const pairs = (of: readonly (typeof rows)[number][], stands?: readonly number[]) => ({
      control: Float64Array.from(of, ([control]) => control),
      candidate: Float64Array.from(of, ([, candidate]) => candidate),
      positive: Uint8Array.from(of, ([, , positive]) => positive),
      weights: Float64Array.from(stands ?? of.map(() => 1)),
      stakes: new Float64Array(of.length).fill(10),
      ...(stands === undefined ? {} : { standsFor: Float64Array.from(stands) }),
    });
    const thresholds = { control: 0.5, candidate: 0.5 };
    const repeats = [2, 2, 10, 10];
    const whole = judgeLabelled(
      pairs(rows.flatMap((row, at) => Array.from({ length: repeats[at] ?? 0 }, () => row))),
      thresholds,
    );
    const sample = judgeLabelled(pairs(rows, repeats), thresholds);
    for (const arm of ['control', 'candidate'] as const) {
      const { calibrationError: _ours, ...found } = sample[arm];
      const { calibrationError: _theirs, ...known } = whole[arm];
      for (const [name, value] of Object.entries(known))
        expect(found).toHaveProperty(name, expect.closeTo(value ?? 0, 9));
    }
    expect(sample).toMatchObject({ count: 4, represents: 24, onlyControlRight: 10, onlyCandidateRight: 2 });
    // Of one pair each way, that stand for 10 and 2: z = 8 / sqrt(104).
    expect(sample.mcnemarP).toBeCloseTo(0.4328, 4);
    // What stands for as many each is a plain sample: exact.
    expect(judgeLabelled(pairs(rows, [3, 3, 3, 3]), thresholds).mcnemarP).toBe(1);
  });

  it('have no calibration where scores are no probabilities, and nothing is known of none', () => {
    const { candidate } = judgeLabelled(
      {
        control: Float64Array.of(0.5, 0.5),
        candidate: Float64Array.of(-3, 7),
        positive: Uint8Array.of(0, 1),
        weights: Float64Array.of(1, 1),
        stakes: Float64Array.of(1, 1),
      },
      { control: 0.5, candidate: 0 },
    );
    expect(candidate).toMatchObject({ auc: 1, brier: null, logLoss: null, calibrationError: null });
    expect(NO_LABELS).toMatchObject({ count: 0, mcnemarP: null, control: { auc: null, recall: null, brier: null } });
  });

  it('are calibrated when each bin of scores holds as many positives as it says', () => {
    const scores = Float64Array.from({ length: 100 }, (_, at) => (at < 50 ? 0.2 : 0.6));
    const pairs = (rate: readonly [number, number]) => ({
      control: scores,
      candidate: scores,
      positive: Uint8Array.from({ length: 100 }, (_, at) => Number(at % 10 < (at < 50 ? rate[0] : rate[1]))),
      weights: new Float64Array(100).fill(1),
      stakes: new Float64Array(100),
    });
    const error = (rate: readonly [number, number]): number | null =>
      judgeLabelled(pairs(rate), { control: 0.5, candidate: 0.5 }).candidate.calibrationError;
    expect(error([2, 6])).toBeCloseTo(0, 12);
    expect(error([4, 6])).toBeCloseTo(0.1, 12);
  });
});

describe('the rank correlation', () => {
  it.each([
    // Worked out by hand: ranks 1 2 3 4 5 against 5 1 4 2 3, 1 - 6 * 30 / 120.
    [[1, 2, 3, 4, 5], [50, 10, 40, 20, 30], -0.3],
    // SciPy 1.10 spearmanr([1, 2, 2, 3], [1, 3, 2, 4]).
    [[1, 2, 2, 3], [1, 3, 2, 4], 0.9486832980505138],
    [[1, 2], [9, 8], -1],
  ])('of %j and %j is %f', (first, second, known) => {
    expect(rankCorrelation(Float64Array.from(first), Float64Array.from(second))).toBeCloseTo(known, 12);
  });

  it('is not known of one value, or of a side that is all the same', () => {
    expect(rankCorrelation(Float64Array.of(1), Float64Array.of(2))).toBeNull();
    expect(rankCorrelation(Float64Array.of(1, 2, 3), Float64Array.of(4, 4, 4))).toBeNull();
  });
});
