import { describe, expect, it } from 'vitest';
import type { ModelInput } from '../../detectors/terms.ts';
import { attribute, attributeClasses } from '../../shadow/attribution.ts';

function input(feature: string, change: Partial<ModelInput> = {}): ModelInput {
  return { feature, encoding: 'number', fill: 0, log1p: false, mean: 0, scale: 1, ...change };
}

/** Scores rows of `width` columns by a sum of weights; 0 to 1 is not needed here. */
function linear(weights: readonly number[]) {
  return (matrix: Float32Array, rows: number): Promise<Float32Array> =>
    Promise.resolve(
      Float32Array.from({ length: rows }, (_, row) =>
        weights.reduce((sum, weight, column) => sum + weight * (matrix[row * weights.length + column] ?? 0), 0),
      ),
    );
}

describe('the attribution of flips', () => {
  const usual = Float32Array.from(Array.from({ length: 50 }, () => [0, 0, 0]).flat());
  const question = {
    reference: usual,
    thresholds: { compared: 0.5, model: 0.5 },
    draws: 3,
    seed: 7,
  };

  it('credits the feature that moves the score over the threshold, and no other', async () => {
    // Score = a + 0.1 b; the rows have a = 1, b = 1; the usual is 0.
    const found = await attribute({
      ...question,
      inputs: [input('unused'), input('b'), input('a')],
      window: Float32Array.from([5, 1, 1, 5, 1, 1]),
      compared: Float64Array.of(0.2, 0.2),
      score: linear([0, 0.1, 1]),
    });
    expect(found.map(({ feature, flips }) => [feature, flips])).toEqual([
      ['a', 1],
      ['b', 0],
      ['unused', 0],
    ]);
    expect(found.map(({ shift }) => shift)).toEqual([expect.closeTo(1, 6), expect.closeTo(0.1, 6), 0]);
  });

  it('replaces all columns of a category together', async () => {
    // Two columns that say the same thing: either alone would not undo the flip.
    const found = await attribute({
      ...question,
      inputs: [input('country', { encoding: 'one_hot', categories: ['DE', 'FR'] }), input('x')],
      window: Float32Array.from([1, 1, 0]),
      compared: Float64Array.of(0),
      score: linear([0.6, 0.6, 1]),
    });
    expect(found[0]).toEqual({ feature: 'country', flips: 1, shift: expect.closeTo(1.2, 6) });
  });

  it('measures the shift towards the other score, also where the candidate is lower', async () => {
    const found = await attribute({
      ...question,
      inputs: [input('a')],
      reference: Float32Array.of(0),
      window: Float32Array.of(-1),
      compared: Float64Array.of(0.9),
      score: linear([1]),
    });
    expect(found).toEqual([{ feature: 'a', flips: 0, shift: expect.closeTo(1, 6) }]);
  });

  it('is the same each time, leaves its rows alone, and says nothing of nothing', async () => {
    const window = Float32Array.from([1, 2, 3]);
    const ask = () =>
      attribute({
        ...question,
        reference: Float32Array.from([0, 0, 0, 9, 9, 9]),
        inputs: [input('a'), input('b'), input('c')],
        window,
        compared: Float64Array.of(0),
        score: linear([0.1, 0.2, 0.3]),
      });
    expect(await ask()).toEqual(await ask());
    expect(window).toEqual(Float32Array.from([1, 2, 3]));
    expect(
      await attribute({
        ...question,
        inputs: [input('a')],
        window: new Float32Array(),
        compared: new Float64Array(),
        score: linear([1]),
      }),
    ).toEqual([]);
  });

  it('of classes credits the feature that moves the most probable one, and tells how much nearer the scores come', async () => {
    // Two classes: q has a, p the rest; b does nothing. The rows have a = 1, b = 1; the usual is 0; the control says p of all.
    const score = (matrix: Float32Array, rows: number): Promise<Float32Array> =>
      Promise.resolve(
        Float32Array.from({ length: 2 * rows }, (_, at) => {
          const a = matrix[Math.floor(at / 2) * 2] ?? 0;
          return at % 2 === 0 ? 1 - a : a;
        }),
      );
    const found = await attributeClasses({
      inputs: [input('a'), input('b')],
      window: Float32Array.from([1, 1, 1, 1, 0.25, 1]),
      reference: new Float32Array(20),
      compared: Float64Array.from([1, 0, 0, 1, 0, 0, 1, 0, 0]),
      names: ['p', 'q', '(other)'],
      classes: ['p', 'q'],
      draws: 3,
      seed: 7,
      score,
    });
    // Two of the three are flips; distances of 1, 1 and 0.25 become 0.
    expect(found).toEqual([
      { feature: 'a', flips: 1, shift: expect.closeTo(0.75, 12) },
      { feature: 'b', flips: 0, shift: 0 },
    ]);
  });
});
