import { describe, expect, it } from 'vitest';
import type { Detector } from '../../../detectors/detector.ts';
import { detectors } from '../../../detectors/find-detector.ts';
import { expectedArrivals } from '../../../detectors/maths/expected-arrivals.ts';
import { labelArrival, shareArrived } from '../../../detectors/maths/label-arrival.ts';
import type { AgeGroup, LabelFlow, Outcomes } from '../../../detectors/terms.ts';
import { defaultsOf, normal, outcomesOf, randomFrom, times } from '../samples.ts';

const RUNS = 40;
const random = randomFrom(41);
const of = (need: string): Detector[] =>
  detectors.filter(({ kind, needs, onRequest }) => kind === 'accuracy' && needs === need && !onRequest);

/** Predictions of a calibrated model; `broken` of them turn out regardless of the score. */
function labelled(count: number, broken = 0): Outcomes {
  const drawn = times(count, () => {
    const score = Math.round(500 / (1 + Math.exp(2.2 - 1.6 * normal(random)))) / 500;
    return { score, positive: random() < (random() < broken ? 0.14 : score) };
  });
  const outcomes = outcomesOf(drawn);
  return {
    ...outcomes,
    threshold: 0.3,
    outcomes: outcomes.outcomes.map((outcome) => ({
      ...outcome,
      value: {
        positives: 20 * outcome.positives,
        negatives: 20 * outcome.negatives,
        positiveSquares: 400 * outcome.positives,
        negativeSquares: 400 * outcome.negatives,
      },
    })),
  };
}

describe('accuracy on matured labels', () => {
  const reference = labelled(6000);

  it(`raises no alarm in ${RUNS} windows in which nothing is wrong, with every figure`, () => {
    const failed = times(RUNS, () => labelled(1500)).flatMap((window) =>
      of('outcomes')
        .filter((detector) => detector.judge(reference, window, defaultsOf(detector)).state === 'fail')
        .map(({ name }) => name),
    );
    expect(of('outcomes').length).toBeGreaterThan(10);
    expect(failed).toEqual([]);
  });

  it('fails in every window in which half of the labels no longer follow the score', () => {
    for (const window of times(20, () => labelled(3000, 0.5))) {
      const states = Object.fromEntries(
        of('outcomes').map((detector) => [
          detector.name,
          detector.judge(reference, window, defaultsOf(detector)).state,
        ]),
      );
      expect(states).toMatchObject({ roc_auc: 'fail', estimate_error: 'fail', label_drift: 'pass' });
    }
  });
});

const HOUR = 3_600_000;
const GROUPS = 60;

/** Labels of a tenth of the predictions, on average after ten hours; predictions made at a steady pace for sixty hours. */
function flow(perHour: number, { share = 0.1, slower = 1 } = {}): LabelFlow {
  const empty = (): { positives: number; others: number; predictions: number; waiting: number }[] =>
    times(GROUPS, () => ({ positives: 0, others: 0, predictions: 0, waiting: 0 }));
  const [followed, arrived] = [empty(), empty()];
  const windowHours = 24;
  for (let made = 0; made < GROUPS; made++) {
    for (let at = 0; at < perHour; at++) {
      const delay = random() < share ? -10 * slower * Math.log(1 - random()) : Infinity;
      const age = made + random();
      arrived[made]!.predictions++;
      if (delay < age && delay >= age - windowHours && delay < GROUPS) arrived[Math.floor(delay)]!.positives++;
      // The reference was followed for all of the sixty hours.
      followed[GROUPS - 1]!.predictions++;
      if (delay < GROUPS) followed[Math.floor(delay)]!.positives++;
      else followed[GROUPS - 1]!.waiting++;
    }
  }
  const sources = [{ value: 'bank', count: 100 }];
  const groups = (counts: typeof followed): AgeGroup[] => counts.map((count, hour) => ({ age: hour * HOUR, ...count }));
  return {
    windowMs: windowHours * HOUR,
    followed: { groups: groups(followed), sources },
    arrived: { groups: groups(arrived), sources },
  };
}

describe('how labels come', () => {
  const reference = flow(300);
  const judged = (window: LabelFlow) =>
    Object.fromEntries(
      of('labels').map((detector) => [detector.name, detector.judge(reference, window, defaultsOf(detector)).state]),
    );

  it('raises no alarm in 60 windows in which nothing is wrong', () => {
    for (const window of times(60, () => flow(100)))
      expect(judged(window)).toEqual({ label_flow: 'pass', label_delay: 'pass', label_sources: 'pass' });
  });

  it('notices a feed that lost most of its labels, and one that became slow', () => {
    expect(judged(flow(300, { share: 0.02 }))).toMatchObject({ label_flow: 'fail', label_delay: 'pass' });
    expect(judged(flow(300, { slower: 4 }))).toMatchObject({ label_delay: 'fail' });
  });

  it('expects as many labels as come, of predictions of every age', () => {
    const window = flow(300);
    const expected = expectedArrivals(
      labelArrival(reference.followed.groups),
      window.arrived.groups,
      window.windowMs,
    ).reduce((sum, count) => sum + count, 0);
    const came = window.arrived.groups.reduce((sum, { positives }) => sum + positives, 0);
    expect(came / expected).toBeGreaterThan(0.9);
    expect(came / expected).toBeLessThan(1.1);
  });

  it('weighs a label of ten hours by the share that comes by then: 1 - 1/e', () => {
    const { positives } = shareArrived(labelArrival(reference.followed.groups), 10 * HOUR);
    expect(positives).toBeCloseTo(1 - Math.exp(-1), 1);
  });
});
