import { defineDetector } from '../define-detector.ts';
import { adwin as fold } from '../maths/adwin.ts';
import { sayRatio } from '../say.ts';
import { measureSeries, pointsNeeded, seriesSettings } from './measure-series.ts';
import { standardise } from './standardise.ts';

/** ADWIN over a series in standard deviations of the reference, seasons taken out; every cut between buckets is looked at after each point, and what lies before a change is forgotten. */
export const adwin = defineDetector({
  name: 'adwin',
  title: 'When the mean of a stored series changed, at whatever speed (ADWIN, textbook)',
  kind: 'drift',
  subject: 'series',
  needs: 'series',
  values: 'any',
  onRequest: true,
  comparesWithReference: true,
  fails: 'above',
  failsWhen: 'the means before and after some cut differ by more than chance allows, in the newest `recent` points',
  statistic: 'the difference of means over what ADWIN allows',
  say: sayRatio,
  settings: {
    chance: {
      default: 1e-5,
      unit: 'probability',
      meaning: 'chance of a false alarm at a point: delta',
      range: [1e-12, 0.5],
    },
    ...seriesSettings,
  },
  requires: pointsNeeded,
  atChance: (chance, { chance: set }) => ({ chance: Math.min(set, chance) }),
  measure(reference, window, settings) {
    const values = standardise(reference, window);
    const folded =
      values &&
      fold(values, {
        chance: settings.chance,
        every: 1,
        shortest: 5,
        minimum: settings.minimum_points,
        afterAlarm: 'forget',
      });
    return measureSeries(window, folded, settings);
  },
});
