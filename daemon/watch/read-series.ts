import { detectors } from '../../detectors/find-detector.ts';
import { ALL, type Series, type Window } from '../../detectors/terms.ts';
import type { ModelSettings } from '../config/config.ts';
import type { Engine } from '../store/engine.ts';
import { readStoredSeries } from '../store/stored-series.ts';
import { settingsOf, type Judged } from './judge.ts';

/** Steps that a stored series reaches back from its end. */
const SERIES_STEPS = 500;

/**
 * Every stored series of a model, a value a step, or none where no detector of series runs.
 * @param stretch at most its last `SERIES_STEPS` steps are read
 * @param only the detectors that were named, if any were
 * @param judged whose findings are series too, where `model` is the id of a reference
 */
export async function readSeriesOf(
  engine: Engine,
  model: string,
  settings: ModelSettings,
  stretch: Window,
  stepMs: number,
  only?: readonly string[],
  judged = model,
): Promise<Judged<Series>[]> {
  const wanted = detectors.some(
    (detector) =>
      detector.needs === 'series' && (only?.includes(detector.name) ?? settingsOf(detector, settings) !== false),
  );
  const from = Math.max(stretch.from, stretch.to - SERIES_STEPS * stepMs);
  if (!wanted || from >= stretch.to) return [];
  const found = await readStoredSeries(engine, {
    model,
    judged,
    services: settings.services,
    detectors: detectors.filter(({ kind }) => kind === 'accuracy').map(({ name }) => name),
    stretch: { from, to: stretch.to },
    stepMs,
  });
  return found.map(({ slice, name, series }) => ({ version: ALL, slice, subject: name, summary: series }));
}

/** Every stored series from the reference on, up to the end of a window; its steps are as long as the window. */
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
