import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { logEvidenceAbove, logEvidenceBelow, meanInterval } from '../../../shadow/gate/betting.ts';
import type { Outcomes } from '../../../shadow/gate/evidence.ts';

const SIGNED = [-1, 1] as const;
const SHARE = [0, 1] as const;

/** The definition, event by event and bet by bet, in the order given. */
function slowly(events: readonly number[], low: number, mean: number): number {
  const shares = Array.from({ length: 21 }, (_, step) => 0.99 / Math.SQRT2 ** step);
  const weights = shares.map((_, step) => (step <= 12 ? 1 : 2 ** (12 - step)));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let capital = 0;
  shares.forEach((share, step) => {
    let own = (weights[step] ?? 0) / total;
    for (const event of events) own *= 1 + (share / (mean - low)) * (event - mean);
    capital += own;
  });
  return capital;
}

function ofThousand(worse: number): Outcomes {
  return [
    [0, 1000 - worse],
    [1, worse],
  ];
}

describe('bets on a bounded mean', () => {
  it('starts with a capital of one', () => {
    expect(logEvidenceAbove([], SIGNED, 0.1)).toBeCloseTo(0, 12);
    expect(logEvidenceBelow([[0, 0]], SIGNED, 0.1)).toBeCloseTo(0, 12);
  });

  it('grows by the mean share of the bets when one event is as bad as can be (worked out by hand)', () => {
    // One outcome of 1 against a mean of 0 on [-1, 1]: each bet grows by its share, the weighted mean share is 0.2394371.
    expect(Math.exp(logEvidenceAbove([[1, 1]], SIGNED, 0))).toBeCloseTo(1.2394371383472944, 12);
    expect(Math.exp(logEvidenceAbove([[-1, 1]], SIGNED, 0))).toBeCloseTo(1 - 0.2394371383472945, 12);
  });

  it('gives the values of an independent implementation (Python, products of the definition)', () => {
    const mixed: Outcomes = [
      [-1, 3],
      [0, 90],
      [1, 27],
    ];
    expect(logEvidenceAbove(mixed, SIGNED, 0.05)).toBeCloseTo(4.471216443096374, 10);
    const few: Outcomes = [
      [-1, 3],
      [0, 190],
      [1, 7],
    ];
    expect(logEvidenceBelow(few, SIGNED, 0.1)).toBeCloseTo(5.468464655099879, 10);
    const share: Outcomes = [
      [1, 98],
      [0, 2],
    ];
    expect(logEvidenceAbove(share, SHARE, 0.9)).toBeCloseTo(2.8135901919009436, 10);
  });

  it('does not care in which order events come', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(-1, 0, 1), { maxLength: 60 }),
        fc.double({ min: -0.9, max: 0.9, noNaN: true }),
        (events, mean) => {
          const counts: Outcomes = [-1, 0, 1].map((value) => [value, events.filter((one) => one === value).length]);
          expect(logEvidenceAbove(counts, SIGNED, mean)).toBeCloseTo(Math.log(slowly(events, -1, mean)), 9);
          const mirrored = events.map((event) => -event);
          expect(logEvidenceBelow(counts, SIGNED, mean)).toBeCloseTo(Math.log(slowly(mirrored, -1, -mean)), 9);
        },
      ),
    );
  });

  it('neither wins nor loses on average when the mean is at the margin: a martingale, summed over all sequences', () => {
    // Outcomes -1, 0, 1 with chances 0.1, 0.7, 0.2: the mean is 0.1.
    const chances = [0.1, 0.7, 0.2] as const;
    let [above, below] = [0, 0];
    for (let code = 0; code < 3 ** 6; code++) {
      const digits = Array.from({ length: 6 }, (_, place) => Math.floor(code / 3 ** place) % 3);
      const chance = digits.reduce((product, digit) => product * (chances[digit] ?? 0), 1);
      const counts: Outcomes = [0, 1, 2].map((digit) => [digit - 1, digits.filter((one) => one === digit).length]);
      above += chance * Math.exp(logEvidenceAbove(counts, SIGNED, 0.1));
      below += chance * Math.exp(logEvidenceBelow(counts, SIGNED, 0.1));
    }
    expect(above).toBeCloseTo(1, 12);
    expect(below).toBeCloseTo(1, 12);
  });

  it('bounds the mean exactly where the evidence reaches 1/alpha', () => {
    const counts: Outcomes = [
      [-1, 40],
      [0, 900],
      [1, 60],
    ];
    const [low, high] = meanInterval(counts, SIGNED, 0.01, 0.05);
    expect(low).toBeLessThan(0.02);
    expect(high).toBeGreaterThan(0.02);
    expect(logEvidenceAbove(counts, SIGNED, low)).toBeCloseTo(Math.log(100), 6);
    expect(logEvidenceBelow(counts, SIGNED, high)).toBeCloseTo(Math.log(20), 6);
  });

  it('says nothing without events, and never more than the range', () => {
    expect(meanInterval([], SIGNED, 0.05, 0.05)).toEqual([-1, 1]);
    const [low, high] = meanInterval([[1, 1e9]], SHARE, 0.05, 0.05);
    expect(low).toBeGreaterThan(0.999);
    expect(high).toBe(1);
    expect(Number.isFinite(logEvidenceAbove([[1, 1e12]], SHARE, 0.01))).toBe(true);
  });

  it('moves its bounds the right way: more harm, higher bounds; smaller alpha, wider', () => {
    const [few, many] = [
      meanInterval(ofThousand(10), SIGNED, 0.05, 0.05),
      meanInterval(ofThousand(30), SIGNED, 0.05, 0.05),
    ];
    expect(many[0]).toBeGreaterThan(few[0]);
    expect(many[1]).toBeGreaterThan(few[1]);
    const wide = meanInterval(ofThousand(10), SIGNED, 0.001, 0.001);
    expect(wide[0]).toBeLessThan(few[0]);
    expect(wide[1]).toBeGreaterThan(few[1]);
  });
});
