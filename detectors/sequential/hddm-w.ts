import { defineDetector } from '../define-detector.ts';
import { hddmW as fold } from '../maths/hddm-w.ts';
import { sayRatio } from '../say.ts';
import { measureShares, pointsNeeded, seriesSettings } from './measure-series.ts';

/** HDDM-W over a share: each step counts as one value between 0 and 1, so it takes a large change. */
export const hddmW = defineDetector({
  name: 'hddm_w',
  title: "When a share of records changed lately, by McDiarmid's bound on weighted means (HDDM-W, two-sided)",
  kind: 'drift',
  subject: 'series',
  needs: 'series',
  values: 'any',
  onRequest: true,
  comparesWithReference: false,
  fails: 'above',
  failsWhen:
    'the weighted means before and after some cut differ by more than chance allows, in the newest `recent` points',
  statistic: 'the change over what HDDM-W allows',
  say: sayRatio,
  settings: {
    chance: { default: 1e-4, unit: 'probability', meaning: 'chance of a false alarm at a point', range: [1e-12, 0.5] },
    weight: { default: 0.05, unit: 'share', meaning: 'weight of the newest point', range: [0.001, 1] },
    ...seriesSettings,
  },
  requires: pointsNeeded,
  measure: (window, settings) =>
    measureShares(
      window,
      (shares) => fold(shares, { chance: settings.chance, weight: settings.weight, twoSided: true }),
      settings,
    ),
});
