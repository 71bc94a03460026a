import { defineDetector } from '../define-detector.ts';
import { ddm as fold } from '../maths/ddm.ts';
import { normalQuantile } from '../maths/special.ts';
import { sayRatio } from '../say.ts';
import { MOST_POINTS, measureShares, pointsNeeded, seriesSettings } from './measure-series.ts';

/** DDM over a share of records: each step counts with its records. Meant for errors that come one by one: where the share varies from step to step by more than sampling, it fires too often. */
export const ddm = defineDetector({
  name: 'ddm',
  title: 'When a share of records rose above the least that it has been (DDM)',
  kind: 'drift',
  subject: 'series',
  needs: 'series',
  values: 'any',
  onRequest: true,
  comparesWithReference: false,
  fails: 'above',
  failsWhen:
    'the share so far rose by more than `width` standard deviations above its least, in the newest `recent` points',
  statistic: 'the rise over what DDM allows',
  say: sayRatio,
  settings: {
    width: {
      default: 3,
      unit: 'deviations',
      meaning: 'standard deviations above the least share at which it fires',
      range: [1, 100],
    },
    ...seriesSettings,
  },
  // The mean so far less that at its least is normal, within the deviation of the least, which is chosen.
  atChance: (chance, { width }) => ({ width: Math.max(width, 1 - normalQuantile(chance / MOST_POINTS)) }),
  requires: pointsNeeded,
  measure: (window, settings) =>
    measureShares(
      window,
      (shares, counts) => fold(shares, { minimum: settings.minimum_points, width: settings.width }, counts),
      settings,
    ),
});
