import { defineDetector } from '../define-detector.ts';
import { cusum as fold } from '../maths/cusum.ts';
import { cusumThreshold } from '../maths/cusum-threshold.ts';
import { sayRatio } from '../say.ts';
import { measureSeries, pointsNeeded, seriesSettings } from './measure-series.ts';
import { standardise } from './standardise.ts';

/** Tabular CUSUM over a series in standard deviations of the reference, seasons taken out. k = 0.5 and h = 10 give a false alarm in 70,000 points of noise (Siegmund 1985), and find a shift of one deviation within about 20. */
export const cusum = defineDetector({
  name: 'cusum',
  title: 'When the level of a stored series left that of the reference (CUSUM chart, two-sided)',
  kind: 'drift',
  subject: 'series',
  needs: 'series',
  values: 'any',
  onRequest: true,
  comparesWithReference: true,
  fails: 'above',
  failsWhen: 'the sum of deviations beyond `slack` passed `threshold` in the newest `recent` points',
  statistic: 'CUSUM over its threshold',
  say: sayRatio,
  settings: {
    slack: { default: 0.5, unit: 'deviations', meaning: 'half the shift that is to be found: k', range: [0.05, 10] },
    threshold: { default: 10, unit: 'deviations', meaning: 'sum of deviations at which it fires: h', range: [1, 1000] },
    ...seriesSettings,
  },
  requires: pointsNeeded,
  atChance: (chance, { slack, threshold }) => ({
    threshold: Math.max(threshold, cusumThreshold(chance, slack)),
  }),
  measure(reference, window, settings) {
    const values = standardise(reference, window);
    const folded =
      values && fold(values, { mean: 0, deviation: 1, slack: settings.slack, threshold: settings.threshold });
    return measureSeries(window, folded, settings);
  },
});
