import { detectors } from '../../detectors/find-detector.ts';
import { MOST_POINTS } from '../../detectors/sequential/measure-series.ts';
import { ALL, type Series, type SeriesPoint, type Window } from '../../detectors/terms.ts';
import type { ModelSettings } from '../config/config.ts';
import type { Engine } from '../store/engine.ts';
import { readStatisticSeries, readStoredSeries, type StoredSeries } from '../store/stored-series.ts';
import { settingsOf, type Judged, type Summaries } from './judge.ts';

const ACCURACY = detectors.filter(({ kind }) => kind === 'accuracy').map(({ name }) => name);

/**
 * Every stored series of the traffic of a model, a value a step, or none where no detector of series runs.
 * @param stretch at most its last `MOST_POINTS` steps are read
 * @param only the detectors that were named, if any were
 */
export async function readSeriesOf(
  engine: Engine,
  model: string,
  settings: ModelSettings,
  stretch: Window,
  stepMs: number,
  only?: readonly string[],
): Promise<Judged<Series>[]> {
  const wanted = pointsWanted(settings, only) > 0;
  const from = Math.max(stretch.from, stretch.to - MOST_POINTS * stepMs);
  if (!wanted || from >= stretch.to) return [];
  const { services } = settings;
  return (await readStoredSeries(engine, { model, services, stretch: { from, to: stretch.to }, stepMs })).map(judgedOf);
}

/** Every stored series of traffic from the reference on, up to the end of a window; its steps are as long as the window. */
export async function readSeriesSince(
  engine: Engine,
  model: string,
  settings: ModelSettings,
  reference: Window | undefined,
  { from, to }: Window,
  only?: readonly string[],
): Promise<Judged<Series>[]> {
  const length = to - from;
  const steps = Math.max(0, Math.floor((from - (reference?.to ?? 0)) / length));
  return readSeriesOf(engine, model, settings, { from: from - steps * length, to }, length, only);
}

/**
 * What accuracy has been, window by window of its own length, up to a moment: the first values from the reference on, which it
 * is held against, and those after them. There are as many of the first as the reference is long, and no fewer than the
 * detectors ask for: a day as the reference, judged by the day, would hold one.
 */
export async function readAccuracySeries(
  engine: Engine,
  model: string,
  settings: ModelSettings,
  reference: Window | undefined,
  to: number,
  only?: readonly string[],
): Promise<{ readonly reference: Judged<Series>[]; readonly since: Judged<Series>[] }> {
  const need = pointsWanted(settings, only);
  if (need === 0 || reference === undefined) return { reference: [], since: [] };
  const stepMs = settings.accuracy_window;
  const read = (stretch: Window): Promise<StoredSeries[]> =>
    readStatisticSeries(engine, { model, detectors: ACCURACY, stretch, stepMs });
  // Windows of which nothing could be said have no value: as many again are looked through.
  const first = { from: reference.from, to: Math.min(to, Math.max(reference.to, reference.from + 2 * need * stepMs)) };
  const last = { from: Math.max(first.to, to - MOST_POINTS * stepMs), to };
  const found = await Promise.all([first, last].filter((one) => one.from < one.to).map(read));
  const whole = joined(found.flat()).map(judgedOf);
  const cut = (points: readonly SeriesPoint[]): number =>
    Math.max(need, points.filter(({ at }) => at < reference.to).length);
  const part = (take: (points: readonly SeriesPoint[]) => readonly SeriesPoint[]): Judged<Series>[] =>
    whole.map((one) => ({ ...one, summary: { ...one.summary, points: take(one.summary.points) } }));
  return {
    reference: part((points) => points.slice(0, cut(points))),
    since: part((points) => points.slice(cut(points))),
  };
}

/** The most points that a detector of series which runs asks for; 0 where none does. */
function pointsWanted(settings: ModelSettings, only: readonly string[] | undefined): number {
  const wanted = detectors.flatMap((detector) => {
    if (detector.needs !== 'series' || only?.includes(detector.name) === false) return [];
    const chosen = settingsOf(detector, settings, only !== undefined);
    return chosen === false ? [] : [chosen['minimum_points'] ?? 1];
  });
  return Math.max(0, ...wanted);
}

function judgedOf({ slice, name, series }: StoredSeries): Judged<Series> {
  return { version: ALL, slice, subject: name, summary: series };
}

/** Two stretches of the same series, the later one behind the earlier. */
function joined(parts: readonly StoredSeries[]): StoredSeries[] {
  const bySeries = new Map<string, StoredSeries>();
  for (const part of parts) {
    const key = JSON.stringify([part.slice, part.name]);
    const known = bySeries.get(key);
    const points = [...(known?.series.points ?? []), ...part.series.points];
    bySeries.set(key, { ...part, series: { ...part.series, points } });
  }
  return [...bySeries.values()];
}

/** Series of accuracy are read anew each time, because labels come late. */
export function withSeries(expected: Summaries, series: readonly Judged<Series>[]): Summaries {
  return series.length === 0 ? expected : { ...expected, series: [...(expected.series ?? []), ...series] };
}
