import type { ClassOutcomes, Confusions, ScoredOutcome } from '../terms.ts';
import { calibrate } from './calibrate.ts';
import { effectiveSize, sumWeights } from './class-weights.ts';
import { f1Error } from './confusion.ts';
import { estimateAuc, labelledOf } from './estimated-auc.ts';
import { expectedOutcomes, predictionsOf } from './expected-outcomes.ts';
import { LEAST_OF_A_SIDE } from './macro-auc.ts';
import type { Mean } from './probability-score.ts';
import { countClasses } from './roc-auc.ts';

/** What the probabilities of classes promise of labels that nobody knows yet. */
export interface EstimatedClasses {
  /** Share of right answers. */
  readonly accuracy: Mean;
  readonly macroF1: Mean;
  /** Undefined where no class of the reference has ten labels of either side. */
  readonly macroAuc: Mean | undefined;
  /** Predictions that gave probabilities. */
  readonly predictions: number;
  /** Classes whose probabilities were calibrated. */
  readonly calibrated: number;
}

/**
 * Confidence-based estimate for several classes, each against all others (as NannyML): what a probability of a class stands for
 * is learned on the reference, and of the predictions that named a class so many are expected to be right. Less what the same
 * estimate is wrong by on the reference itself, as for two classes. Calibrated probabilities of one prediction are not made to add
 * up to 1 again, which NannyML does: groups by probability, which can be added up, do not tell which belong together.
 * Standard errors are of the window and of the reference; those of classes add up as if they went together.
 * @param countOf which predictions of a group: all of them by default
 */
export function estimateClasses(
  reference: Confusions,
  window: Confusions,
  countOf: (outcome: ScoredOutcome) => number = predictionsOf,
): EstimatedClasses {
  const known = new Map(reference.classes.map((one) => [one.name, one.outcomes]));
  const calibrations = new Map(
    [...known].filter(([, all]) => hasBothSides(all)).map(([name, all]) => [name, calibrate(all)]),
  );
  const expect = (classes: readonly ClassOutcomes[], count: typeof countOf): ClassOutcomes[] =>
    classes.map(({ name, outcomes, named }) => {
      const probabilityOf = calibrations.get(name)?.probabilityOf ?? ((score: number) => score);
      const of = (some: readonly ScoredOutcome[]) => expectedOutcomes(some, probabilityOf, count);
      return { name, outcomes: of(outcomes), named: of(named) };
    });
  const [expected, promised, realised] = [
    figuresOf(expect(window.classes, countOf)),
    figuresOf(expect(reference.classes, labelledOf)),
    figuresOf(reference.classes),
  ];
  const corrected = (of: (figures: Figures) => Mean): Mean => ({
    value: Math.min(1, Math.max(0, of(expected).value - (of(promised).value - of(realised).value))),
    standardError: Math.hypot(of(expected).standardError, of(realised).standardError),
  });
  return {
    accuracy: corrected(({ accuracy }) => accuracy),
    macroF1: corrected(({ macroF1 }) => macroF1),
    macroAuc: meanAuc(known, window.classes, countOf),
    predictions: countNamed(window.classes, countOf),
    calibrated: [...calibrations.values()].filter(({ calibrated }) => calibrated).length,
  };
}

/** Predictions that gave probabilities: each names one class. */
export function countNamed(
  classes: readonly ClassOutcomes[],
  countOf: (outcome: ScoredOutcome) => number = predictionsOf,
): number {
  return classes.reduce((sum, { named }) => sum + named.reduce((all, outcome) => all + countOf(outcome), 0), 0);
}

interface Figures {
  readonly accuracy: Mean;
  readonly macroF1: Mean;
}

/** Accuracy and macro F1 of classes each against the others; a prediction names one class. */
function figuresOf(classes: readonly ClassOutcomes[]): Figures {
  let [right, size, squares] = [0, 0, 0];
  const scores = classes.flatMap(({ outcomes, named }) => {
    const [all, own] = [sumWeights(outcomes), sumWeights(named)];
    right += own.positives;
    size += own.positives + own.negatives;
    squares += own.positiveSquares + own.negativeSquares;
    if (own.negatives + own.positives + all.positives === 0) return [];
    return f1Error({
      truePositives: { weight: own.positives, squares: own.positiveSquares },
      falsePositives: { weight: own.negatives, squares: own.negativeSquares },
      falseNegatives: {
        weight: Math.max(0, all.positives - own.positives),
        squares: Math.max(0, all.positiveSquares - own.positiveSquares),
      },
    });
  });
  const share = right / size;
  return {
    accuracy: { value: share, standardError: Math.sqrt((share * (1 - share)) / effectiveSize(size, squares)) },
    macroF1: meanOf(scores),
  };
}

function meanAuc(
  known: ReadonlyMap<string, readonly ScoredOutcome[]>,
  classes: readonly ClassOutcomes[],
  countOf: (outcome: ScoredOutcome) => number,
): Mean | undefined {
  const measured = classes.flatMap(({ name, outcomes }) => {
    const before = known.get(name);
    return before !== undefined && hasBothSides(before) ? estimateAuc(before, outcomes, countOf) : [];
  });
  return measured.length === 0 ? undefined : meanOf(measured);
}

function meanOf(all: readonly Mean[]): Mean {
  const mean = (what: keyof Mean): number => all.reduce((sum, each) => sum + each[what], 0) / all.length;
  return { value: mean('value'), standardError: mean('standardError') };
}

function hasBothSides(outcomes: readonly ScoredOutcome[]): boolean {
  const { positives, negatives } = countClasses(outcomes);
  return Math.min(positives, negatives) >= LEAST_OF_A_SIDE;
}
