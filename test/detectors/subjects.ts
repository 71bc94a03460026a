import type { Detector } from '../../detectors/detector.ts';
import type { BudgetSeries, Need, SummaryByNeed } from '../../detectors/terms.ts';
import { durationsOf, histogramOf, normal, outcomesOf, randomFrom, times } from './samples.ts';

/** What every detector is tried with, by what it needs. */
export interface Trial<N extends Need> {
  readonly usual: SummaryByNeed[N];
  /** Grossly wrong, in a way that every detector of this need must see. */
  readonly shifted: SummaryByNeed[N];
  readonly tooLittle: SummaryByNeed[N];
  readonly empty: SummaryByNeed[N];
}

const MINUTE = 60_000;
const random = randomFrom(20_261);
const amounts = times(5000, () => Math.exp(3 + normal(random)));
const scored = times(5000, (at) => ({ positive: at % 10 === 0, score: normal(random) + (at % 10 === 0 ? 2.5 : 0) }));

function series(badShare: number, perMinute: number): BudgetSeries {
  const asOf = 4320 * MINUTE;
  const points = times(4320, (at) => ({
    from: at * MINUTE,
    to: (at + 1) * MINUTE,
    total: perMinute,
    bad: perMinute * badShare,
  }));
  return { asOf, points };
}

export const trials: { readonly [N in Need]: Trial<N> } = {
  histogram: {
    usual: histogramOf([...amounts, null]),
    shifted: histogramOf([...amounts.map((amount) => amount * 10_000), ...times(3000, () => null)]),
    tooLittle: histogramOf(amounts.slice(0, 19)),
    empty: histogramOf([]),
  },
  durations: {
    usual: durationsOf(amounts),
    shifted: durationsOf(amounts.map((amount) => amount * 100)),
    tooLittle: durationsOf(amounts.slice(0, 19)),
    empty: durationsOf([]),
  },
  outcomes: {
    usual: outcomesOf(scored),
    shifted: outcomesOf(scored.map(({ positive, score }) => ({ positive, score: -score }))),
    tooLittle: outcomesOf(scored.slice(0, 200)),
    empty: outcomesOf([]),
  },
  budget: {
    usual: series(0.002, 100),
    shifted: series(0.5, 100),
    tooLittle: { asOf: 10 * MINUTE, points: [{ from: 0, to: 10 * MINUTE, total: 19, bad: 19 }] },
    empty: { asOf: 0, points: [] },
  },
};

const texts = amounts.map((amount) => amount.toFixed(0));
const regions = times(5000, (at) => ['EU', 'US', 'UK', 'JP'][at % 4] ?? '');

/** Where a detector looks at what others of its need do not see. */
const own: Readonly<Record<string, Partial<Trial<Need>>>> = {
  constant: { shifted: histogramOf(times(5000, () => 7)) },
  type_change: { shifted: histogramOf(texts) },
  unseen_share: {
    usual: histogramOf(regions),
    shifted: histogramOf(regions.map((region) => (region === 'EU' ? 'ZZ' : region))),
    tooLittle: histogramOf(regions.slice(0, 19)),
  },
};

export function trialOf(detector: Detector): Trial<Need> {
  return { ...trials[detector.needs], ...own[detector.name] };
}
