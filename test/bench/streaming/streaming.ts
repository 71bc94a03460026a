import { adwin } from '../../../detectors/maths/adwin.ts';
import type { Folded } from '../../../detectors/maths/alarm.ts';
import { cusum } from '../../../detectors/maths/cusum.ts';
import { ewma } from '../../../detectors/maths/ewma.ts';
import { kswin } from '../../../detectors/maths/kswin.ts';
import { pageHinkley } from '../../../detectors/maths/page-hinkley.ts';
import { normal, randomFrom, times } from '../../detectors/samples.ts';
import type { Bar, Bench, BenchReport } from '../bench.ts';
import { spreadOf } from '../measure.ts';
import { writeMeasured } from '../write-measured.ts';
import { askRiver, type RiverAnswer } from './river.ts';
import { describeShares, shareDelays } from './shares.ts';

type Fold = (values: readonly number[]) => Folded;

/** River's settings, so that both do the same work. */
const RIVER: Readonly<Record<'page_hinkley' | 'adwin' | 'kswin', Fold>> = {
  page_hinkley: (values) => pageHinkley(values, { minimum: 30, delta: 0.005, threshold: 50, keep: 0.9999 }),
  adwin: (values) => adwin(values, { chance: 0.002, every: 32, shortest: 5, minimum: 10, afterAlarm: 'restart' }),
  kswin: (values) => kswin(values, { chance: 0.0001, window: 100, newest: 30 }),
};

/** The settings that detectors have by default, on a series in standard deviations. */
const DEFAULTS: Readonly<Record<string, Fold>> = {
  page_hinkley: (values) => pageHinkley(values, { minimum: 30, delta: 0.5, threshold: 15, keep: 0.9999 }),
  cusum: (values) => cusum(values, { mean: 0, deviation: 1, slack: 0.5, threshold: 10 }),
  ewma: (values) => ewma(values, { mean: 0, deviation: 1, weight: 0.2, width: 5 }),
  adwin: (values) => adwin(values, { chance: 1e-5, every: 1, shortest: 5, minimum: 30, afterAlarm: 'forget' }),
  kswin: (values) => kswin(values, { chance: 1e-6, window: 100, newest: 30 }),
  'dummy: every 100 points': (values) => ({
    ratios: [],
    alarms: values.flatMap((_, index) => (index % 100 === 99 ? [{ index, onset: index }] : [])),
  }),
};

const POINTS = 200_000;
const SHIFTS = [1, 2, 4] as const;
const CALM = { series: 100, points: 2000 } as const;
const SHIFTED = { series: 200, before: 300, points: 500 } as const;

/** Change detectors over series: updates a second beside River, and delay beside false alarms. */
export const streamingBench: Bench = {
  name: 'streaming',
  what: 'change detectors: updates/s beside River where Python is, delay beside false alarms; --write puts the latter into docs/detectors.md (~1 min)',
  async run({ rest, progress }) {
    const random = randomFrom(2026);
    const stream = times(POINTS, (at) => normal(random) + (Math.floor(at / 50_000) % 2));
    progress(`folding ${POINTS.toLocaleString('en')} points`);
    const own = Object.fromEntries(Object.entries(RIVER).map(([name, fold]) => [name, rateOf(fold, stream)]));
    progress('delays and false alarms');
    const delays = Object.entries(DEFAULTS).map(([name, fold]) => delaysOf(name, fold));
    progress('shares');
    const shares = shareDelays();
    const measured = `${describeDelays(delays)}\n\n${describeShares(shares)}`;
    if (rest.includes('--write')) await writeMeasured('streaming', measured);
    progress('River');
    const { figures, ...rates } = report(own, measured, await askRiver(stream, progress));
    return { ...rates, figures: { ...figures, delays, shares } };
  },
};

/** Updates a second, the median of five passes. */
function rateOf(fold: Fold, stream: readonly number[]): number {
  const passes = times(5, () => {
    const start = performance.now();
    fold(stream);
    return (stream.length / (performance.now() - start)) * 1000;
  });
  return spreadOf(passes).median;
}

interface Delays {
  readonly name: string;
  /** Alarms in 1,000 points of noise. */
  readonly falseAlarms: number;
  /** Median points from a shift of so many deviations to the alarm; null where fewer than half were found. */
  readonly delays: readonly (number | null)[];
}

function delaysOf(name: string, fold: Fold): Delays {
  const random = randomFrom(7);
  const calm = times(CALM.series, () => fold(times(CALM.points, () => normal(random))).alarms.length);
  const falseAlarms = (1000 * calm.reduce((sum, count) => sum + count, 0)) / (CALM.series * CALM.points);
  const delays = SHIFTS.map((shift) => {
    const found = times(SHIFTED.series, () => {
      const series = times(SHIFTED.points, (at) => normal(random) + (at < SHIFTED.before ? 0 : shift));
      const alarm = fold(series).alarms.find(({ index }) => index >= SHIFTED.before);
      return alarm === undefined ? Infinity : alarm.index - SHIFTED.before + 1;
    });
    const { median } = spreadOf(found);
    return Number.isFinite(median) ? median : null;
  });
  return { name, falseAlarms, delays };
}

function report(
  own: Readonly<Record<string, number>>,
  measured: string,
  river: RiverAnswer | { readonly missing: string },
): BenchReport {
  const compared = 'missing' in river ? [] : (['adwin', 'page_hinkley', 'kswin'] as const).map(rivals(own, river));
  const rates =
    compared.length === 0
      ? Object.entries(own).map(([name, rate]) => `| ${name} | ${inThousands(rate)} | | |`)
      : compared.map(({ name, ours, theirs }) => {
          return `| ${name} | ${inThousands(ours)} | ${inThousands(theirs)} | ${(ours / theirs).toFixed(1)} |`;
        });
  const text = [
    `| method | updates/s | River${'version' in river ? ` ${river.version}` : ''} | ratio |`,
    '| --- | ---: | ---: | ---: |',
    ...rates,
    '',
    ...('missing' in river ? [`River was not compared: ${river.missing}.`, ''] : []),
    measured,
  ].join('\n');
  const bars = compared.map(({ name, ours, theirs }): Bar => ({
    name: `${name} over River`,
    value: ours / theirs,
    bound: 1,
    sense: 'at least',
  }));
  return { text, figures: { own, river }, bars };
}

function describeDelays(delays: readonly Delays[]): string {
  return [
    `Seeded noise with a standard deviation of 1: ${CALM.series} series of ${CALM.points.toLocaleString('en')} points in which nothing changes, and of each size ${SHIFTED.series} that shift after ${SHIFTED.before} points; the delay is the median.`,
    '',
    `| method, default settings | false alarms in 1,000 points | ${SHIFTS.map((shift) => `delay of ${shift} sd`).join(' | ')} |`,
    `| --- | ---: | ${SHIFTS.map(() => '---:').join(' | ')} |`,
    ...delays.map((one) => {
      const cells = one.delays.map((delay) => (delay === null ? 'not found' : `${delay} points`));
      return `| ${one.name} | ${one.falseAlarms.toFixed(2)} | ${cells.join(' | ')} |`;
    }),
  ].join('\n');
}

function rivals(own: Readonly<Record<string, number>>, river: RiverAnswer) {
  return (name: 'adwin' | 'page_hinkley' | 'kswin'): { name: string; ours: number; theirs: number } => {
    const { points, seconds } = river[name];
    return { name, ours: own[name] ?? NaN, theirs: points / spreadOf(seconds).median };
  };
}

function inThousands(rate: number): string {
  return `${(rate / 1000).toFixed(rate < 100_000 ? 1 : 0)}k`;
}
