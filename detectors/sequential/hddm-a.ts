import { defineDetector } from '../define-detector.ts';
import { hddmA as fold } from '../maths/hddm-a.ts';
import { sayRatio } from '../say.ts';
import { MOST_POINTS, measureShares, pointsNeeded, seriesSettings } from './measure-series.ts';

/** HDDM-A over a share of records: each step counts with its records. Where the share varies from step to step by more than sampling, it fires too often. */
export const hddmA = defineDetector({
  name: 'hddm_a',
  title: "When a share of records changed, by Hoeffding's bound on means (HDDM-A, two-sided)",
  kind: 'drift',
  subject: 'series',
  needs: 'series',
  values: 'any',
  onRequest: true,
  comparesWithReference: false,
  fails: 'above',
  failsWhen: 'the mean differs from that up to some cut by more than chance allows, in the newest `recent` points',
  statistic: 'the change over what HDDM-A allows',
  say: sayRatio,
  settings: {
    chance: { default: 1e-6, unit: 'probability', meaning: 'chance of a false alarm at a point', range: [1e-12, 0.5] },
    ...seriesSettings,
  },
  requires: pointsNeeded,
  // The bound is for one cut, and the cut is chosen.
  atChance: (chance, { chance: set }) => ({ chance: Math.min(set, chance / MOST_POINTS) }),
  measure: (window, settings) =>
    measureShares(
      window,
      (shares, counts) => fold(shares, { chance: settings.chance, twoSided: true }, counts),
      settings,
    ),
});
