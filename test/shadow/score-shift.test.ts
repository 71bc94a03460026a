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
    draws: 4,
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

  it.each([
    [{ share: 0.41, scoreShift: 0.0312 }, '41 % of the score shift (+0.0312) comes from it'],
    [{ share: 1.1, scoreShift: 0.5 }, 'all of the score shift (+0.5) comes from it'],
    [{ share: 0.001, scoreShift: -0.2 }, 'none of the score shift (-0.2) comes from it'],
    [{ share: -0.5, scoreShift: 0.1 }, 'without it the score shift (+0.1) would be larger by 50 %'],
    [{ share: null, scoreShift: 0.001 }, 'the mean score has not moved beyond noise'],
    [{ share: 0, scoreShift: 0.3, isInput: false }, 'the model does not read it'],
  ])('reads as a part of a sentence: %j', (impact, said) => {
    expect(sayImpact({ rows: 100, isInput: true, ...impact })).toBe(said);
  });
});
