import { detectors } from '../../detectors/find-detector.ts';
import type { JudgedAgainst, Need, Summary, Window } from '../../detectors/terms.ts';
import type { ModelSettings } from '../config/config.ts';
import type { rowsOf } from '../models/references.ts';
import type { Engine } from '../store/engine.ts';
import { hasLabels } from '../store/labelled-predictions.ts';
import { matureBy } from './expectations.ts';
import { settingsOf, type Judged, type Summaries } from './judge.ts';
import { queryOf, readForecast, readLabels, withRows } from './read-accuracy.ts';
import type { EvaluationRequest } from './watch.ts';

type Ahead = Pick<Summaries, 'forecast' | 'residual_forecast' | 'confusion_forecast' | 'labels'>;

/** What an evaluation knows of predictions that wait for their labels, and of how labels come. */
export interface LookAhead {
  readonly reference: Ahead;
  of(window: Window): Promise<Ahead>;
}

/**
 * Accuracy is estimated as the watch does it, where labels of a window are still to come, and of any window where a
 * detector that estimates is named. Nothing is, where labels are to be of one age: what came later is not known then.
 * @param expected what the reference says of matured labels, which estimates learn from
 */
export async function openLookAhead({
  engine,
  settings,
  request: { model, version, reference, detectors: only, labelAgeMs },
  rows,
  expected,
  now,
}: {
  readonly engine: Engine;
  readonly settings: ModelSettings;
  readonly request: EvaluationRequest;
  readonly rows: ReturnType<typeof rowsOf>;
  readonly expected: Summaries;
  readonly now: number;
}): Promise<LookAhead> {
  const runs = (...needs: readonly Need[]): boolean =>
    detectors.some(
      (detector) =>
        needs.includes(detector.needs) && (only?.includes(detector.name) ?? settingsOf(detector, settings) !== false),
    );
  const estimates = runs('forecast', 'residual_forecast', 'confusion_forecast');
  const known =
    labelAgeMs === undefined &&
    (estimates || runs('labels')) &&
    (only !== undefined || (await hasLabels(rows.engine, rows.model, reference)));
  if (!known) return { reference: {}, of: async () => ({}) };
  const labels = await readReferenceLabels(rows, settings, reference, now);
  const query = queryOf(rows.model, settings, reference, matureBy(settings, reference, now));
  const residuals = estimates ? await withRows(rows.engine, query, expected.residuals ?? [], false) : [];
  return {
    reference: {
      forecast: expected.outcomes,
      residual_forecast: residuals,
      confusion_forecast: expected.confusions ?? [],
      labels,
    },
    async of(window) {
      const waits = only !== undefined || window.to > now - settings.label_maturity;
      const forecast: Ahead =
        estimates && waits ? await readForecast(engine, model, settings, window, now, labels) : {};
      return {
        forecast: ofVersion(forecast.forecast, version),
        residual_forecast: ofVersion(forecast.residual_forecast, version),
        confusion_forecast: ofVersion(forecast.confusion_forecast, version),
        labels: runs('labels') ? await readLabels(engine, model, settings, window, now) : [],
      };
    },
  };
}

/** Labels of a file came with their rows: they say nothing of how labels come. */
async function readReferenceLabels(
  { engine, model }: ReturnType<typeof rowsOf>,
  settings: ModelSettings,
  reference: JudgedAgainst,
  now: number,
): Promise<NonNullable<Ahead['labels']>> {
  if (reference.uploaded === true) return [];
  return readLabels(engine, model, settings, reference, matureBy(settings, reference, now));
}

function ofVersion<S extends Summary>(
  judged: readonly Judged<S>[] = [],
  version: string | undefined,
): readonly Judged<S>[] {
  return judged.filter((one) => version === undefined || one.version === version);
}
