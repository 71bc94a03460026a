import type { Detector } from '../../detectors/detector.ts';
import type {
  AgeGroup,
  BudgetSeries,
  Confusions,
  LabelFlow,
  Need,
  Outcomes,
  Residuals,
  Series,
  SummaryByNeed,
} from '../../detectors/terms.ts';
import { confusionsOf as confusionsOfAll, drawClasses } from './accuracy/multiclass-world.ts';
import { durationsOf, histogramOf, labelBinsOf, normal, outcomesOf, randomFrom, times, sampleOf } from './samples.ts';

/** What every detector is tried with, by what it needs. */
export interface Trial<N extends Need> {
  readonly usual: SummaryByNeed[N];
  /** Grossly wrong, in a way that every detector of this need must see. */
  readonly shifted: SummaryByNeed[N];
  readonly tooLittle: SummaryByNeed[N];
  readonly empty: SummaryByNeed[N];
}

const MINUTE = 60_000;
const random = randomFrom(20_261);
const amounts = times(5000, () => Math.exp(3 + normal(random)));
const scored = times(5000, (at) => {
  const positive = at % 10 === 0;
  return { positive, score: Math.round(400 / (1 + Math.exp(3 - normal(random) - (positive ? 2.5 : 0)))) / 400 };
});

/** Matured labels of a model with a threshold, and with 20 at stake in each prediction. */
function withValue(outcomes: Outcomes): Outcomes {
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

function residualsOf(errors: readonly number[]): Residuals {
  const { length } = errors;
  return {
    predictions: length,
    mature: length,
    labelled: length,
    labels: labelBinsOf(errors),
    errors: errors
      .map((error, at) => ({
        score: at % 100,
        count: 1,
        unknown: 0,
        moments: [1, error, Math.abs(error), error ** 2] as const,
        squares: [1, error, Math.abs(error), error ** 2, error ** 4] as const,
      }))
      .sort((one, other) => one.score - other.score),
  };
}

/** Where predictions are harder the larger they are; a forecast is of predictions without labels. */
function forecastOf(count: number, largest: number): Residuals {
  const errors = times(count, (at) => ((at % 100) / 10) * normal(random));
  const known = residualsOf(errors);
  if (largest === 0) return known;
  return { ...known, errors: known.errors.map((group) => ({ ...group, score: largest })) };
}

function confusionsOf(count: number, right: number): Confusions {
  const classes = ['card', 'cash', 'debit'];
  const cells = classes.flatMap((actual) =>
    classes.map((predicted) => {
      const cell = Math.round((count / 3) * (actual === predicted ? right : (1 - right) / 2));
      const moved = right < 0.5 && actual === 'card' ? cell * 3 : cell;
      return { predicted, actual, count: moved, weight: moved, weightSquares: moved };
    }),
  );
  return {
    predictions: count,
    mature: count,
    labelled: count,
    cells,
    classes: classes.map((name) => {
      const outcomes = times(20, (at) => ({
        score: at / 20,
        positives: Math.round((count / 60) * (right < 0.5 ? 1 - at / 20 : at / 20)),
        negatives: Math.round((count / 30) * (right < 0.5 ? at / 20 : 1 - at / 20)),
      }));
      return { name, outcomes, named: right < 0.5 ? outcomes.slice(0, 10) : outcomes.slice(10) };
    }),
  };
}

function withoutClass(confusions: Confusions, name: string): Confusions {
  return { ...confusions, cells: confusions.cells.filter(({ actual }) => actual !== name) };
}

const HOUR = 3_600_000;

/**
 * Predictions made at a steady pace for 100 hours, one in a thousand of them labelled each hour of its age; and the labels
 * that came in those hours, by the age that their predictions had.
 */
function labelFlowOf(predictions: number, arrived: (hour: number) => number, source: string): LabelFlow {
  const group = (hour: number, count: number, labels: number): AgeGroup => {
    return { age: hour * HOUR, predictions: count, waiting: count, positives: labels / 2, others: labels / 2 };
  };
  const said = { sources: [{ value: source, count: 100 }] };
  const followed = times(100, (hour) => group(hour, hour === 99 ? predictions : 0, predictions / 1000));
  const groups = times(100, (hour) => group(hour, predictions / 100, arrived(hour)));
  return { windowMs: 100 * HOUR, followed: { groups: followed, ...said }, arrived: { groups, ...said } };
}

function series(badShare: number, perMinute: number): BudgetSeries {
  const asOf = 4320 * MINUTE;
  const points = times(4320, (at) => ({
    from: at * MINUTE,
    to: (at + 1) * MINUTE,
    total: perMinute,
    bad: perMinute * badShare,
  }));
  return { asOf, points };
}

/** Four numbers of which the first two go together, around a direction that is turned round with its sign. */
function vector(sign: number): number[] {
  const x = normal(random);
  return [2 * sign + x, 2 * sign + sign * x + normal(random) / 3, normal(random), 3 * sign + normal(random)];
}

/** A share of 0.1 of 1,000 records an hour, and another one in the newest 24 hours. */
function shares(points: number, newest: number): Series {
  const noise = times(points, () => 0.01 * normal(random));
  const level = (at: number): number => (at < points - 24 ? 0.1 : newest);
  return {
    stepMs: 60 * MINUTE,
    unit: 'share',
    points: times(points, (at) => ({ at: at * 60 * MINUTE, value: level(at) + (noise[at] ?? 0), count: 1000 })),
  };
}

export const trials: { readonly [N in Need]: Trial<N> } = {
  histogram: {
    usual: histogramOf([...amounts, null]),
    shifted: histogramOf([...amounts.map((amount) => amount * 10_000), ...times(3000, () => null)]),
    tooLittle: histogramOf(amounts.slice(0, 19)),
    empty: histogramOf([]),
  },
  durations: {
    usual: durationsOf(amounts),
    shifted: durationsOf(amounts.map((amount) => amount * 100)),
    tooLittle: durationsOf(amounts.slice(0, 19)),
    empty: durationsOf([]),
  },
  outcomes: {
    usual: withValue(outcomesOf(scored)),
    shifted: withValue(
      outcomesOf(
        scored.map(({ score }, at) => {
          const positive = at % 10 < 4;
          return { positive, score: positive ? score / 10 : 0.32 - 0.3 * score };
        }),
      ),
    ),
    tooLittle: withValue(outcomesOf(scored.slice(0, 200))),
    empty: outcomesOf([]),
  },
  forecast: {
    usual: withValue(outcomesOf(scored)),
    shifted: withValue(outcomesOf(scored.map(({ positive, score }) => ({ positive, score: 0.5 - score / 100 })))),
    tooLittle: withValue(outcomesOf(scored.slice(0, 200))),
    empty: outcomesOf([]),
  },
  residuals: {
    usual: residualsOf(times(5000, () => normal(random))),
    shifted: residualsOf(times(5000, () => 3 + 4 * normal(random))),
    tooLittle: residualsOf(times(60, () => normal(random))),
    empty: residualsOf([]),
  },
  residual_forecast: {
    usual: forecastOf(5000, 0),
    shifted: forecastOf(5000, 99),
    tooLittle: forecastOf(60, 0),
    empty: residualsOf([]),
  },
  confusions: {
    usual: confusionsOf(6000, 0.8),
    shifted: confusionsOf(6000, 0.1),
    tooLittle: confusionsOf(60, 0.8),
    empty: { predictions: 0, mature: 0, labelled: 0, cells: [], classes: [] },
  },
  confusion_forecast: {
    usual: confusionsOfAll(drawClasses(6000, 1)),
    shifted: confusionsOfAll(drawClasses(6000, 2, { spread: 0.3 })),
    tooLittle: confusionsOfAll(drawClasses(60, 3)),
    empty: { predictions: 0, mature: 0, labelled: 0, cells: [], classes: [] },
  },
  labels: {
    usual: labelFlowOf(10_000, (hour) => 10 - hour / 10, 'bank'),
    shifted: labelFlowOf(100_000, (hour) => (hour > 80 ? 10 : 0), 'nobody'),
    tooLittle: labelFlowOf(40, () => 0, 'bank'),
    empty: labelFlowOf(0, () => 0, 'bank'),
  },
  budget: {
    usual: series(0.002, 100),
    shifted: series(0.5, 100),
    tooLittle: { asOf: 10 * MINUTE, points: [{ from: 0, to: 10 * MINUTE, total: 19, bad: 19 }] },
    empty: { asOf: 0, points: [] },
  },
  series: {
    usual: shares(400, 0.1),
    shifted: shares(400, 0.9),
    tooLittle: shares(9, 0.1),
    empty: { stepMs: 60 * MINUTE, unit: 'share', points: [] },
  },
  sample: {
    usual: sampleOf(times(300, () => vector(1))),
    shifted: sampleOf(times(300, () => vector(-1))),
    tooLittle: sampleOf(times(9, () => vector(1))),
    empty: sampleOf([]),
  },
};

const texts = amounts.map((amount) => amount.toFixed(0));
const decisions = times(5000, (at) => (at % 25 === 0 ? 'decline' : 'approve'));
const regions = times(5000, (at) => ['EU', 'US', 'UK', 'JP'][at % 4] ?? '');

/** Where a detector looks at what others of its need do not see. */
const own: Readonly<Record<string, Partial<Trial<Need>>>> = {
  constant: { shifted: histogramOf(times(5000, () => 7)) },
  type_change: { shifted: histogramOf(texts) },
  decision_drift: {
    usual: histogramOf(decisions),
    shifted: histogramOf(decisions.map((decision, at) => (at % 7 === 0 ? 'decline' : decision))),
    tooLittle: histogramOf(decisions.slice(0, 19)),
  },
  vanished_class: { shifted: withoutClass(trials.confusions.usual, 'debit') },
  early_mae: trials.residuals,
  estimated_accuracy_error: {
    usual: trials.confusion_forecast.usual,
    shifted: confusionsOfAll(drawClasses(6000, 2, { broken: 1 })),
  },
  unseen_share: {
    usual: histogramOf(regions),
    shifted: histogramOf(regions.map((region) => (region === 'EU' ? 'ZZ' : region))),
    tooLittle: histogramOf(regions.slice(0, 19)),
  },
};

export function trialOf(detector: Detector): Trial<Need> {
  return { ...trials[detector.needs], ...own[detector.name] };
}
