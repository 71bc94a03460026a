import { defineDetector } from '../define-detector.ts';
import {
  calibrationBins,
  calibrationError as errorOf,
  calibrationScatter,
  type CalibrationBin,
} from '../maths/calibration-error.ts';
import { calibrationErrorBounds } from '../maths/loss-bounds.ts';
import { areProbabilities } from '../maths/probability-score.ts';
import { normalQuantile } from '../maths/special.ts';
import { sayNumber, sayShare } from '../say.ts';
import { accuracySettings, boundDetails, labelDetails, labelsNeeded } from './labels-needed.ts';

/**
 * Expected calibration error in ten bins of equal count, on matured labels. It is never 0, even of perfect scores: the limit
 * is above what perfect scores show by chance (parametric bootstrap). Interval: bootstrap over the bins.
 */
export const calibrationError = defineDetector({
  name: 'calibration_error',
  title: 'How far the score lies from the share of positives (expected calibration error), on matured labels',
  kind: 'accuracy',
  subject: 'model',
  needs: 'outcomes',
  values: 'any',
  comparesWithReference: true,
  fails: 'above',
  failsWhen:
    'it grew by more than `growth` over the reference, and is above what calibrated scores show by chance with `chance`',
  level: 'amount',
  statistic: 'the expected calibration error',
  say: sayNumber,
  settings: {
    growth: { default: 0.05, unit: 'share', meaning: 'largest growth that is tolerated', range: [0.0001, 1] },
    ...accuracySettings,
  },
  requires: labelsNeeded,
  measure(reference, window, { growth, chance }) {
    if (!areProbabilities(reference.outcomes) || !areProbabilities(window.outcomes)) {
      return { insufficient: 'the scores are no probabilities: some lie outside 0 to 1' };
    }
    const bins = calibrationBins(window.outcomes);
    const scatter = calibrationScatter(bins);
    const before = errorOf(calibrationBins(reference.outcomes));
    const worst = bins.toSorted((one, other) => missedBy(other) - missedBy(one))[0];
    return {
      statistic: errorOf(bins),
      limit: Math.max(before + growth, scatter.mean - normalQuantile(chance) * scatter.standardError),
      seen: `${sayWorst(worst)}it was ${sayNumber(before)} in the reference`,
      interval: scatter.interval,
      details: { reference: before, ...labelDetails(window), ...boundDetails(window, calibrationErrorBounds) },
    };
  },
});

function missedBy({ weight, promised, happened }: CalibrationBin): number {
  return weight * Math.abs(promised - happened);
}

function sayWorst(bin: CalibrationBin | undefined): string {
  if (bin === undefined) return '';
  return `where the score says ${sayShare(bin.promised)}, ${sayShare(bin.happened)} were positive; `;
}
