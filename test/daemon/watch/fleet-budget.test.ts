import { describe, expect, it } from 'vitest';
import { shareBudget } from '../../../daemon/watch/fleet-budget.ts';
import { chanceOfWindow } from '../../../detectors/limits/alarm-budget.ts';
import { discoveryBar } from '../../../detectors/limits/benjamini-hochberg.ts';
import { randomFrom } from '../../detectors/samples.ts';

const HOUR = 3_600_000;

describe('the budget of all models', () => {
  it('leaves each model its own while they add up to less, and a part in proportion where they add up to more', () => {
    const own: Readonly<Record<string, number>> = { a: 0.1, b: 0.1, c: 0.4 };
    const budgetOf = (model: string): number => own[model] ?? 0;
    expect(['a', 'b', 'c'].map(shareBudget(Object.keys(own), budgetOf, 1))).toEqual([0.1, 0.1, 0.4]);
    const parts = ['a', 'b', 'c'].map(shareBudget(Object.keys(own), budgetOf, 0.06));
    expect(parts.map((part) => Number(part.toFixed(12)))).toEqual([0.01, 0.01, 0.04]);
  });

  it('is kept by 200 models of 100 features together, and each with a budget of its own would spend it many times', () => {
    const [models, features, weeks, together] = [200, 100, 60, 1];
    const random = randomFrom(5);
    const falsePages = (allowed: (model: string) => number): number => {
      let pages = 0;
      for (let window = 0; window < weeks * 7; window++)
        for (let model = 0; model < models; model++) {
          const rate = chanceOfWindow(allowed(`${model}`), 24 * HOUR, true);
          // The least of so many uniform numbers; Benjamini and Hochberg reject something whenever it is below rate / tests.
          const least = 1 - random() ** (1 / features);
          if (discoveryBar([least], features, rate) > 0) pages++;
        }
      return pages;
    };
    const names = Array.from({ length: models }, (_, model) => `${model}`);
    const kept = falsePages(shareBudget(names, () => 0.1, together));
    // Half of the budget is for windows as they close: 30 pages in 60 weeks, with three times their root for chance.
    expect(kept).toBeLessThanOrEqual(30 + 3 * Math.sqrt(30));
    expect(falsePages(() => 0.1)).toBeGreaterThan(10 * kept);
  });
});
