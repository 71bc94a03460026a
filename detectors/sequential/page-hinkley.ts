import { defineDetector } from '../define-detector.ts';
import { pageHinkley as fold } from '../maths/page-hinkley.ts';
import { cusumThreshold } from '../maths/cusum-threshold.ts';
import { sayRatio } from '../say.ts';
import { measureSeries, pointsNeeded, seriesSettings } from './measure-series.ts';
import { standardise } from './standardise.ts';

/** Page-Hinkley over a series in standard deviations of the reference, seasons taken out. */
export const pageHinkley = defineDetector({
  name: 'page_hinkley',
  title: 'When the level of a stored series changed (Page-Hinkley test, two-sided)',
  kind: 'drift',
  subject: 'series',
  needs: 'series',
  values: 'any',
  onRequest: true,
  comparesWithReference: true,
  fails: 'above',
  failsWhen: 'the sum of deviations from the running mean passed `threshold` in the newest `recent` points',
  statistic: 'the Page-Hinkley statistic over its threshold',
  say: sayRatio,
  settings: {
    delta: {
      default: 0.5,
      unit: 'deviations',
      meaning: 'deviation from the running mean that is no change',
      range: [0, 100],
    },
    threshold: {
      default: 15,
      unit: 'deviations',
      meaning: 'sum of deviations at which it fires: lambda',
      range: [1, 10_000],
    },
    keep: {
      default: 0.9999,
      unit: 'share',
      meaning: 'what the sum keeps from one point to the next: alpha',
      range: [0.5, 1],
    },
    ...seriesSettings,
  },
  requires: pointsNeeded,
  atChance: (chance, { delta, threshold }) => ({
    threshold: Math.max(threshold, cusumThreshold(chance, delta)),
  }),
  measure(reference, window, settings) {
    const values = standardise(reference, window);
    const folded =
      values &&
      fold(values, {
        minimum: settings.minimum_points,
        delta: settings.delta,
        threshold: settings.threshold,
        keep: settings.keep,
      });
    return measureSeries(window, folded, settings);
  },
});
