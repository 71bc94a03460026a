import { describe, expect, it } from 'vitest';
import { earlyMae } from '../../../detectors/all.ts';
import type { Residuals } from '../../../detectors/terms.ts';
import { defaultsOf, normal, randomFrom, times } from '../samples.ts';

const random = randomFrom(29);

/**
 * Predictions of all ages up to that at which labels are trusted, whose labels come at a steady pace until then: each stands
 * for 1 / age of it, twenty at most, as the store weighs them.
 */
function young(count: number, by = 1): Residuals {
  const errors = times(count, (at) => {
    const age = random();
    if (random() >= age)
      return { score: at % 10, count: 0, unknown: 1, moments: [0, 0, 0, 0], squares: [0, 0, 0, 0, 0] };
    const [error, w] = [by * normal(random), Math.min(20, 1 / age)];
    const [size, square] = [Math.abs(error), error ** 2];
    const moments = [w, w * error, w * size, w * square];
    return {
      score: at % 10,
      count: 1,
      unknown: 0,
      moments,
      squares: [1, error, size, square, square ** 2].map((m) => m * w ** 2),
    };
  });
  return { predictions: count, mature: 0, labelled: 0, errors: errors as unknown as Residuals['errors'] };
}

function matured(count: number): Residuals {
  const errors = times(count, (at) => {
    const error = normal(random);
    const [size, square] = [Math.abs(error), error ** 2];
    return {
      score: at % 10,
      count: 1,
      unknown: 0,
      moments: [1, error, size, square] as const,
      squares: [1, error, size, square, square ** 2] as const,
    };
  });
  return { predictions: count, mature: count, labelled: count, errors };
}

describe('the early mean absolute error', () => {
  const reference = matured(4000);
  const early = (window: Residuals) => earlyMae.judge(reference, window, defaultsOf(earlyMae));

  it('raises no alarm in 500 windows in which nothing is wrong', () => {
    expect(times(500, () => early(young(1500)).state)).toEqual(Array(500).fill('pass'));
  });

  it('finds errors one and a half times as large in each of 50 windows, before labels can be trusted', () => {
    expect(times(50, () => early(young(3000, 1.5)).state)).toEqual(Array(50).fill('fail'));
  });

  it('needs an effective number of 100 labels', () => {
    expect(early(young(120)).reason).toMatch(
      /the window holds only \d\d effective matured labels, \d\d more are needed/,
    );
  });
});
