import type { Summaries } from '../../../daemon/watch/judge.ts';
import type { Outcomes, Residuals, ScoredErrors } from '../../../detectors/terms.ts';
import { normal, outcomesOf, randomFrom } from '../../detectors/samples.ts';
import { HOUR, type Scene } from './try-detectors.ts';

/** Of the labels a share that no longer follows the score, odds that are so many times the score's, errors that are so many times larger. */
export interface Worse {
  readonly unrelated?: number;
  readonly odds?: number;
  readonly errors?: number;
}

const DAYS_OF_REFERENCE = 14;
const PREDICTIONS = 3000;
const THRESHOLD = 0.3;

/** What a week does to fraud: more of it at the weekend, in less traffic. */
function dayOf(day: number): { readonly traffic: number; readonly odds: number } {
  return day % 7 >= 5 ? { traffic: 0.6, odds: 1.3 } : { traffic: 1, odds: 1 };
}

/** Scores of a calibrated model, whose ROC-AUC is 0.85, and what turned out; days differ by a tenth in how common fraud is. */
export function drawOutcomes(day: number, random: () => number, { unrelated = 0, odds = 1 }: Worse = {}): Outcomes {
  const { traffic, odds: weekly } = dayOf(day);
  const daily = Math.log(weekly) + 0.1 * normal(random);
  const scored = Array.from({ length: Math.round(PREDICTIONS * traffic) }, () => {
    const logit = -2.6 + 1.75 * normal(random) + daily;
    const shown = 1 / (1 + Math.exp(-logit));
    const chance = 1 / (1 + Math.exp(-logit - Math.log(odds)));
    const follows = random() >= unrelated;
    return { score: Math.round(shown * 500) / 500, positive: random() < (follows ? chance : 0.14) };
  });
  return { ...outcomesOf(scored), threshold: THRESHOLD };
}

/** Errors of a regression that are larger for larger values, one group of predictions by tenth of the score. */
export function drawResiduals(day: number, random: () => number, { errors = 1 }: Worse = {}): Residuals {
  const count = Math.round(PREDICTIONS * dayOf(day).traffic);
  const own = 1 + 0.03 * normal(random);
  const groups = new Map<number, ScoredErrors>();
  for (let at = 0; at < count; at++) {
    const score = Math.exp(0.8 * normal(random)) * 10;
    const error = normal(random) * 0.2 * score * own * errors;
    const key = Math.round(4 * Math.log(score));
    const moments = [1, error, Math.abs(error), error ** 2] as const;
    const squares = [...moments.map((one) => one), error ** 4] as unknown as ScoredErrors['squares'];
    const known = groups.get(key);
    groups.set(key, {
      score: Math.exp(key / 4),
      count: (known?.count ?? 0) + 1,
      unknown: 0,
      moments: moments.map((one, place) => one + (known?.moments[place] ?? 0)) as unknown as ScoredErrors['moments'],
      squares: squares.map((one, place) => one + (known?.squares[place] ?? 0)) as unknown as ScoredErrors['squares'],
    });
  }
  const ascending = [...groups.values()].sort((one, other) => one.score - other.score);
  return { predictions: count, mature: count, labelled: count, errors: ascending };
}

const DAY = 24 * HOUR;
const NONE: Summaries = { features: [], scores: [], operations: [], budgets: [], outcomes: [] };
const EVERYWHERE = { version: 'v1', slice: 'all', subject: '' } as const;

function manyDays<Day>(seed: number, draw: (day: number, random: () => number) => Day): Day[] {
  const random = randomFrom(seed);
  return Array.from({ length: DAYS_OF_REFERENCE }, (_, day) => draw(day, random));
}

const LENGTHS = { windowMs: DAY, reference: DAYS_OF_REFERENCE, month: 30, patience: 14 } as const;

/** A classifier whose labels have all come, judged by the day. */
export const classifierScene: Scene<Worse> = {
  ...LENGTHS,
  detectors: ['roc_auc', 'pr_auc', 'recall_at_fpr', 'log_loss', 'brier', 'calibration_error'],
  wrongs: [
    { name: 'ROC-AUC 0.85 to 0.81: 10 % of labels unrelated', injection: { unrelated: 0.1 } },
    { name: 'to 0.77: 25 %', injection: { unrelated: 0.25 } },
    { name: 'to 0.67: half', injection: { unrelated: 0.5 } },
    { name: 'odds x1.5', injection: { odds: 1.5 } },
    { name: 'odds x3', injection: { odds: 3 } },
  ],
  open(seed) {
    const days = manyDays(seed, (day, random) => drawOutcomes(day, random));
    const of = (summary: Outcomes): Summaries => ({ ...NONE, outcomes: [{ ...EVERYWHERE, summary }] });
    const reference = of(together(days));
    return {
      against: () => reference,
      chunksOf: () => days,
      draw: (day, random, wrong) => of(drawOutcomes(day, random, wrong?.injection)),
    };
  },
};

/** A regression whose labels have all come, judged by the day. */
export const regressionScene: Scene<Worse> = {
  ...LENGTHS,
  settings: { kind: 'regression' },
  detectors: ['mae', 'rmse'],
  wrongs: [
    { name: 'errors x1.1', injection: { errors: 1.1 } },
    { name: 'errors x1.3', injection: { errors: 1.3 } },
    { name: 'errors x2', injection: { errors: 2 } },
  ],
  open(seed) {
    const days = manyDays(seed, (day, random) => drawResiduals(day, random));
    const of = (summary: Residuals): Summaries => ({ ...NONE, residuals: [{ ...EVERYWHERE, summary }] });
    const count = days.reduce((sum, { labelled }) => sum + labelled, 0);
    const errors = days.flatMap((day) => day.errors).sort((one, other) => one.score - other.score);
    const reference = of({ predictions: count, mature: count, labelled: count, errors });
    return {
      against: () => reference,
      chunksOf: () => days,
      draw: (day, random, wrong) => of(drawResiduals(day, random, wrong?.injection)),
    };
  },
};

function together(days: readonly Outcomes[]): Outcomes {
  const byScore = new Map<number, { score: number; positives: number; negatives: number }>();
  for (const { score, positives, negatives } of days.flatMap(({ outcomes }) => outcomes)) {
    const known = byScore.get(score) ?? { score, positives: 0, negatives: 0 };
    byScore.set(score, {
      score,
      positives: known.positives + positives,
      negatives: known.negatives + negatives,
    });
  }
  const count = days.reduce((sum, { labelled }) => sum + labelled, 0);
  const outcomes = [...byScore.values()].sort((one, other) => one.score - other.score);
  return { predictions: count, mature: count, labelled: count, threshold: THRESHOLD, outcomes };
}
