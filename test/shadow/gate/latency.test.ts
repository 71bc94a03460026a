import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Latencies } from '../../../shadow/gate/evidence.ts';
import {
  isFaster,
  isSlower,
  logEvidenceFaster,
  logEvidenceSlower,
  quantileOf,
  slowdown,
  slowdownInterval,
  type LatencyQuestion,
} from '../../../shadow/gate/latency.ts';
import { latencyCode, latencyEdges } from '../../../shadow/gate/latency-bins.ts';
import { normal, randomFrom } from '../../detectors/samples.ts';

function binned(values: readonly number[]): Latencies {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(latencyCode(value), (counts.get(latencyCode(value)) ?? 0) + 1);
  return [...counts].sort(([a], [b]) => a - b);
}

/** Log-normal milliseconds around 20, some of them slowed down tenfold. */
function latencies(count: number, slowShare: number, seed: number): Latencies {
  const random = randomFrom(seed);
  return binned(
    Array.from({ length: count }, () => 20 * Math.exp(0.3 * normal(random)) * (random() < slowShare ? 10 : 1)),
  );
}

function many(ms: number, count = 1000): Latencies {
  return [[latencyCode(ms), count]];
}

function asked(control: Latencies, candidate: Latencies, quantile = 0.95): LatencyQuestion {
  return { control, candidate, quantile, margin: 0.25 };
}

/** The definition: for one x, the capital of every bet by products over single events. */
function capitalAt(x: number, control: number[], candidate: number[], quantile: number, change: number): number {
  const shares = Array.from({ length: 21 }, (_, step) => 0.99 / Math.SQRT2 ** step);
  const parts = shares.map((_, step) => (step <= 12 ? 1 : 2 ** (12 - step)));
  const total = parts.reduce((sum, part) => sum + part, 0);
  const most = 1 / Math.max(quantile, 1 - quantile);
  const reached = x + change * Math.max(x, 4);
  let capital = 0;
  shares.forEach((share, at) => {
    const product = (values: readonly number[], gain: (value: number) => number): number =>
      values.reduce((sum, value) => sum * (1 + share * most * gain(value)), 1);
    const below = product(control, (ms) => Number(ms < x) - quantile);
    const atLeast = product(control, (ms) => quantile - Number(ms <= x));
    const beyond = product(candidate, (ms) => quantile - Number(ms <= reached));
    capital += ((parts[at] ?? 0) / total) * (0.76 * below * beyond + 0.08 * (beyond + below + atLeast));
  });
  return capital;
}

describe('quantiles of latency', () => {
  it('has bins of the top bits of a float, a 256th of an octave apart', () => {
    expect(latencyEdges(latencyCode(100))).toEqual([100, 100.25]);
    expect(latencyEdges(latencyCode(0))[0]).toBe(0);
    expect(latencyCode(-1)).toBe(latencyCode(0));
  });

  it('is the evidence of the x that loses least, by the definition: raw values, every x tried', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), fc.constantFrom(0.5, 0.9), (seed, quantile) => {
        const random = randomFrom(seed);
        // On edges of bins, so that no bin hides anything; candidates at what the margin makes of an edge, or far from it.
        const control = Array.from({ length: 40 }, () => 8 + Math.floor(random() * 24));
        const candidate = Array.from({ length: 40 }, () => 10 + 1.25 * Math.floor(random() * 24));
        const xs = [...control, ...candidate.map((ms) => ms / 1.25)].flatMap((ms) => [ms - 0.001, ms, ms + 0.001]);
        const least = Math.min(...xs.map((x) => capitalAt(x, control, candidate, quantile, 0.25)));
        const evidence = Math.exp(logEvidenceSlower(asked(binned(control), binned(candidate), quantile), 0.25));
        // A bin counts for the weaker side: never more than the definition, and not much less.
        expect(evidence).toBeLessThanOrEqual(least * (1 + 1e-9));
        expect(evidence).toBeGreaterThan(least * 0.2);
      }),
      { numRuns: 50 },
    );
  });

  it('has no bounds, and no e-value to speak of, on too little', () => {
    expect(slowdownInterval(asked([], []), 0.05, 0.05)).toEqual([-Infinity, Infinity]);
    expect(slowdownInterval(asked(binned([5, 6, 7]), binned([5, 6, 7])), 0.05, 0.05)[1]).toBe(Infinity);
    expect(quantileOf([], 0.95)).toBeNaN();
    expect(logEvidenceSlower(asked([], []), 0.25)).toBeCloseTo(0, 12);
    expect(logEvidenceSlower(asked([], binned([5, 6, 7])), 0.25)).toBeLessThanOrEqual(1);
    expect(logEvidenceSlower(asked(binned([5, 6, 7]), []), 0.25)).toBeLessThanOrEqual(0);
  });

  it('takes a slowdown as a share of the control, and less than a millisecond as no harm', () => {
    expect(slowdown(150, 100, 0.25)).toBeCloseTo(0.5, 12);
    // Three times as slow, in microseconds: far below the margin of a quarter.
    expect(slowdown(0.09, 0.03, 0.25)).toBeCloseTo(0.015, 12);
    // At the floor the two rules meet: one millisecond more than 4 is the margin.
    expect(slowdown(5, 4, 0.25)).toBeCloseTo(0.25, 12);
    expect(slowdown(2, 1, 0.25)).toBeCloseTo(0.25, 12);
    expect(isFaster(asked(many(0.03), many(0.09)), 0.25, 0.05)).toBe(true);
    expect(isSlower(asked(many(1), many(2.1)), 0.25, 0.05)).toBe(true);
  });

  it('counts a bin that holds the threshold for the candidate: what may be within the margin is no harm', () => {
    // The control lies in [16, 16.0625): the margin ends at 20.078 at the latest, inside the bin [20, 20.0625).
    expect(isSlower(asked(many(16), many(20.05)), 0.25, 0.05)).toBe(false);
    expect(isSlower(asked(many(16), many(20.2)), 0.25, 0.001)).toBe(true);
  });

  it('bounds the slowdown by what is refuted either way, and says the same as the questions alone', () => {
    const question = asked(latencies(4000, 0, 1), latencies(4000, 0.02, 2));
    const [low, high] = slowdownInterval(question, 0.01, 0.05);
    expect(low).toBeLessThan(0.05);
    expect(high).toBeGreaterThan(0);
    expect(isSlower(question, low - 0.01, 0.01)).toBe(true);
    expect(isSlower(question, low + 0.01, 0.01)).toBe(false);
    expect(isFaster(question, high + 0.01, 0.05)).toBe(true);
    expect(isFaster(question, high - 0.01, 0.05)).toBe(false);
    expect(logEvidenceFaster(question, 0.25) >= Math.log(20)).toBe(isFaster(question, 0.25, 0.05));
  });

  it.each([
    ['a tenfold slowdown of a fifth of the requests at the 95th percentile', 0.2, 0.95, 1000],
    ['a tenfold slowdown of three in a hundred at the 99th percentile', 0.03, 0.99, 4000],
  ])('sees %s', (_, slowShare, quantile, count) => {
    const control = latencies(count, 0, 1);
    expect(logEvidenceSlower(asked(control, latencies(count, slowShare, 2), quantile), 0.25)).toBeGreaterThan(
      Math.log(1000),
    );
    expect(logEvidenceSlower(asked(control, latencies(count, 0, 2), quantile), 0.25)).toBeLessThan(0);
  });
});
