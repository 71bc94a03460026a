import { describe, expect, it } from 'vitest';
import type { Guardrail, Verdict } from '../../../detectors/terms.ts';
import { latencyCode } from '../../../shadow/gate/latency-bins.ts';
import { logEvidenceAbove, logEvidenceBelow } from '../../../shadow/gate/betting.ts';
import { noEvidence, type Latencies, type Outcomes } from '../../../shadow/gate/evidence.ts';
import { GUARDRAILS } from '../../../shadow/gate/guardrails.ts';
import { isSlower, logEvidenceSlower } from '../../../shadow/gate/latency.ts';
import { GATE_METHOD, judge } from '../../../shadow/gate/judge.ts';
import { TrueQuantile } from '../../bench/gate/true-quantile.ts';
import { randomFrom } from '../../detectors/samples.ts';

const LOOKS = 100;
const RUNS = 2000;
const ALPHA = 0.05;
const SIGNED = [-1, 1] as const;

/** Upper bound of a count of `RUNS` at a rate of `ALPHA`, three standard deviations of a binomial: 129 of 2,000. */
const MOST = RUNS * ALPHA + 3 * Math.sqrt(RUNS * ALPHA * (1 - ALPHA));

/** Counts of -1, 0, +1 that grow; the candidate fails with `rate + harm`, the control with `rate`, independently. */
class Pairs {
  readonly counts = [0, 0, 0];
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = randomFrom(seed);
  }

  add(count: number, rate: number, harm: number): void {
    for (let n = 0; n < count; n++) {
      const difference = Number(this.#random() < rate + harm) - Number(this.#random() < rate);
      this.counts[difference + 1] = (this.counts[difference + 1] ?? 0) + 1;
    }
  }

  get outcomes(): Outcomes {
    return this.counts.map((count, at) => [at - 1, count]);
  }

  /** Statistic of a z-test of the mean against `margin`. */
  z(margin: number): number {
    const count = this.counts.reduce((sum, one) => sum + one, 0);
    const mean = ((this.counts[2] ?? 0) - (this.counts[0] ?? 0)) / count;
    const spread = ((this.counts[2] ?? 0) + (this.counts[0] ?? 0)) / count - mean * mean;
    return ((mean - margin) * Math.sqrt(count)) / Math.sqrt(spread);
  }
}

/** Runs of 100 looks with a harm of exactly the margin, the hardest null: how many ever raise a false alarm. */
function falseAlarms(rate: number, margin: number, step: number): { bets: number; zTest: number } {
  const alarms = { bets: 0, zTest: 0 };
  for (let run = 0; run < RUNS; run++) {
    const pairs = new Pairs(run * 7919 + 1);
    let [bets, zTest] = [false, false];
    for (let look = 0; look < LOOKS; look++) {
      pairs.add(step, rate, margin);
      bets ||= logEvidenceAbove(pairs.outcomes, SIGNED, margin) >= -Math.log(ALPHA);
      zTest ||= pairs.z(margin) > 1.6449;
    }
    alarms.bets += Number(bets);
    alarms.zTest += Number(zTest);
  }
  return alarms;
}

/** Median events to a decision, looked at every `step`. */
function medianEvents(decide: (pairs: Pairs) => boolean, rate: number, harm: number, step: number): number {
  const events = Array.from({ length: 200 }, (_, run) => {
    const pairs = new Pairs(run + 1);
    for (let count = step; count < 1e6; count += step) {
      pairs.add(step, rate, harm);
      if (decide(pairs)) return count;
    }
    return Infinity;
  });
  return events.sort((a, b) => a - b)[100] ?? Infinity;
}

/** Events of one z-test at `ALPHA` with 90 % power, for a mean that lies `distance` from the margin. */
function fixedEvents(variance: number, distance: number): number {
  return ((1.6449 + 1.2816) ** 2 * variance) / distance ** 2;
}

function binned(values: Float64Array): Latencies {
  const counts = new Map<number, number>();
  for (const ms of values) counts.set(latencyCode(ms), (counts.get(latencyCode(ms)) ?? 0) + 1);
  return [...counts].sort(([a], [b]) => a - b);
}

describe('the gate, simulated', () => {
  it.each([
    [0.5, 0.02, 100],
    [0.05, 0.02, 100],
    [0.005, 0.01, 100],
  ])('raises no more false alarms than promised in 100 looks at a base rate of %d', (rate, margin, step) => {
    const { bets, zTest } = falseAlarms(rate, margin, step);
    expect(bets).toBeLessThanOrEqual(MOST);
    // What it replaces, on the same runs: a z-test at each look.
    expect(zTest).toBeGreaterThan(0.2 * RUNS);
  });

  it.each([
    [0.5, 0.02],
    [0.05, 0.02],
    [0.005, 0.01],
  ])(
    'decides within 1.5 times the events of a fixed test with nine tenths power at a base rate of %d',
    (rate, margin) => {
      const safe = medianEvents(
        (pairs) => logEvidenceBelow(pairs.outcomes, SIGNED, margin) >= -Math.log(ALPHA),
        rate,
        0,
        50,
      );
      expect(safe).toBeLessThan(1.5 * fixedEvents(2 * rate * (1 - rate), margin));
      const harmful = medianEvents(
        (pairs) => logEvidenceAbove(pairs.outcomes, SIGNED, margin) >= -Math.log(ALPHA),
        rate,
        2 * margin,
        50,
      );
      const worse = rate + 2 * margin;
      expect(harmful).toBeLessThan(1.5 * fixedEvents(rate * (1 - rate) + worse * (1 - worse), margin));
    },
  );

  it('stays valid when labels come late and in any order: each look takes what is known by then', () => {
    let alarms = 0;
    for (let run = 0; run < RUNS; run++) {
      const random = randomFrom(run * 104_729 + 3);
      // Differences at the margin, each known after its own delay, up to fifty looks after it was made.
      const known = Array.from({ length: LOOKS * 2 }, () => [0, 0, 0]);
      for (let made = 0; made < LOOKS; made++)
        for (let n = 0; n < 20; n++) {
          const difference = Number(random() < 0.35) - Number(random() < 0.3);
          const arrived = known[made + Math.floor(50 * random() * random())];
          if (arrived !== undefined) arrived[difference + 1] = (arrived[difference + 1] ?? 0) + 1;
        }
      const counts = [0, 0, 0];
      alarms += Number(
        known.some((arrived) => {
          arrived.forEach((count, at) => (counts[at] = (counts[at] ?? 0) + count));
          const outcomes = counts.map((count, at) => [at - 1, count] as const);
          return logEvidenceAbove(outcomes, SIGNED, 0.05) >= -Math.log(ALPHA);
        }),
      );
    }
    expect(alarms).toBeLessThanOrEqual(MOST);
  });

  it('raises no more false alarms than promised on latency whose quantile is at the margin', () => {
    const [margin, quantile, step] = [0.25, 0.95, 30];
    let alarms = 0;
    for (let run = 0; run < RUNS; run++) {
      const random = randomFrom(run * 31 + 5);
      const [control, candidate] = [new Float64Array(LOOKS * step), new Float64Array(LOOKS * step)];
      const truth = new TrueQuantile(quantile, -40 * Math.log(1 - quantile), margin);
      const questionOf = (events: number) => ({
        control: binned(control.subarray(0, events)),
        candidate: binned(candidate.subarray(0, events)),
        quantile,
        margin,
      });
      let isAlarm = false;
      for (let events = 0; events < LOOKS * step && !isAlarm;) {
        for (let n = 0; n < step; n++, events++) {
          // Exponential with a mean of 40 ms: every quantile of the candidate is 1.25 times the control's.
          control[events] = -40 * Math.log(1 - random());
          candidate[events] = -50 * Math.log(1 - random());
          truth.add(control[events] ?? 0, candidate[events] ?? 0);
        }
        // The gate knows no more than who knows the quantile, and need be asked only where that one would raise an alarm.
        if (run < 20 && events % (10 * step) === 0)
          expect(logEvidenceSlower(questionOf(events), margin)).toBeLessThanOrEqual(truth.logCapital);
        isAlarm = truth.logCapital >= -Math.log(ALPHA) && isSlower(questionOf(events), margin, ALPHA);
      }
      alarms += Number(isAlarm);
    }
    expect(alarms).toBeLessThanOrEqual(MOST);
  });

  it('promotes the same model and rolls back one with twice the margin of harm, with the default guardrails', () => {
    const guardrails: readonly Guardrail[] = (
      ['errors', 'decline_rate', 'missed_fraud', 'false_declines'] as const
    ).map((name) => ({ name, margin: GUARDRAILS[name].margin, slices: ['all'], watched: [], required: true }));
    const run = (seed: number, harms: number): Verdict => {
      const [errors, declines, frauds, genuine] = [0, 1, 2, 3].map((offset) => new Pairs(seed * 4 + offset));
      if (!errors || !declines || !frauds || !genuine) throw new Error('four kinds of pairs');
      for (let look = 1; look <= LOOKS; look += 5) {
        errors.add(2000, 0.001, 0);
        declines.add(2000, 0.02, harms * 0.02);
        frauds.add(200, 0.3, harms * 0.05);
        genuine.add(1800, 0.01, harms * 0.02);
        const shadow = {
          ...noEvidence('all'),
          events: look * 400,
          outcomes: {
            ...noEvidence('all').outcomes,
            errors: errors.outcomes,
            decline_rate: declines.outcomes,
            missed_fraud: frauds.outcomes,
            false_declines: genuine.outcomes,
          },
        };
        const { verdict } = judge({
          method: GATE_METHOD,
          alpha: ALPHA,
          stages: 1,
          largestWeight: 1,
          minimumDurationMs: 0,
          guardrails,
          minimumEvents: 500,
          maximumDurationMs: LOOKS,
          openedAt: 0,
          asOf: look - 1,
          evidence: { shadow: [shadow], live: [] },
          qualityFailures: [],
          earlier: null,
        });
        if (verdict !== 'hold') return verdict;
      }
      return 'hold';
    };
    const verdicts = (harms: number): Verdict[] => Array.from({ length: 40 }, (_, seed) => run(seed + 1, harms));
    const same = verdicts(0);
    expect(same.filter((verdict) => verdict === 'rollback').length).toBeLessThanOrEqual(2);
    expect(same.filter((verdict) => verdict === 'promote').length).toBeGreaterThanOrEqual(36);
    expect(verdicts(2).filter((verdict) => verdict === 'rollback').length).toBe(40);
  });
});
