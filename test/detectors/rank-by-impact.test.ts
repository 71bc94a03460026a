import { describe, expect, it } from 'vitest';
import { rankByImpact as rankOnPages } from '../../dashboards/rank-by-impact.ts';
import { impactSize } from '../../detectors/impact-size.ts';
import { rankByImpact } from '../../detectors/rank-by-impact.ts';
import { randomFrom } from './samples.ts';

describe('the order of findings', () => {
  it('is that of their impact, on the places that they held; others stay', () => {
    const sizes = { slow: undefined, far: 0.01, near: 0.4, even: 0.01, late: undefined };
    const order = rankByImpact(Object.entries(sizes), ([, size]) => size).map(([name]) => name);
    expect(order).toEqual(['slow', 'near', 'far', 'even', 'late']);
    expect(rankByImpact([], () => 1)).toEqual([]);
  });

  it('is the same on the pages, which may not share its code', () => {
    const random = randomFrom(1);
    for (let run = 0; run < 200; run++) {
      const draw = (place: number) => ({ place, size: random() < 0.3 ? undefined : Math.floor(random() * 4) });
      const items = Array.from({ length: run % 12 }, (_, place) => draw(place));
      expect(rankOnPages(items, ({ size }) => size)).toEqual(rankByImpact(items, ({ size }) => size));
    }
  });

  it('rests on what an impact surely does: the flips beyond noise, and what of the score shift comes from it', () => {
    const impact = { share: 0.5, scoreShift: -0.04, rows: 100, isInput: true };
    const flips = { share: 0.2, interval: [0.1, 0.3], declined: 0.2 } as const;
    expect(impactSize({ ...impact, flips })).toBeCloseTo(0.12, 12);
    expect(impactSize({ ...impact, flips: { ...flips, interval: [0, 0.4] } })).toBeCloseTo(0.02, 12);
    expect(impactSize({ ...impact, share: null, flips: null })).toBe(0);
  });
});
