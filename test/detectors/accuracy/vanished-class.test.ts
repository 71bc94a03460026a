import { describe, expect, it } from 'vitest';
import { vanishedClass } from '../../../detectors/all.ts';
import type { Confusions, Judgement } from '../../../detectors/terms.ts';
import { defaultsOf, randomFrom, times } from '../samples.ts';

function labelled(counts: Readonly<Record<string, number>>): Confusions {
  const cells = Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([actual, count]) => ({ predicted: 'iron', actual, count, weight: count, weightSquares: count }));
  const all = cells.reduce((sum, { count }) => sum + count, 0);
  return { predictions: all, mature: all, labelled: all, cells, classes: [] };
}

const judge = (reference: Confusions, window: Confusions): Judgement =>
  vanishedClass.judge(reference, window, defaultsOf(vanishedClass));

describe('a class that no label says any more', () => {
  const reference = labelled({ iron: 9000, tin: 600, gold: 300, lead: 50 });

  it('fails where that is no chance, however small the part of the labels that moved', () => {
    const judged = judge(reference, labelled({ iron: 1860, tin: 130, lead: 10 }));
    expect(judged).toMatchObject({ state: 'fail', details: { gone_class: 'gold' } });
    expect(judged.statistic).toBeCloseTo(300 / 9950, 12);
    expect(judged.reason).toMatch(/no label says "gold", as 3\.0\d % did in the reference/);
  });

  it('passes where so few labels may have missed it, and where it was less than is tolerated', () => {
    expect(judge(reference, labelled({ iron: 360, tin: 25, lead: 2 })).state).toBe('pass');
    expect(judge(reference, labelled({ iron: 18_000, tin: 1200, gold: 600 })).state).toBe('pass');
  });

  it('is not made up in 2,000 windows of 200 to 1,500 labels in which nothing is wrong', () => {
    const random = randomFrom(31);
    const shares: readonly (readonly [string, number])[] = [
      ['iron', 0.9],
      ['tin', 0.96],
      ['gold', 0.985],
      ['lead', 1],
    ];
    const draw = (count: number): Confusions => {
      const counts: Record<string, number> = { iron: 0, tin: 0, gold: 0, lead: 0 };
      for (let at = 0; at < count; at++) {
        const drawn = random();
        counts[shares.find(([, until]) => drawn < until)![0]]!++;
      }
      return labelled(counts);
    };
    const states = times(2000, (at) => judge(draw(1000 + at), draw(200 + (at % 14) * 100)).state);
    expect(states).toEqual(Array(2000).fill('pass'));
  });
});
