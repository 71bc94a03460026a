import { labelArrival, shareArrived } from '../../detectors/maths/label-arrival.ts';
import { ALL, type LabelFlow, type Window } from '../../detectors/terms.ts';
import type { ModelSettings } from '../config/config.ts';
import { labelRules } from '../models/label-rules.ts';
import { readConfusions } from '../store/confusions.ts';
import type { DelayWeights } from '../store/delay-weights.ts';
import type { Engine } from '../store/engine.ts';
import { readLabelFlow } from '../store/label-flow.ts';
import type { LabelledQuery } from '../store/labelled-predictions.ts';
import { readLossRows } from '../store/loss-rows.ts';
import { readOutcomes } from '../store/outcomes.ts';
import { readResiduals } from '../store/residuals.ts';
import type { Judged, Summaries } from './judge.ts';
import { windowAt } from './windows.ts';

/** What accuracy is judged on. */
export type AccuracySummaries = Required<
  Pick<
    Summaries,
    'outcomes' | 'forecast' | 'residuals' | 'residual_forecast' | 'confusions' | 'confusion_forecast' | 'labels'
  >
>;

const NONE: AccuracySummaries = {
  outcomes: [],
  forecast: [],
  residuals: [],
  residual_forecast: [],
  confusions: [],
  confusion_forecast: [],
  labels: [],
};

/** What is said of predictions that wait for their labels. */
export type Forecast = Pick<AccuracySummaries, 'forecast' | 'residual_forecast' | 'confusion_forecast'>;

const NO_FORECAST: Forecast = { forecast: [], residual_forecast: [], confusion_forecast: [] };

/** Steps of age that early labels are weighted by. */
const STEPS = 128;
/** A label stands for this many at most: the first few that come would otherwise speak for all. */
const MOST_FOR_ONE = 20;

/**
 * What the matured labels of a window say, by version and slice: which summaries there are depends on the kind of
 * the model. With an age, what was known of each prediction when it was so old.
 */
export async function readMatured(
  engine: Engine,
  model: string,
  settings: ModelSettings,
  window: Window,
  now: number,
  asOfAgeMs?: number,
): Promise<AccuracySummaries> {
  const query = { ...queryOf(model, settings, window, now), asOfAgeMs };
  if (settings.kind === 'binary') return { ...NONE, outcomes: outcomesOf(await readOutcomes(engine, query)) };
  if (settings.kind === 'regression') {
    const rows = await readResiduals(engine, query);
    return {
      ...NONE,
      residuals: rows.map(({ residuals, ...place }) => ({ ...place, subject: '', summary: residuals })),
    };
  }
  return { ...NONE, confusions: confusionsOf(await readConfusions(engine, query)) };
}

/** What a reference says of accuracy, and of how labels come: it is what estimates learn from, too. */
export async function readReferenceAccuracy(
  engine: Engine,
  model: string,
  settings: ModelSettings,
  window: Window,
  now: number,
): Promise<AccuracySummaries> {
  const matured = await readMatured(engine, model, settings, window, now);
  const labels = await readLabels(engine, model, settings, window, now);
  const residual_forecast = await withRows(engine, queryOf(model, settings, window, now), matured.residuals, false);
  return { ...matured, forecast: matured.outcomes, residual_forecast, confusion_forecast: matured.confusions, labels };
}

/** How labels came in a window, and to its predictions. */
export async function readLabels(
  engine: Engine,
  model: string,
  settings: ModelSettings,
  window: Window,
  now: number,
): Promise<AccuracySummaries['labels']> {
  return flowsOf(await readLabelFlow(engine, queryOf(model, settings, window, now)));
}

/**
 * What can be said of predictions that wait for their labels.
 * @param labels of the reference, whose delays say what an early label stands for
 */
export async function readForecast(
  engine: Engine,
  model: string,
  settings: ModelSettings,
  window: Window,
  now: number,
  labels: AccuracySummaries['labels'],
): Promise<Forecast> {
  const query = queryOf(model, settings, window, now);
  const forecast = delayWeights(labels, settings.label_maturity);
  if (settings.kind === 'multiclass')
    return { ...NO_FORECAST, confusion_forecast: confusionsOf(await readConfusions(engine, query, forecast)) };
  if (settings.kind === 'regression') {
    const rows = await readResiduals(engine, query, forecast);
    const judged = rows.map(({ residuals, ...place }) => ({ ...place, subject: '', summary: residuals }));
    return { ...NO_FORECAST, residual_forecast: await withRows(engine, query, judged, true) };
  }
  return { ...NO_FORECAST, forecast: outcomesOf(await readOutcomes(engine, { ...query, forecast })) };
}

/** All traffic of each version with a sample of its rows, from whose features its errors are foretold. */
export async function withRows(
  engine: Engine,
  query: LabelledQuery,
  residuals: AccuracySummaries['residuals'],
  forecast: boolean,
): Promise<AccuracySummaries['residuals']> {
  if (!residuals.some(({ slice }) => slice === ALL)) return residuals;
  const byVersion = await readLossRows(engine, query, forecast);
  return residuals.map((judged) => {
    const rows = judged.slice === ALL ? byVersion.get(judged.version) : undefined;
    return rows === undefined ? judged : { ...judged, summary: { ...judged.summary, rows } };
  });
}

/** The newest stretch to estimate: the open one once a quarter of it is over, before that the one that closed. */
export function forecastWindow(now: number, lengthMs: number): Window {
  const open = windowAt(now, lengthMs);
  return now - open.from >= lengthMs / 4 ? { from: open.from, to: now } : { from: open.from - lengthMs, to: open.from };
}

/** By how much a label counts that came by an age, for each slice whose delay curve is known. */
function delayWeights(flows: readonly Judged<LabelFlow>[], maturityMs: number): DelayWeights {
  const bySlice = new Map<string, { positives: readonly number[]; negatives: readonly number[] }>();
  for (const { slice, summary } of flows) {
    const curve = labelArrival(summary.followed.groups);
    if ((curve.at(-1)?.age ?? 0) < maturityMs / 2) continue;
    const ages = Array.from({ length: STEPS }, (_, step) => shareArrived(curve, ((step + 0.5) / STEPS) * maturityMs));
    bySlice.set(slice, {
      positives: ages.map(({ positives }) => standsFor(positives)),
      negatives: ages.map(({ others }) => standsFor(others)),
    });
  }
  return { bySlice };
}

function standsFor(shareThatCame: number): number {
  return shareThatCame > 1 / MOST_FOR_ONE ? Math.max(1, 1 / shareThatCame) : MOST_FOR_ONE;
}

export function queryOf(model: string, settings: ModelSettings, window: Window, now: number): LabelledQuery {
  return { model, window, now, rules: labelRules(settings), slices: settings.slices };
}

function outcomesOf(rows: Awaited<ReturnType<typeof readOutcomes>>): AccuracySummaries['outcomes'] {
  return rows.map(({ version, slice, outcomes }) => ({ version, slice, subject: '', summary: outcomes }));
}

function confusionsOf(rows: Awaited<ReturnType<typeof readConfusions>>): AccuracySummaries['confusions'] {
  return rows.map(({ confusions, ...place }) => ({ ...place, subject: '', summary: confusions }));
}

function flowsOf(rows: Awaited<ReturnType<typeof readLabelFlow>>): AccuracySummaries['labels'] {
  return rows.map(({ slice, flow }) => ({ version: ALL, slice, subject: '', summary: flow }));
}
