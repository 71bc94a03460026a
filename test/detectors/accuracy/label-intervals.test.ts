import { describe, expect, it } from 'vitest';
import { wholeDrift } from '../../../detectors/maths/category-shift.ts';
import { randomFrom } from '../samples.ts';

describe('the interval of a shift of categories', () => {
  it('is that of a difference of two shares where there are two', () => {
    const { distance, interval } = wholeDrift(
      [
        { value: 'a', count: 900 },
        { value: 'b', count: 100 },
      ],
      [
        { value: 'a', count: 280 },
        { value: 'b', count: 120 },
      ],
      1e-6,
    );
    const error = Math.sqrt((0.9 * 0.1) / 1000 + (0.7 * 0.3) / 400);
    expect(distance).toBeCloseTo(0.2, 12);
    expect(interval[0]).toBeCloseTo(0.2 - 1.96 * error, 12);
    expect(interval[1]).toBeCloseTo(0.2 + 1.96 * error, 12);
  });

  it('holds the true distance about 95 times of a hundred', () => {
    const next = randomFrom(5);
    const draw = (shares: readonly number[], size: number) => {
      const counts = shares.map(() => 0);
      for (let at = 0; at < size; at++) {
        let left = next();
        const found = shares.findIndex((share) => (left -= share) < 0);
        counts[found < 0 ? shares.length - 1 : found]!++;
      }
      return counts.map((count, at) => ({ value: `c${at}`, count }));
    };
    let held = 0;
    for (let round = 0; round < 1000; round++) {
      const { interval } = wholeDrift(draw([0.6, 0.3, 0.1], 600), draw([0.3, 0.5, 0.2], 300), 1e-6);
      if (interval[0] <= 0.3 && 0.3 <= interval[1]) held++;
    }
    expect(held / 1000).toBeGreaterThan(0.93);
    expect(held / 1000).toBeLessThan(0.97);
  });
});
