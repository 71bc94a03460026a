import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { earlyAccuracy, estimatedAccuracy, estimatedAccuracyError } from '../../../detectors/all.ts';
import { microAccuracy } from '../../../detectors/maths/class-scores.ts';
import { estimateClasses } from '../../../detectors/maths/estimated-classes.ts';
import { expectedOutcomes } from '../../../detectors/maths/expected-outcomes.ts';
import type { Confusions, Judgement, Promised, ScoredOutcome } from '../../../detectors/terms.ts';
import { defaultsOf, times } from '../samples.ts';
import { confusionsOf, drawClasses } from './multiclass-world.ts';

interface Rows {
  readonly score: readonly (readonly number[])[];
  readonly label: readonly number[];
}
type Figures = Readonly<Record<'accuracy' | 'macro_f1' | 'macro_roc_auc', number>>;

/** Known answers that `test/golden/multiclass-estimates.py` made with scikit-learn, by NannyML's definition. */
const known: {
  readonly reference: Rows;
  readonly window: Rows;
  readonly estimated: Figures;
  readonly as_they_are: Figures;
  readonly nannyml: Figures;
} = JSON.parse(readFileSync(new URL('../../golden/multiclass-estimates.json', import.meta.url), 'utf8'));

const of = ({ score, label }: Rows, isKnown: boolean): Confusions =>
  confusionsOf(score.map((scores, at) => ({ scores, label: isKnown ? label[at] : undefined })));

function expectFigures(found: ReturnType<typeof estimateClasses>, answer: Figures, digits: number): void {
  expect(found.accuracy.value).toBeCloseTo(answer.accuracy, digits);
  expect(found.macroF1.value).toBeCloseTo(answer.macro_f1, digits);
  expect(found.macroAuc?.value).toBeCloseTo(answer.macro_roc_auc, digits);
}

describe('what probabilities of classes promise agrees with scikit-learn, by the definition of CBPE', () => {
  it('calibrated on a reference, and less what it is wrong by there', () => {
    const found = estimateClasses(of(known.reference, true), of(known.window, false));
    expect(found).toMatchObject({ predictions: 400, calibrated: 3 });
    expectFigures(found, known.estimated, 10);
  });

  it('as they are, where a reference of which they are right shows that they need no calibration', () => {
    const window = of(known.window, false);
    const keepPromises = (all: readonly ScoredOutcome[]) => expectedOutcomes(all, (score) => score);
    const classes = window.classes.map(({ name, outcomes, named }) => {
      return { name, outcomes: keepPromises(outcomes), named: keepPromises(named) };
    });
    const found = estimateClasses({ ...window, classes }, window);
    expect(found.calibrated).toBe(0);
    expectFigures(found, known.as_they_are, 10);
    expectFigures(found, known.nannyml, 7);
  });
});

const WINDOW = 3000;
const reference = confusionsOf(drawClasses(6000, 1));
const waiting = (seed: number, world = {}): { readonly ahead: Confusions; readonly matured: Confusions } => {
  const all = drawClasses(WINDOW, seed, world);
  return { ahead: confusionsOf(all.map(({ scores }) => ({ scores }))), matured: confusionsOf(all) };
};
const estimate = (window: Confusions): Judgement =>
  estimatedAccuracy.judge(reference, window, defaultsOf(estimatedAccuracy));
const scoreEstimate = (window: Confusions): Judgement =>
  estimatedAccuracyError.judge(reference, window, defaultsOf(estimatedAccuracyError));
const promiseOf = ({ statistic, interval }: Judgement): Promised => ({
  value: statistic!,
  interval: interval!,
  window: { from: 0, to: 1 },
  judgedAt: 1,
  finding: 'f',
});

describe('the estimated share of right answers', () => {
  it('raises no alarm in 200 windows in which nothing is wrong, and comes true within its interval in nine of ten', () => {
    let within = 0;
    for (const seed of times(200, (at) => 100 + at)) {
      const { ahead, matured } = waiting(seed);
      const promised = estimate(ahead);
      expect(promised.state).toBe('pass');
      const scored = scoreEstimate({ ...matured, promised: promiseOf(promised) });
      expect(scored).toMatchObject({ state: 'pass', details: { estimate: 'as published' } });
      const { value } = microAccuracy(matured.cells);
      if (value >= promised.interval![0] && value <= promised.interval![1]) within++;
    }
    expect(within).toBeGreaterThanOrEqual(180);
  });

  it('falls where the classes are harder to tell apart, before any label has come, to what comes true', () => {
    for (const seed of times(20, (at) => 400 + at)) {
      const { ahead, matured } = waiting(seed, { spread: 0.8 });
      const promised = estimate(ahead);
      expect(promised.state).toBe('fail');
      expect(Math.abs(promised.statistic! - microAccuracy(matured.cells).value)).toBeLessThan(0.03);
      expect(scoreEstimate({ ...matured, promised: promiseOf(promised) }).state).toBe('pass');
    }
  });

  it('cannot see labels that no longer follow the probabilities; its error does, in each of 20 windows', () => {
    for (const seed of times(20, (at) => 500 + at)) {
      const { ahead, matured } = waiting(seed, { broken: 0.4 });
      const promised = estimate(ahead);
      expect(promised.state).toBe('pass');
      const scored = scoreEstimate({ ...matured, promised: promiseOf(promised) });
      expect(scored.state).toBe('fail');
      expect(scored.reason).toMatch(/; 0\.\d+ was promised and 0\.\d+ came true$/);
      expect(Number(scored.details?.['estimated_macro_roc_auc'])).toBeGreaterThan(
        Number(scored.details?.['realised_macro_roc_auc']) + 0.05,
      );
    }
  });

  it('moves to the predictions that have a label, where it is not known for what these stand', () => {
    const all = drawClasses(WINDOW, 7);
    // Only sure answers are ever checked.
    const some = confusionsOf(all.map((one) => (Math.max(...one.scores) >= 0.7 ? one : { scores: one.scores })));
    const promised = estimate(confusionsOf(all.map(({ scores }) => ({ scores }))));
    const scored = scoreEstimate({ ...some, promised: promiseOf(promised) });
    expect(microAccuracy(some.cells).value - promised.statistic!).toBeGreaterThan(0.1);
    expect(scored.state).toBe('pass');
    expect(scored.reason).toMatch(/was promised, 0\.\d+ of the predictions that have a label, and/);
  });

  it('needs 1,000 predictions with probabilities, and 200 labels of the reference', () => {
    const few = confusionsOf(drawClasses(900, 8).map(({ scores }) => ({ scores })));
    expect(estimate(few).reason).toMatch(/holds only 900 predictions with probabilities, 100 more are needed/);
    const little = estimatedAccuracy.judge(
      confusionsOf(drawClasses(1500, 9).map((one, at) => (at < 150 ? one : { scores: one.scores }))),
      waiting(10).ahead,
      defaultsOf(estimatedAccuracy),
    );
    expect(little.reason).toBe('the reference holds only 150 labels, 200 are needed');
  });
});

describe('the early share of right answers', () => {
  const early = (window: Confusions): Judgement => earlyAccuracy.judge(reference, window, defaultsOf(earlyAccuracy));
  const come = (seed: number, world = {}): Confusions =>
    confusionsOf(drawClasses(WINDOW, seed, world).map((one, at) => (at % 3 === 0 ? one : { scores: one.scores })));

  it('raises no alarm in 200 windows of which a third of the labels came, and finds two fifths redrawn in each of 20', () => {
    expect(times(200, (at) => early(come(700 + at)).state)).toEqual(Array(200).fill('pass'));
    expect(times(20, (at) => early(come(900 + at, { broken: 0.4 })).state)).toEqual(Array(20).fill('fail'));
  });
});
