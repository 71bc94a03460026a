import { describe, expect, it } from 'vitest';
import { normal, randomFrom } from '../../detectors/samples.ts';
import { reached } from '../bench.ts';
import { barsOf } from './bench-gate.ts';
import { mixtureBound, mixtureLogEvidence, mixtureRho, relativeUplift } from './confidence-sequences.ts';
import { judgeByMannWhitney } from './mann-whitney.ts';
import { pairModel, Pairs, varianceOf } from './pairs.ts';
import { simulateLatency } from './simulate-latency.ts';
import { simulateShares } from './simulate-shares.ts';
import { asTable } from './table.ts';

describe('methods beside the gate', () => {
  it('have the known answers of a normal mixture (Howard et al. 2021)', () => {
    const rho = mixtureRho(100, 0.05);
    expect(rho).toBeCloseTo(12.60056, 5);
    expect(mixtureLogEvidence(10, 100, rho)).toBeCloseTo(-0.6510052, 7);
    expect(mixtureBound(100, rho, 0.05)).toBeCloseTo(30.35209, 5);
  });

  it('have the known answer of an asymptotic confidence sequence of two proportions', () => {
    const { uplift, interval } = relativeUplift([1396, 3000], [2422, 3461], 0.05);
    expect(uplift).toBeCloseTo(0.50386, 5);
    expect(interval[0]).toBeCloseTo(0.40098, 4);
    expect(interval[1]).toBeCloseTo(0.60675, 4);
  });

  it('call nearly a quarter of nulls High or Low at two points a side, and miss a slow fifth (Mann-Whitney)', () => {
    const random = randomFrom(11);
    const points = (count: number, slowShare = 0): number[] =>
      Array.from({ length: count }, () => Math.exp(0.3 * normal(random)) * (random() < slowShare ? 10 : 1));
    const share = (runs: number, judge: () => string): number =>
      Array.from({ length: runs }, judge).filter((one) => one !== 'Pass').length / runs;
    expect(share(2000, () => judgeByMannWhitney(points(2), points(2)))).toBeGreaterThan(0.18);
    expect(share(300, () => judgeByMannWhitney(points(50), points(50, 0.2)))).toBeLessThan(0.5);
    expect(
      judgeByMannWhitney(
        points(50),
        points(50).map((one) => one * 3),
      ),
    ).toBe('High');
    expect(
      judgeByMannWhitney(
        points(50),
        points(50).map((one) => one / 3),
      ),
    ).toBe('Low');
    expect(judgeByMannWhitney([1, 1, 1], [1, 1, 1])).toBe('Pass');
  });
});

describe('the simulation of the gate', () => {
  it('draws pairs as its model says', () => {
    const model = pairModel(0.05, 0.01, 'paired');
    const pairs = new Pairs(model, randomFrom(5));
    for (let look = 0; look < 100; look++) pairs.add(4000);
    expect(pairs.events).toBe(400_000);
    expect(pairs.worse / pairs.events).toBeCloseTo(0.015, 3);
    expect(pairs.better / pairs.events).toBeCloseTo(0.005, 3);
    expect(pairs.both / pairs.events).toBeCloseTo(0.045, 2);
    expect(varianceOf(model)).toBeCloseTo(0.0199, 6);
  });

  it('finds few false alarms at the margin, and twice the margin early (a short form of the benchmark)', () => {
    const shares = ([1, 2] as const).map((times) =>
      simulateShares({ rate: 0.005, margin: 0.0025, kind: 'paired', times, runs: 150 }),
    );
    const latency = ([1, 2] as const).map((times) =>
      simulateLatency({ quantile: 0.95, margin: 0.25, times, runs: times === 1 ? 60 : 20 }),
    );
    for (const [atMargin, doubled] of [shares, latency]) {
      // Three standard deviations above 5 %.
      expect(atMargin?.found.gate).toBeLessThan(0.05 + 3 * Math.sqrt((0.05 * 0.95) / (atMargin?.runs ?? 1)));
      expect(atMargin?.found.repeated).toBeGreaterThan(0.15);
      expect(doubled?.medianEvents).toBeLessThan(1.7 * (doubled?.fixedEvents ?? 0));
    }
    expect(asTable([...shares, ...latency]).split('\n')).toHaveLength(6);
  });

  it('has bars that can be missed', () => {
    const row = { name: 'x', margin: 0.1, runs: 100, medianEvents: 160, fixedEvents: 100 };
    const found = { gate: 0.06, repeated: 0.3, fixed: 0.05, judge: 0.2 };
    const story = { name: 'y', runs: 10, rolledBack: 0.1, promoted: 0.9, medianEvents: 100 };
    const bars = barsOf(
      [
        { ...row, times: 1, found },
        { ...row, times: 2, found },
      ],
      [story, story],
    );
    expect(bars.map(reached)).toEqual([false, false, false, false]);
  });
});
