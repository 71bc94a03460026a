import { defineDetector } from '../define-detector.ts';
import { effectiveCells, microAccuracy } from '../maths/class-scores.ts';
import { countNamed, estimateClasses } from '../maths/estimated-classes.ts';
import { logitInterval } from '../maths/logit.ts';
import type { Mean } from '../maths/probability-score.ts';
import { sayNumber, sayShare } from '../say.ts';
import { atLeast } from '../settings.ts';
import { classesSpeakForAll, classSettings } from './class-accuracy.ts';
import { toleratedDrop } from './labels-needed.ts';
import { noiseOfMean } from './noisy-mean.ts';

/**
 * What share of a multiclass model's answers will turn out right, from its probabilities alone: confidence-based estimation,
 * each class against the others, with what a probability stands for learned on the reference's labels. It sees what moves the
 * probabilities; it cannot see that the same ones have come to mean something else. Interval: normal on log-odds, of the
 * window and of the reference.
 */
export const estimatedAccuracy = defineDetector({
  name: 'estimated_accuracy',
  title: 'Share of right answers that the probabilities of a multiclass model promise before any label has come (CBPE)',
  kind: 'accuracy',
  subject: 'model',
  needs: 'confusion_forecast',
  values: 'any',
  comparesWithReference: true,
  fails: 'below',
  failsWhen: 'it lies more than `drop` below the share of the reference, and by more than sampling noise with `chance`',
  headline: { happened: 'is expected to lose accuracy' },
  statistic: 'the estimated share of right answers',
  say: sayShare,
  settings: {
    drop: toleratedDrop(0.05, 'the share'),
    minimum_count: atLeast(1000, 'predictions with probabilities'),
    minimum_labels: {
      ...atLeast(200, 'labels'),
      meaning: 'labels that the reference must hold, to learn from what a probability stands for',
    },
    chance: classSettings.chance,
  },
  requires: ({ classes }, { minimum_count: need }) => [
    { what: 'predictions with probabilities', have: countNamed(classes), need },
  ],
  measure(reference, window, { drop, chance, minimum_labels: need }) {
    const labels = effectiveCells(reference.cells);
    if (!(labels >= need)) {
      return { insufficient: `the reference holds only ${Math.floor(labels)} labels, ${need} are needed` };
    }
    const before = { ...microAccuracy(reference.cells), size: labels };
    const { accuracy, macroF1, macroAuc, predictions, calibrated } = estimateClasses(reference, window);
    const ofAll = classesSpeakForAll(reference) ? before.value : estimateClasses(reference, reference).accuracy.value;
    return {
      statistic: accuracy.value,
      limit: ofAll - Math.max(drop, noiseOfMean(before, predictions, chance)),
      seen: `the reference has ${sayShare(before.value)} on its labels${ofAll === before.value ? '' : `, which promise ${sayNumber(ofAll)} of all its predictions`}`,
      interval: logitInterval(accuracy.value, accuracy.standardError),
      details: {
        reference: before.value,
        ...(ofAll !== before.value && { reference_of_all: ofAll }),
        predictions,
        calibrated_classes: calibrated,
        ...withInterval('macro_f1', macroF1),
        ...(macroAuc && withInterval('macro_roc_auc', macroAuc)),
      },
    };
  },
});

function withInterval(name: string, { value, standardError }: Mean): Record<string, number> {
  const [low, high] = logitInterval(value, standardError);
  const all = { [name]: value, [`${name}_low`]: low, [`${name}_high`]: high };
  return Object.fromEntries(Object.entries(all).filter(([, number]) => Number.isFinite(number)));
}
