import { describe, expect, it } from 'vitest';
import { sayImpact } from '../../detectors/say.ts';
import type { ModelInput } from '../../detectors/terms.ts';
import { impactsOnScore } from '../../shadow/score-shift.ts';
import { randomFrom } from '../detectors/samples.ts';

function input(feature: string, change: Partial<ModelInput> = {}): ModelInput {
  return { feature, encoding: 'number', fill: 0, log1p: false, mean: 0, scale: 1, ...change };
}

/** Scores rows by a sum of weights, one a column. */
function linear(weights: readonly number[]) {
  return async (matrix: Float32Array, rows: number): Promise<Float32Array> =>
    Float32Array.from({ length: rows }, (_, row) =>
      weights.reduce((sum, weight, column) => sum + weight * (matrix[row * weights.length + column] ?? 0), 0),
    );
}

/** Rows of noise around the given means. */
function rowsAround(means: readonly number[], count: number, seed: number): Float32Array {
  const random = randomFrom(seed);
  return Float32Array.from(
    { length: count * means.length },
    (_, at) => (means[at % means.length] ?? 0) + random() - 0.5,
  );
}

describe('the impact of a feature on the score', () => {
  const inputs = [input('a'), input('b'), input('quiet')];
  const question = {
    inputs,
    reference: rowsAround([0, 0, 0], 2000, 1),
    window: rowsAround([3, 1, 0], 1000, 2),
    threshold: null,
    seed: 1,
    score: linear([0.1, 0.2, 0.5]),
  };

  it('is its part of the shift, which for a sum of inputs is known: 0.3 and 0.2 of 0.5', async () => {
    const found = await impactsOnScore(question, ['a', 'b', 'quiet', 'stranger']);
    expect(found.get('a')?.scoreShift).toBeCloseTo(0.5, 1);
    expect(found.get('a')?.share).toBeCloseTo(0.6, 1);
    expect(found.get('b')?.share).toBeCloseTo(0.4, 1);
    expect(found.get('quiet')?.share).toBeCloseTo(0, 1);
    expect(found.get('stranger')).toMatchObject({ share: 0, isInput: false, rows: 1000 });
    expect(await impactsOnScore(question, ['a', 'b', 'quiet', 'stranger'])).toEqual(found);
  });

  it('is unknown where the mean score did not shift beyond noise, however far the feature moved', async () => {
    const found = await impactsOnScore({ ...question, score: linear([0.1, -0.3, 0]) }, ['a']);
    expect(found.get('a')?.share).toBeNull();
    expect((await impactsOnScore({ ...question, score: linear([0, 0, 0]) }, ['a'])).get('a')?.share).toBeNull();
  });

  it('takes all columns of a category together, and is negative where a feature holds the shift back', async () => {
    const country = input('country', { encoding: 'one_hot', categories: ['DE', 'FR'] });
    const asked = { ...question, inputs: [country, input('x')], score: linear([0.2, 0.2, -0.5]) };
    const window = rowsAround([3, 3, 1], 1000, 3);
    const found = await impactsOnScore({ ...asked, window }, ['country', 'x']);
    expect(found.get('country')?.share).toBeCloseTo(1.2 / 0.7, 1);
    expect(found.get('x')?.share).toBeCloseTo(-0.5 / 0.7, 1);
  });

  it('passes over rows without a score', async () => {
    const score = async (matrix: Float32Array, rows: number): Promise<Float32Array> =>
      (await linear([0.1, 0.2, 0.5])(matrix, rows)).map((value, row) => (row % 2 === 0 ? Number.NaN : value));
    const found = await impactsOnScore({ ...question, score }, ['a']);
    expect(found.get('a')).toMatchObject({ rows: 500 });
    expect(found.get('a')?.share).toBeCloseTo(0.6, 1);
  });

  describe('on decisions', () => {
    /** Two columns of rows: in `high` of them `a` is 1, in `otherHigh` of them `b`. */
    const rowsOf = (high: number, otherHigh: number, count: number, seed: number): Float32Array => {
      const random = randomFrom(seed);
      const rows = Array.from({ length: count }, () => [random() < high ? 1 : 0, random() < otherHigh ? 1 : 0]);
      return Float32Array.from(rows.flat());
    };
    const both = { inputs: [input('a'), input('b')], score: linear([0.5, 0.5]), threshold: 0.9, seed: 1 };
    const flips = async (high: number, count: number, seed: number) => {
      const [reference, window] = [rowsOf(0.3, 0.2, 2 * count, seed), rowsOf(high, 0.2, count, seed + 1)];
      const found = await impactsOnScore({ ...both, reference, window }, ['a', 'b']);
      return [found.get('a')?.flips, found.get('b')?.flips] as const;
    };

    it('is the part that changes with usual values: 0.5 of `a` go back, and 0.2 of them count', async () => {
      const [a, b] = await flips(0.8, 20_000, 1);
      expect(a?.share).toBeCloseTo(0.1, 2);
      expect(a?.declined).toBeCloseTo(0.1, 2);
      expect(a?.interval[0]).toBeGreaterThan(0.08);
      expect(a?.interval[1]).toBeLessThan(0.12);
      // Of `b`, which has not moved, nothing goes back, although it decides more often than in the reference.
      expect(b?.share).toBeLessThan(0.01);
      expect(b?.interval[0]).toBe(0);
    });

    it('is none beyond noise where nothing moved, and within its interval where something did', async () => {
      let [alarms, outside] = [0, 0];
      for (let run = 0; run < 200; run++) {
        const [still] = await flips(0.3, 400, 10 * run);
        const [moved] = await flips(0.5, 400, 10 * run + 5);
        if ((still?.interval[0] ?? 1) > 0) alarms++;
        const [low, high] = moved?.interval ?? [1, 0];
        if (low > 0.04 || high < 0.04) outside++;
      }
      // One in twenty, three standard errors of the count allowed for: 52 and 29 of 1,000.
      expect(alarms).toBeLessThanOrEqual(19);
      expect(outside).toBeLessThanOrEqual(19);
    });

    it('counts flips both ways, where those of one kind make up for those of the other', async () => {
      const random = randomFrom(7);
      const spread = (by: number) => Float32Array.from({ length: 2000 }, () => by * (2 * random() - 1));
      // Twice as far spread half of the values lie beyond 1: a quarter is declined that was not, a quarter no longer.
      const far = async (matrix: Float32Array) => matrix.map((x) => (x > 1 || (x < 0 && x > -1) ? 0.9 : 0.1));
      const asked = { inputs: [input('x')], seed: 1, threshold: 0.5, score: far };
      const found = await impactsOnScore({ ...asked, window: spread(2), reference: spread(1) }, ['x']);
      expect(found.get('x')?.flips?.share).toBeCloseTo(0.5, 1);
      expect(found.get('x')?.flips?.declined).toBeCloseTo(0, 1);
    });

    it('is unknown where the model decides nothing by a threshold, or no row has a score', async () => {
      expect((await impactsOnScore(question, ['a'])).get('a')?.flips).toBeNull();
      const score = async (_: Float32Array, rows: number) => new Float32Array(rows).fill(Number.NaN);
      expect((await impactsOnScore({ ...question, threshold: 0.5, score }, ['a'])).get('a')?.flips).toBeNull();
    });
  });

  it.each([
    [{ share: 0.41, scoreShift: 0.0312 }, '41 % of the score shift (+0.0312) comes from it'],
    [{ share: 1.1, scoreShift: 0.5 }, 'all of the score shift (+0.5) comes from it'],
    [{ share: 0.001, scoreShift: -0.2 }, 'none of the score shift (-0.2) comes from it'],
    [{ share: -0.5, scoreShift: 0.1 }, 'without it the score shift (+0.1) would be larger by 50 %'],
    [{ share: null, scoreShift: 0.001 }, 'the mean score has not moved beyond noise'],
    [{ share: 0, scoreShift: 0.3, isInput: false }, 'the model does not read it'],
    [
      { share: 0.41, scoreShift: 0.0312, flips: { share: 0.031, interval: [0.024, 0.039] as const, declined: 0.029 } },
      '41 % of the score shift (+0.0312) comes from it; it flips 3.1 % of decisions (2.4 % to 3.9 %), 2.9 % more are declined',
    ],
    [
      { share: null, scoreShift: 0, flips: { share: 0.2, interval: [0.1, 0.3] as const, declined: 0 } },
      'the mean score has not moved beyond noise; it flips 20 % of decisions (10 % to 30 %)',
    ],
    [
      { share: 0.5, scoreShift: -0.1, flips: { share: 0.001, interval: [0, 0.004] as const, declined: -0.001 } },
      '50 % of the score shift (-0.1) comes from it; it flips no decisions beyond noise (at most 0.4 %)',
    ],
  ])('reads as a part of a sentence: %j', (impact, said) => {
    expect(sayImpact({ rows: 100, isInput: true, flips: null, ...impact })).toBe(said);
  });
});
