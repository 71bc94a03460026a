import { describe, expect, it } from 'vitest';
import { discoveryBar } from '../../../detectors/limits/benjamini-hochberg.ts';

/** The 15 p-values of Benjamini and Hochberg (1995), section 3.2: the first four count at 0.05. */
const PUBLISHED = [
  0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262, 0.5719, 0.6528, 0.759, 1,
];

const counted = (pValues: readonly number[], tests: number, rate: number): number[] =>
  pValues.filter((p) => p <= discoveryBar(pValues, tests, rate));

describe('false-discovery control', () => {
  it('of the published example counts what the authors count, in any order', () => {
    expect(counted(PUBLISHED, 15, 0.05)).toEqual([0.0001, 0.0004, 0.0019, 0.0095]);
    expect(counted(PUBLISHED.toReversed(), 15, 0.05).length).toBe(4);
  });

  it('counts all of several equal p-values or none (statsmodels multipletests, fdr_bh)', () => {
    expect(counted([0.04, 0.01, 0.03, 0.04, 0.2], 5, 0.05)).toEqual([0.04, 0.01, 0.03, 0.04]);
    expect(counted([0.041, 0.011, 0.031, 0.041, 0.2], 5, 0.05)).toEqual([]);
  });

  it('takes tests that are not named for ones that could not count', () => {
    expect(counted(PUBLISHED.slice(0, 5), 15, 0.05)).toEqual(PUBLISHED.slice(0, 4));
    expect(counted([0.0001], 1000, 0.05)).toEqual([]);
    expect(counted([0.00005], 1000, 0.05)).toEqual([0.00005]);
    expect(counted([], 1000, 0.05)).toEqual([]);
  });
});
