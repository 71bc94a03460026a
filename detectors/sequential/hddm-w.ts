import { defineDetector } from '../define-detector.ts';
import { hddmW as fold } from '../maths/hddm-w.ts';
import { sayRatio } from '../say.ts';
import { MOST_POINTS, measureShares, pointsNeeded, seriesSettings } from './measure-series.ts';

/**
 * HDDM-W over a share of records: each step counts with its records. It never finds a change below
 * sqrt(weight / (2 - weight) ln(1 / chance) / records), which is 0.04 for 200 records a step and 0.6 for one: a series of
 * single records asks for a smaller weight.
 */
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
    chance: {
      default: 1e-6,
      unit: 'probability',
      meaning:
        'chance of a false alarm at a point, by the bound for one cut; as the cut is chosen, a share of a half fires in up to 1 of 10,000 points at the default',
      range: [1e-12, 0.5],
    },
    weight: {
      default: 0.05,
      unit: 'share',
      meaning:
        'weight of the newest point; no change below sqrt(weight / (2 - weight) ln(1 / chance) / records of a point) is found',
      range: [0.001, 1],
    },
    ...seriesSettings,
  },
  requires: pointsNeeded,
  // The bound is for one cut, and the cut is chosen.
  atChance: (chance, { chance: set }) => ({ chance: Math.min(set, chance / MOST_POINTS) }),
  measure: (window, settings) =>
    measureShares(
      window,
      (shares, counts) => fold(shares, { chance: settings.chance, weight: settings.weight, twoSided: true }, counts),
      settings,
    ),
});
