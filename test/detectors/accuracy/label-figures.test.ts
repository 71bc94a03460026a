import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { classDrift } from '../../../detectors/accuracy/class-drift.ts';
import { labelDrift } from '../../../detectors/accuracy/label-drift.ts';
import { labelSources } from '../../../detectors/accuracy/label-sources.ts';
import { macroRocAuc } from '../../../detectors/accuracy/macro-roc-auc.ts';
import { costOfDecisions } from '../../../detectors/maths/decision-cost.ts';
import type { Category, ConfusionCell, Confusions, LabelFlow, Outcomes } from '../../../detectors/terms.ts';
import { defaultsOf, randomFrom, times, weightedOutcomes } from '../samples.ts';
import { selectiveWorld } from './selective-world.ts';

interface Drift<Value> {
  readonly reference: readonly Value[];
  readonly window: readonly Value[];
  readonly reference_weight: readonly number[];
  readonly window_weight: readonly number[];
}
interface NameDrift extends Drift<string> {
  readonly distance: number;
  readonly distance_weighted: number;
}
interface Cost {
  readonly missed: number;
  readonly declined: number;
  readonly share: number;
  readonly standard_error: number;
}

/** Known answers that `test/golden/label-figures.py` made with scikit-learn, SciPy and NumPy. */
const known: {
  readonly macro: {
    readonly names: readonly string[];
    readonly actual: readonly string[];
    readonly scores: readonly (readonly number[])[];
    readonly weight: readonly number[];
    readonly macro_roc_auc: number;
    readonly macro_roc_auc_weighted: number;
  };
  readonly cost: {
    readonly label: readonly number[];
    readonly score: readonly number[];
    readonly value: readonly number[];
    readonly weight: readonly number[];
    readonly threshold: number;
    readonly prices: { readonly missed: number; readonly declined: number };
    readonly plain: Cost;
    readonly weighted: Cost;
  };
  readonly class_drift: NameDrift;
  readonly label_sources: NameDrift;
  readonly label_drift: Drift<number> & {
    readonly shares: readonly [number, number];
    readonly ratio: number;
    readonly shares_weighted: readonly [number, number];
    readonly ratio_weighted: number;
  };
} = JSON.parse(readFileSync(new URL('../../golden/label-figures.json', import.meta.url), 'utf8'));

const ones = (values: readonly unknown[]): readonly number[] => values.map(() => 1);

/** Labels of many classes, of predictions that count by their weights; all were taken for the first class. */
function confusionsOf(actual: readonly string[], weight: readonly number[], classes: Confusions['classes'] = []) {
  const cells = new Map<string, ConfusionCell>();
  for (const [at, name] of actual.entries()) {
    const cell = cells.get(name) ?? { predicted: 'a', actual: name, count: 0, weight: 0, weightSquares: 0 };
    cells.set(name, {
      ...cell,
      count: cell.count + 1,
      weight: cell.weight + weight[at]!,
      weightSquares: cell.weightSquares + weight[at]! ** 2,
    });
  }
  const { length } = actual;
  return { predictions: length, mature: length, labelled: length, cells: [...cells.values()], classes };
}

function categoriesOf(names: readonly string[]): Category[] {
  return [...new Set(names)].map((value) => ({ value, count: names.filter((name) => name === value).length }));
}

describe('macro ROC-AUC agrees with scikit-learn', () => {
  const { names, actual, scores, weight: given } = known.macro;
  it.each([
    ['each prediction counting one', ones(actual), known.macro.macro_roc_auc],
    ['weighted', given, known.macro.macro_roc_auc_weighted],
  ])('%s', (_, weight, answer) => {
    const classes = names.map((name, column) => ({
      name,
      outcomes: weightedOutcomes(
        actual.map((one, at) => ({ score: scores[at]![column]!, positive: one === name, weight: weight[at]! })),
      ),
      named: [],
    }));
    const confusions = confusionsOf(actual, weight, classes);
    const { statistic } = macroRocAuc.judge(confusions, confusions, defaultsOf(macroRocAuc));
    expect(statistic).toBeCloseTo(answer, 12);
  });
});

describe('the cost of wrong decisions agrees with the confusion matrix of scikit-learn, weighted by money', () => {
  const { label, score, value, weight: given, threshold, prices } = known.cost;
  it.each([
    ['each prediction counting one', ones(label), known.cost.plain],
    ['weighted', given, known.cost.weighted],
  ])('%s', (_, weight, answer) => {
    const outcomes = weightedOutcomes(
      label.map((one, at) => ({ score: score[at]!, positive: one === 1, weight: weight[at]!, value: value[at]! })),
    );
    const { missed, declined, share } = costOfDecisions(outcomes, threshold, prices);
    expect(missed).toBeCloseTo(answer.missed, 8);
    expect(declined).toBeCloseTo(answer.declined, 8);
    expect(share.value).toBeCloseTo(answer.share, 12);
    expect(share.standardError).toBeCloseTo(answer.standard_error, 12);
  });
});

describe('the drift of what labels say agrees with NumPy and SciPy', () => {
  const { class_drift: classes, label_sources: sources, label_drift: labels } = known;

  it.each([
    ['each prediction counting one', ones(classes.reference), ones(classes.window), classes.distance],
    ['weighted', classes.reference_weight, classes.window_weight, classes.distance_weighted],
  ])('class_drift, %s', (_, then, now, answer) => {
    const [reference, window] = [confusionsOf(classes.reference, then), confusionsOf(classes.window, now)];
    expect(classDrift.judge(reference, window, defaultsOf(classDrift)).statistic).toBeCloseTo(answer, 12);
  });

  it('label_sources', () => {
    const flowOf = (names: readonly string[]): LabelFlow => {
      const label = { age: 0, predictions: names.length, waiting: 0, positives: names.length, others: 0 };
      const groups = { groups: [label], sources: categoriesOf(names) };
      return { windowMs: 1, followed: groups, arrived: groups };
    };
    const [reference, window] = [flowOf(sources.reference), flowOf(sources.window)];
    expect(labelSources.judge(reference, window, defaultsOf(labelSources)).statistic).toBeCloseTo(sources.distance, 12);
  });

  it.each([
    ['each prediction counting one', ones(labels.reference), ones(labels.window), labels.ratio, labels.shares],
    ['weighted', labels.reference_weight, labels.window_weight, labels.ratio_weighted, labels.shares_weighted],
  ])('label_drift, %s', (_, then, now, ratio, [before, after]) => {
    const stretch = (said: readonly number[], weight: readonly number[]): Outcomes => ({
      predictions: said.length,
      mature: said.length,
      labelled: said.length,
      outcomes: weightedOutcomes(said.map((one, at) => ({ score: 0, positive: one === 1, weight: weight[at]! }))),
    });
    const { statistic, details } = labelDrift.judge(
      stretch(labels.reference, then),
      stretch(labels.window, now),
      defaultsOf(labelDrift),
    );
    expect(statistic).toBeCloseTo(ratio, 12);
    expect(details?.['reference']).toBeCloseTo(before, 12);
    expect(details?.['share']).toBeCloseTo(after, 12);
  });
});

describe('where more of the declined predictions are let through than in the reference, and nothing else changed', () => {
  it('label_drift raises no alarm, in 40 windows', () => {
    const failed = times(40, (run) => {
      const [reference, window] = [selectiveWorld(8000, run + 1), selectiveWorld(8000, run + 101, { letThrough: 0.6 })];
      return labelDrift.judge(reference.seen, window.seen, { ...defaultsOf(labelDrift), limit: 1.1 });
    }).filter(({ state }) => state !== 'pass');
    expect(failed).toEqual([]);
  });

  it('class_drift raises no alarm, in 40 windows', () => {
    const random = randomFrom(8);
    /** Of class b the labels are seen with that chance only. */
    const stretch = (letThrough: number): Confusions => {
      const drawn = times(3000, () => (random() < 0.3 ? 'b' : 'a')).filter(
        (name) => name === 'a' || random() < letThrough,
      );
      return confusionsOf(
        drawn,
        drawn.map((name) => (name === 'b' ? 1 / letThrough : 1)),
      );
    };
    const failed = times(40, () => classDrift.judge(stretch(0.2), stretch(0.8), defaultsOf(classDrift))).filter(
      ({ state }) => state !== 'pass',
    );
    expect(failed).toEqual([]);
  });
});
