import { ddm, hddmA, hddmW } from '../../../detectors/all.ts';
import { adwin } from '../../../detectors/maths/adwin.ts';
import type { Folded } from '../../../detectors/maths/alarm.ts';
import { ddm as foldDdm } from '../../../detectors/maths/ddm.ts';
import { hddmA as foldHddmA } from '../../../detectors/maths/hddm-a.ts';
import { hddmW as foldHddmW } from '../../../detectors/maths/hddm-w.ts';
import { kswin } from '../../../detectors/maths/kswin.ts';
import { pageHinkley } from '../../../detectors/maths/page-hinkley.ts';
import { defaultsOf, normal, randomFrom, times } from '../../detectors/samples.ts';
import { spreadOf } from '../measure.ts';

/** Shares of bad records, each of `records`. */
type FoldShares = (shares: readonly number[], records: number) => Folded;

const SHARE = 0.05;
const FACTORS = [1.5, 2, 4] as const;
/** Standard deviation of the share from point to point, of the share, where it varies by more than sampling. */
const WOBBLE = 0.1;

const standardised = (shares: readonly number[], records: number): readonly number[] =>
  shares.map((share) => (share - SHARE) / Math.sqrt((SHARE * (1 - SHARE)) / records));

/** With the settings that the detectors have by default. */
const FOLDS: Readonly<Record<string, FoldShares>> = {
  ddm: (shares, records) => {
    const { minimum_points: minimum, width } = defaultsOf(ddm);
    return foldDdm(
      shares,
      { minimum, width },
      shares.map(() => records),
    );
  },
  hddm_a: (shares, records) =>
    foldHddmA(
      shares,
      { chance: defaultsOf(hddmA).chance, twoSided: true },
      shares.map(() => records),
    ),
  hddm_w: weightedBy(defaultsOf(hddmW).weight),
  'hddm_w, weight 0.005': weightedBy(0.005),
  page_hinkley: (shares, records) =>
    pageHinkley(standardised(shares, records), { minimum: 30, delta: 0.5, threshold: 15, keep: 0.9999 }),
  adwin: (shares, records) =>
    adwin(standardised(shares, records), { chance: 1e-5, every: 1, shortest: 5, minimum: 30, afterAlarm: 'forget' }),
  kswin: (shares, records) => kswin(standardised(shares, records), { chance: 1e-6, window: 100, newest: 30 }),
  'dummy: every 100 points': (shares) => ({
    ratios: [],
    alarms: shares.flatMap((_, index) => (index % 100 === 99 ? [{ index, onset: index }] : [])),
  }),
};

function weightedBy(weight: number): FoldShares {
  const { chance } = defaultsOf(hddmW);
  return (shares, records) =>
    foldHddmW(
      shares,
      { chance, weight, twoSided: true },
      shares.map(() => records),
    );
}

/** How series are made: shares of many records a point, as a stored series holds them, or records one by one. */
const KINDS = [
  {
    what: 'points',
    records: 200,
    calm: { series: 50, points: 2000 },
    shifted: { series: 100, before: 300, after: 300 },
  },
  {
    what: 'records one by one',
    records: 1,
    calm: { series: 20, points: 10_000 },
    shifted: { series: 100, before: 3000, after: 3000 },
  },
] as const;

export interface ShareDelays {
  readonly name: string;
  readonly byKind: readonly {
    /** Alarms in 1,000 points in which nothing changes, and in which the share wobbles. */
    readonly falseAlarms: number;
    readonly wobbling: number;
    /** Median points until a share that has grown so many times is found; null where fewer than half were. */
    readonly delays: readonly (number | null)[];
  }[];
}

/** False alarms and delay of the methods that are for shares of records, and beside them of those for any series. */
export function shareDelays(): ShareDelays[] {
  return Object.entries(FOLDS).map(([name, fold]) => ({ name, byKind: KINDS.map((kind) => delaysOf(fold, kind)) }));
}

function delaysOf(fold: FoldShares, { records, calm, shifted }: (typeof KINDS)[number]) {
  const random = randomFrom(7);
  const shareOf = (share: number): number => {
    let bad = 0;
    for (let record = 0; record < records; record++) if (random() < share) bad++;
    return bad / records;
  };
  const alarmsIn = (make: () => number): number => {
    const found = times(calm.series, () => fold(times(calm.points, make), records).alarms.length);
    return (1000 * found.reduce((sum, count) => sum + count, 0)) / (calm.series * calm.points);
  };
  const falseAlarms = alarmsIn(() => shareOf(SHARE));
  const wobbling = alarmsIn(() => shareOf(SHARE * (1 + WOBBLE * normal(random))));
  const delays = FACTORS.map((factor) => {
    const found = times(shifted.series, () => {
      const { before, after } = shifted;
      const series = times(before + after, (at) => shareOf(at < before ? SHARE : factor * SHARE));
      const alarm = fold(series, records).alarms.find(({ index }) => index >= before);
      return alarm === undefined ? Infinity : alarm.index - before + 1;
    });
    const { median } = spreadOf(found);
    return Number.isFinite(median) ? median : null;
  });
  return { falseAlarms, wobbling, delays };
}

/** A table for each kind of series. */
export function describeShares(delays: readonly ShareDelays[]): string {
  return KINDS.flatMap(({ what, records, calm, shifted }, at) => [
    `${at === 0 ? `And of shares, of which ${100 * SHARE} % of ${records} records a point are bad` : `The same with ${what}`}: ${calm.series} series of ${calm.points.toLocaleString('en')} points in which nothing changes, as many in which the share itself varies by ${100 * WOBBLE} % of it from point to point, and of each size ${shifted.series} in which it grows after ${shifted.before.toLocaleString('en')} points.`,
    '',
    `| method, default settings | false alarms in 1,000 points | where the share varies | ${FACTORS.map((factor) => `delay of x${factor}`).join(' | ')} |`,
    `| --- | ---: | ---: | ${FACTORS.map(() => '---:').join(' | ')} |`,
    ...delays.map(({ name, byKind }) => {
      const one = byKind[at]!;
      const cells = one.delays.map((delay) => (delay === null ? 'not found' : `${delay} points`));
      return `| ${name} | ${one.falseAlarms.toFixed(2)} | ${one.wobbling.toFixed(2)} | ${cells.join(' | ')} |`;
    }),
    ...(at + 1 < KINDS.length ? [''] : []),
  ]).join('\n');
}
