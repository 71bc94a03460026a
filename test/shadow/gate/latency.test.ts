import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { binCode, binEdges } from '../../../detectors/maths/log-bins.ts';
import { logEvidenceAbove, logEvidenceBelow } from '../../../shadow/gate/betting.ts';
import type { Latencies } from '../../../shadow/gate/evidence.ts';
import { logEvidenceSlower, quantileInterval, quantileOf, slowdown } from '../../../shadow/gate/latency.ts';
import { normal, randomFrom } from '../../detectors/samples.ts';

function binned(values: readonly number[]): Latencies {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(binCode(value), (counts.get(binCode(value)) ?? 0) + 1);
  return [...counts].sort(([a], [b]) => a - b);
}

/** Log-normal milliseconds around 20, some of them slowed down tenfold. */
function latencies(count: number, slowShare: number, seed: number): Latencies {
  const random = randomFrom(seed);
  return binned(
    Array.from({ length: count }, () => {
      return 20 * Math.exp(0.3 * normal(random)) * (random() < slowShare ? 10 : 1);
    }),
  );
}

function many(ms: number): Latencies {
  return [[binCode(ms), 1000]];
}

describe('quantiles of latency', () => {
  it('bounds a quantile by the definition: raw values, every threshold tried', () => {
    const random = randomFrom(3);
    const values = Array.from({ length: 400 }, () => Math.floor(1 + random() * 1000));
    const bins = binned(values);
    const edges = [...new Set(bins.flatMap(([code]) => binEdges(code)))].sort((a, b) => a - b);
    const split = (edge: number) => {
      const below = values.filter((value) => value < edge).length;
      return [[1, below] as const, [0, values.length - below] as const];
    };
    const refutedLow = edges.filter((edge) => logEvidenceBelow(split(edge), [0, 1], 0.9) >= Math.log(20));
    const refutedHigh = edges.filter((edge) => logEvidenceAbove(split(edge), [0, 1], 0.9) >= Math.log(40));
    expect(quantileInterval(bins, 0.9, 0.05, 0.025)).toEqual([Math.max(...refutedLow), Math.min(...refutedHigh)]);
    const [low, high] = quantileInterval(bins, 0.9, 0.05, 0.025);
    expect(low).toBeLessThan(900);
    expect(high).toBeGreaterThan(900);
  });

  it('has no upper bound, and no e-value to speak of, on too little', () => {
    expect(quantileInterval([], 0.95, 0.05, 0.05)).toEqual([0, Infinity]);
    // Two of three at 6 and above: the 95th percentile is hardly below.
    expect(quantileInterval(binned([5, 6, 7]), 0.95, 0.05, 0.05)).toEqual([6, Infinity]);
    expect(quantileOf([], 0.95)).toBeNaN();
    expect(logEvidenceSlower([], binned([5, 6, 7]), 0.95, 0.25)).toBeLessThanOrEqual(0);
    expect(logEvidenceSlower(binned([5, 6, 7]), [], 0.95, 0.25)).toBeLessThanOrEqual(0);
  });

  it('takes a slowdown as a share of the control, and less than a millisecond as no harm', () => {
    expect(slowdown(150, 100, 0.25)).toBeCloseTo(0.5, 12);
    // Three times as slow, in microseconds: far below the margin of a quarter.
    expect(slowdown(0.09, 0.03, 0.25)).toBeCloseTo(0.015, 12);
    // At the floor the two rules meet: one millisecond more than 4 is the margin.
    expect(slowdown(5, 4, 0.25)).toBeCloseTo(0.25, 12);
    expect(slowdown(2, 1, 0.25)).toBeCloseTo(0.25, 12);
  });

  it('has evidence of 1/alpha exactly where the bounds of both arms show the harm', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1000 }),
        fc.double({ min: 0, max: 0.2, noNaN: true }),
        fc.integer({ min: 30, max: 3000 }),
        (seed, slowShare, count) => {
          const [control, candidate] = [latencies(count, 0, seed), latencies(count, slowShare, seed + 1)];
          const theirs = quantileInterval(control, 0.95, 0.005, 0.005);
          const ours = quantileInterval(candidate, 0.95, 0.005, 0.005);
          const isShown = theirs[1] < Infinity && slowdown(ours[0], theirs[1], 0.25) > 0.25;
          const evidence = logEvidenceSlower(control, candidate, 0.95, 0.25);
          if (isShown) expect(evidence).toBeGreaterThanOrEqual(Math.log(100));
          else expect(evidence).toBeLessThan(Math.log(100));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('counts a bin that holds the threshold for the candidate: what may be within the margin is no harm', () => {
    // The control lies in [16, 16.5): the margin ends at 20.625 at the latest, inside the bin [20.5, 21).
    expect(logEvidenceSlower(many(16), many(20.9), 0.95, 0.25)).toBeLessThan(0);
    expect(logEvidenceSlower(many(16), many(21), 0.95, 0.25)).toBeGreaterThan(Math.log(1000));
  });

  it('gives each arm half of the capital, and is as strong as the weaker of the two', () => {
    const few = [[binCode(16), 200]] as const;
    // All of the control below 16.5, none of the candidate below 20.625, each against a share of 0.95.
    const control = logEvidenceAbove([[1, 200]], [0, 1], 0.95);
    const candidate = logEvidenceBelow([[0, 1000]], [0, 1], 0.95);
    expect(logEvidenceSlower(few, many(21), 0.95, 0.25)).toBeCloseTo(Math.min(control, candidate) - Math.LN2, 10);
  });

  it.each([
    ['a tenfold slowdown of a fifth of the requests at the 95th percentile', 0.2, 0.95, 1000],
    ['a tenfold slowdown of three in a hundred at the 99th percentile', 0.03, 0.99, 4000],
  ])('sees %s', (_, slowShare, quantile, count) => {
    const control = latencies(count, 0, 1);
    expect(logEvidenceSlower(control, latencies(count, slowShare, 2), quantile, 0.25)).toBeGreaterThan(Math.log(1000));
    expect(logEvidenceSlower(control, latencies(count, 0, 2), quantile, 0.25)).toBeLessThan(0);
  });
});
