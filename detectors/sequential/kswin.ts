import { defineDetector } from '../define-detector.ts';
import { kswin as fold } from '../maths/kswin.ts';
import { sayRatio } from '../say.ts';
import { measureSeries, pointsNeeded, seriesSettings } from './measure-series.ts';
import { standardise } from './standardise.ts';

/** KSWIN over a series, seasons taken out: the newest points against the older ones of a sliding window, which are taken evenly spaced and not at random. */
export const kswin = defineDetector({
  name: 'kswin',
  title: 'When the distribution of a stored series changed, its spread too (KSWIN)',
  kind: 'drift',
  subject: 'series',
  needs: 'series',
  values: 'any',
  onRequest: true,
  comparesWithReference: true,
  fails: 'above',
  failsWhen: 'the newest points differ from the older ones with a p of `chance` or less, in the newest `recent` points',
  statistic: 'the Kolmogorov-Smirnov distance of the newest points over its critical value',
  say: sayRatio,
  settings: {
    chance: { default: 1e-6, unit: 'probability', meaning: 'p at which it fires', range: [1e-12, 0.5] },
    window: { default: 100, unit: 'points', meaning: 'length of the sliding window', range: [30, 10_000] },
    newest: {
      default: 30,
      unit: 'points',
      meaning: 'points at its end that are compared with the others',
      range: [10, 1000],
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
        window: Math.max(settings.window, 2 * settings.newest),
        newest: settings.newest,
      });
    return measureSeries(window, folded, settings);
  },
});
