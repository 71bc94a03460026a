import { describe, expect, it } from 'vitest';
import { psi } from '../../detectors/all.ts';
import type { Histogram } from '../../detectors/terms.ts';
import { BROKEN, HEALTHY, type Breakage } from '../../examples/payments/breakage.ts';
import { seededRandom } from '../../examples/payments/random.ts';
import { simulatePayment, type Payment } from '../../examples/payments/simulate-payment.ts';
import { binsOf } from '../detectors/samples.ts';

const healthy = payments(1, 40_000, HEALTHY);
const broken = payments(2, 20_000, BROKEN);

describe('simulated payments', () => {
  it('are the same for the same seed, and others for another', () => {
    expect(payments(7, 50, HEALTHY)).toEqual(payments(7, 50, HEALTHY));
    expect(payments(7, 50, HEALTHY)).not.toEqual(payments(8, 50, HEALTHY));
  });

  it('have more than thirty features: numbers, texts and yes or no', () => {
    const kinds = Object.values(healthy[0]?.features ?? {}).map((value) => typeof value);
    expect(kinds.length).toBeGreaterThan(30);
    expect(new Set(kinds)).toEqual(new Set(['number', 'string', 'boolean']));
    const names = new Set(healthy.map((payment) => Object.keys(payment.features).join()));
    expect(names.size).toBe(1);
  });

  it('are fraud in about one of a hundred', () => {
    expect(shareOf(healthy, (payment) => payment.fraud)).toBeCloseTo(0.01, 2);
    expect(shareOf(broken, (payment) => payment.fraud)).toBeCloseTo(0.01, 2);
  });

  it('have log-normal amounts', () => {
    const logs = healthy.map((payment) => Math.log(payment.value));
    const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length;
    const moment = (power: number) => logs.reduce((sum, log) => sum + (log - mean) ** power, 0) / logs.length;
    const deviation = Math.sqrt(moment(2));
    expect(moment(3) / deviation ** 3).toBeCloseTo(0, 1);
    expect(deviation).toBeGreaterThan(1);
  });

  it('come from every region and every tier', () => {
    expect(new Set(healthy.map((payment) => payment.region))).toEqual(new Set(['EU', 'US', 'APAC', 'LATAM']));
    expect(new Set(healthy.map((payment) => payment.tier))).toEqual(new Set(['small', 'mid', 'large']));
  });

  it('drift by far more than the limit where one region sends cents, and nowhere else', () => {
    expect(driftOf('EU', broken)).toMatchObject({ state: 'fail' });
    expect(driftOf('EU', broken).statistic).toBeGreaterThan(2);
    expect(driftOf('US', broken)).toMatchObject({ state: 'pass' });
    expect(driftOf('EU', payments(3, 20_000, HEALTHY))).toMatchObject({ state: 'pass' });
  });

  it('keep the money at stake in euros when the amount is in cents', () => {
    const european = broken.filter((payment) => payment.region === 'EU');
    expect(european.every((payment) => Math.abs(Number(payment.features['amount']) - payment.value * 100) < 1e-6)).toBe(
      true,
    );
  });
});

function payments(seed: number, count: number, breakage: Breakage): Payment[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, (_, index) => simulatePayment(random, `p${index}`, 0, breakage));
}

function shareOf(of: readonly Payment[], test: (payment: Payment) => boolean): number {
  return of.filter(test).length / of.length;
}

function histogramOf(of: readonly Payment[]): Histogram {
  const bins = binsOf(of.map((payment) => Number(payment.features['amount'])));
  return { count: of.length, missing: 0, bins, categories: [] };
}

/** Stability index of the amounts of one region against healthy ones. */
function driftOf(region: string, now: readonly Payment[]) {
  const of = (all: readonly Payment[]) => histogramOf(all.filter((payment) => payment.region === region));
  return psi.judge(of(healthy), of(now), { limit: 0.1, minimum_count: 200, chance: 1e-6 });
}
