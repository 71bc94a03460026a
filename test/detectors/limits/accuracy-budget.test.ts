import { describe, expect, it } from 'vitest';
import { modelSettings } from '../../../daemon/config/config.ts';
import { judge, recompute, type Place, type Summaries, type Trial } from '../../../daemon/watch/judge.ts';
import { variationOf } from '../../../daemon/watch/own-variations.ts';
import { findingOf, rule } from '../../../daemon/watch/rule.ts';
import { detectors } from '../../../detectors/find-detector.ts';
import { chanceOfWindow } from '../../../detectors/limits/alarm-budget.ts';
import { isRuled } from '../../../detectors/limits/judge-under.ts';
import { scaleOf } from '../../../detectors/limits/scale-of.ts';
import type { OwnVariation } from '../../../detectors/limits/own-variation.ts';
import { ALL, type Outcomes, type ScoredOutcome } from '../../../detectors/terms.ts';
import { normal, randomFrom, times } from '../samples.ts';

const DAY = 86_400_000;
const START = Date.UTC(2026, 0, 5);
const REFERENCE = 28;
const LEVELS = 60;
const settings = modelSettings.parse({ accuracy_window: '1d' });

it('every detector that compares with a reference, and is no chart, is part of the control', () => {
  const left = detectors.filter((detector) => !isRuled(detector) && detector.atChance === undefined);
  expect(left.map(({ name }) => name)).toEqual(['burn_rate']);
});

describe('harm', () => {
  it('grows as a share falls or an amount grows, and leads back to the statistic', () => {
    const share = scaleOf({ level: 'share', fails: 'below' });
    expect(share.harmOf(0.9)).toBeCloseTo(1 / 9, 12);
    expect(share.statisticOf(share.harmOf(0.83))).toBeCloseTo(0.83, 12);
    const told = scaleOf({ level: 'share', fails: 'above' });
    expect(told.harmOf(0.75)).toBeCloseTo(3, 12);
    expect(told.statisticOf(3)).toBeCloseTo(0.75, 12);
    expect([0, 1].map((statistic) => Number.isFinite(share.harmOf(statistic)))).toEqual([true, true]);
    expect(scaleOf({ level: 'amount', fails: 'above' }).harmOf(0.2)).toBe(0.2);
  });
});

/** A day of matured labels; scores tell positives apart by `separation`, which is a little another one each day. */
function dayOf(random: () => number, count: number, separation: number): Outcomes {
  const groups = times(LEVELS, (): [number, number] => [0, 0]);
  for (let at = 0; at < count; at++) {
    const positive = random() < 0.2;
    const score = 1 / (1 + Math.exp(1.4 - (normal(random) + (positive ? separation : 0))));
    groups[Math.floor(score * LEVELS)]![positive ? 0 : 1]++;
  }
  return outcomesOf(groups);
}

function outcomesOf(groups: readonly (readonly [number, number])[]): Outcomes {
  const value = (positives: number, negatives: number) => ({
    positives: 20 * positives,
    negatives: 20 * negatives,
    positiveSquares: 400 * positives,
    negativeSquares: 400 * negatives,
  });
  const outcomes = groups.flatMap(([positives, negatives], at): ScoredOutcome[] =>
    positives + negatives === 0
      ? []
      : [{ score: (at + 0.5) / LEVELS, positives, negatives, value: value(positives, negatives) }],
  );
  const labelled = groups.flat().reduce((sum, count) => sum + count, 0);
  return { predictions: labelled, mature: labelled, labelled, threshold: 0.5, outcomes };
}

function together(days: readonly Outcomes[]): Outcomes {
  const groups = times(LEVELS, (): [number, number] => [0, 0]);
  for (const { score, positives, negatives } of days.flatMap(({ outcomes }) => outcomes)) {
    groups[Math.floor(score * LEVELS)]![0] += positives;
    groups[Math.floor(score * LEVELS)]![1] += negatives;
  }
  return outcomesOf(groups);
}

/** A model of two slices whose accuracy wobbles by itself from day to day, more than sampling noise does. */
function openModel(seed: number, wobble: number) {
  const random = randomFrom(seed);
  const slices = [ALL, 'region=EU'];
  const draw = (count: number, fall = 0) =>
    slices.map(() => dayOf(random, count, 1.6 + wobble * normal(random) - fall));
  const days = times(REFERENCE, () => draw(4000));
  const summariesOf = (outcomes: readonly Outcomes[]): Summaries => ({
    features: [],
    scores: [],
    operations: [],
    budgets: [],
    outcomes: slices.map((slice, at) => ({ version: 'v1', slice, subject: '', summary: outcomes[at]! })),
  });
  const expected = summariesOf(slices.map((_, at) => together(days.map((day) => day[at]!))));
  const known = new Map<string, OwnVariation | null>();
  const variationFor = (trial: Trial): OwnVariation | null => {
    const key = `${trial.detector.name} ${trial.at}`;
    const chunks = new Map(days.map((day, at) => [at, day[slices.indexOf(trial.judged.slice)]!]));
    const found = known.get(key) ?? variationOf(trial, chunks, START, DAY, REFERENCE);
    known.set(key, found);
    return found;
  };
  return {
    judgeDay(day: number, pagesAWeek: number, { fall = 0, count = 4000, learned = true } = {}) {
      const from = START + (REFERENCE + day) * DAY;
      const place: Place = {
        model: 'made up',
        window: { from, to: from + DAY },
        reference: { from: START, to: START + REFERENCE * DAY },
        judgedAt: from + DAY,
        final: true,
        chance: chanceOfWindow(pagesAWeek, DAY, true, 'accuracy'),
      };
      const trials = judge(place, settings, summariesOf(draw(count, fall)), expected);
      return rule(place, trials, learned ? variationFor : () => null).map(findingOf);
    },
  };
}

const failed = (judged: ReturnType<ReturnType<typeof openModel>['judgeDay']>): boolean =>
  judged.some(({ finding }) => finding.state === 'fail');

describe('accuracy keeps the false-alarm budget', () => {
  const [MODELS, DAYS, BUDGET] = [6, 40, 1];
  const expected = MODELS * DAYS * chanceOfWindow(BUDGET, DAY, true, 'accuracy');
  /** What a budget that is kept comes to, with the scatter of a count. */
  const allowed = expected + 2 * Math.sqrt(expected);

  it.each([
    ['as many labels as in the reference', 4000],
    ['a quarter as many', 1000],
  ])(`over ${MODELS} x ${DAYS} days of a model that wobbles by itself: %s`, (_, count) => {
    let [pages, unlearned] = [0, 0];
    for (let model = 0; model < MODELS; model++) {
      const { judgeDay } = openModel(100 + model, 0.15);
      for (let day = 0; day < DAYS; day++) {
        if (failed(judgeDay(day, BUDGET, { count }))) pages++;
        if (failed(judgeDay(day, BUDGET, { count, learned: false }))) unlearned++;
      }
    }
    expect(expected).toBeGreaterThan(4);
    expect(pages).toBeLessThanOrEqual(allowed);
    // The same without what the reference does by itself: sampling noise alone does not hold it.
    if (count === 4000) expect(unlearned).toBeGreaterThan(allowed);
  });

  it('and a model that loses half of what it tells apart is found on the first day', () => {
    const found = times(10, (at) => openModel(300 + at, 0.15).judgeDay(0, 0.1, { fall: 0.8 }));
    expect(found.filter(failed)).toHaveLength(10);
    const named = found.flat().filter(({ finding }) => finding.state === 'fail');
    expect(named.filter(({ finding }) => finding.detector === 'roc_auc').length).toBeGreaterThan(10);
    for (const judged of named) {
      expect(judged.finding.details?.['p_value']).toBeLessThan(0.01);
      expect(recompute(judged)).toEqual(judged.finding);
    }
    expect(named.find(({ finding }) => finding.detector === 'roc_auc')!.finding.reason).toMatch(
      /below the limit of 0\.\d+( \(the reference itself varies as far from window to window\))?; it was/,
    );
  });
});
