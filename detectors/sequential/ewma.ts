import { defineDetector } from '../define-detector.ts';
import { ewma as fold } from '../maths/ewma.ts';
import { normalQuantile } from '../maths/special.ts';
import { sayRatio } from '../say.ts';
import { measureSeries, pointsNeeded, seriesSettings } from './measure-series.ts';
import { standardise } from './standardise.ts';

/** EWMA chart over a series in standard deviations of the reference, seasons taken out. */
export const ewma = defineDetector({
  name: 'ewma',
  title: 'When the moving average of a stored series left that of the reference (EWMA chart, two-sided)',
  kind: 'drift',
  subject: 'series',
  needs: 'series',
  values: 'any',
  onRequest: true,
  comparesWithReference: true,
  fails: 'above',
  failsWhen: 'the average passed its control limit in the newest `recent` points',
  statistic: 'the moving average over its control limit',
  say: sayRatio,
  settings: {
    weight: { default: 0.2, unit: 'share', meaning: 'weight of the newest point: lambda', range: [0.01, 1] },
    width: { default: 5, unit: 'deviations', meaning: 'width of the control limits: L', range: [1, 100] },
    ...seriesSettings,
  },
  requires: pointsNeeded,
  // Of all points, those where a normal average lies so far out are more than those where it goes there.
  atChance: (chance, { width }) => ({ width: Math.max(width, -normalQuantile(chance / 2)) }),
  measure(reference, window, settings) {
    const values = standardise(reference, window);
    const folded = values && fold(values, { mean: 0, deviation: 1, weight: settings.weight, width: settings.width });
    return measureSeries(window, folded, settings);
  },
});
