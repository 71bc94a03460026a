import { countClasses, rocAuc } from '../../detectors/maths/roc-auc.ts';
import { Bins } from '../../detectors/maths/bins.ts';
import { quantile } from '../../detectors/maths/quantile.ts';
import { ALL, type Histogram, type ScoredOutcome, type Window } from '../../detectors/terms.ts';
import type { Clock } from '../clock.ts';
import { addHistograms } from '../store/add-histograms.ts';
import type { Engine } from '../store/engine.ts';
import { readHistograms, type RollupKind } from '../store/histograms.ts';
import { readOutcomes } from '../store/outcomes.ts';
import { readRawHistograms } from '../store/raw-histograms.ts';
import { readSeries } from '../store/series.ts';
import { readSlowest, readTrace, type SpanRow } from '../store/traces.ts';
import { classOfScore } from '../score-subject.ts';
import { makesSlice } from '../../detectors/slice-rule.ts';
import { labelRules } from './label-rules.ts';
import { readOperationDurations, type OperationDurations } from './operation-durations.ts';
import type { ModelSettingsBook } from './model-settings.ts';
import { rowsOf, type Reference, type References } from './references.ts';
import { searchShift, type ShiftSearch } from './shift-search.ts';

const MINUTE = 60_000;
const LEAST_OF_A_CLASS = 10;
const EMPTY: Histogram = { count: 0, missing: 0, bins: Bins.none, categories: [] };

/** What people look at: distributions, series, operations and traces of a model, out of the store. */
export interface ModelViews {
  /** One feature (score, or that of the class `feature`, decision, latency) in a window, and in the reference. */
  distribution(
    model: string,
    query: {
      readonly version?: string;
      readonly slice: string;
      readonly kind: RollupKind;
      readonly feature: string;
      readonly window: Window;
    },
  ): Promise<{
    readonly window: Window;
    readonly reference: Window | null;
    readonly current: Histogram;
    readonly expected: Histogram | null;
  }>;
  /** Which slices carry the shift of a feature, or of the score where none is named. */
  shift(model: string, query: { readonly feature: string | undefined; readonly window: Window }): Promise<ShiftSearch>;
  /** Traffic, score, latency and accuracy over time. */
  series(
    model: string,
    query: { readonly version?: string; readonly slice: string; readonly window: Window; readonly points: number },
  ): Promise<{ readonly bucketMs: number; readonly points: readonly SeriesPoint[] }>;
  /** Durations of the model's services and of their operations, milliseconds. */
  operations(model: string, window: Window): Promise<OperationDurations>;
  traces(query: {
    readonly service: string;
    readonly operation?: string;
    readonly window: Window;
    readonly limit: number;
    readonly onlyErrors: boolean;
  }): Promise<readonly SpanRow[]>;
  /** Spans of one trace, oldest first; empty for an unknown one. */
  trace(traceId: string): Promise<readonly SpanRow[]>;
}

export interface SeriesPoint {
  readonly at: number;
  readonly predictions: number;
  readonly scoreMean: number | null;
  readonly scoreP95: number | null;
  readonly latencyP50: number | null;
  readonly latencyP95: number | null;
  readonly latencyP99: number | null;
  readonly rocAuc: number | null;
  readonly labelled: number;
}

export function openModelViews(options: {
  readonly reader: Engine;
  readonly book: ModelSettingsBook;
  readonly references: References;
  readonly clock: Clock;
}): ModelViews {
  const { reader, book, references, clock } = options;
  return {
    async distribution(model, { version, slice, kind, feature, window }) {
      const name = kind === 'score' ? classOfScore(feature) : kind === 'feature' ? feature : '';
      const read = async (stretch: Window, against?: Reference): Promise<Histogram> => {
        const { engine, model: of } = rowsOf(reader, model, against ?? {});
        // A file need not say which version its rows are of.
        const only = against?.uploaded === true ? undefined : version;
        const rows = await readHistograms(engine, of, stretch, { version: only, slice, kind, name });
        if (rows.length > 0 || slice === ALL || kind !== 'feature') return sumOf(rows.map((row) => row.histogram));
        // The slice was not cut when these records came: they are read themselves.
        const { slices } = book.of(model);
        const raw = await readRawHistograms(engine, of, stretch, { version: only, slice, slices, name: feature });
        return sumOf(raw.map((row) => row.histogram));
      };
      const reference = await references.of(model, clock.now());
      const [current, expected] = await Promise.all([
        read(window),
        reference === undefined ? null : read(reference.window, reference),
      ]);
      return { window, reference: reference?.window ?? null, current, expected };
    },
    shift: (model, query) => searchShift(options, model, query),
    async series(model, { version, slice, window, points }) {
      const bucketMs = Math.max(MINUTE, Math.ceil((window.to - window.from) / points / MINUTE) * MINUTE);
      const from = Math.floor(window.from / MINUTE) * MINUTE;
      const stretch = { from, to: window.to };
      const settings = book.of(model);
      const [rows, outcomes] = await Promise.all([
        readSeries(reader, model, { version, slice, window: stretch, bucketMs }),
        readOutcomes(reader, {
          model,
          window: stretch,
          now: clock.now(),
          rules: labelRules(settings),
          slices: settings.slices.filter((rule) => makesSlice(rule, slice)),
          bucketMs,
        }),
      ]);
      const buckets = Array.from({ length: Math.ceil((window.to - from) / bucketMs) }, (_, at) => from + at * bucketMs);
      const judged = outcomes.filter(
        (row) => row.slice === slice && (version === undefined || row.version === version),
      );
      return {
        bucketMs,
        points: buckets.map((at): SeriesPoint => {
          const score = rows.find((row) => row.at === at && row.kind === 'score');
          const latency = rows.find((row) => row.at === at && row.kind === 'latency')?.bins ?? Bins.none;
          const labelled = judged.filter((row) => row.from === at).map((row) => row.outcomes);
          return {
            at,
            predictions: score?.count ?? 0,
            scoreMean: meanOf(score?.bins ?? Bins.none),
            scoreP95: finite(quantile(score?.bins ?? Bins.none, 0.95)),
            latencyP50: finite(quantile(latency, 0.5)),
            latencyP95: finite(quantile(latency, 0.95)),
            latencyP99: finite(quantile(latency, 0.99)),
            rocAuc: aucOf(together(labelled.map((row) => row.outcomes))),
            labelled: labelled.reduce((sum, row) => sum + row.labelled, 0),
          };
        }),
      };
    },
    operations: (model, window) => readOperationDurations(reader, book.of(model).services, window),
    traces: (query) => readSlowest(reader, query),
    trace: (traceId) => readTrace(reader, traceId),
  };
}

/** Null below a number of either class at which a point on a chart would only be noise. */
function aucOf(outcomes: readonly ScoredOutcome[]): number | null {
  const { positives, negatives } = countClasses(outcomes);
  return Math.min(positives, negatives) < LEAST_OF_A_CLASS ? null : finite(rocAuc(outcomes).value);
}

/** Outcomes of several versions in ascending score, each score once. */
function together(several: readonly (readonly ScoredOutcome[])[]): ScoredOutcome[] {
  const byScore = new Map<number, ScoredOutcome>();
  for (const { score, positives, negatives } of several.flat()) {
    const known = byScore.get(score);
    byScore.set(score, {
      score,
      positives: positives + (known?.positives ?? 0),
      negatives: negatives + (known?.negatives ?? 0),
    });
  }
  return [...byScore.values()].sort((one, other) => one.score - other.score);
}

function sumOf(histograms: readonly Histogram[]): Histogram {
  const [first = EMPTY, ...others] = histograms;
  return others.reduce(addHistograms, first);
}

/** Mean of binned values, each at the middle of its bin. */
function meanOf(bins: Bins): number | null {
  let sum = 0;
  for (const { low, high, count } of bins) sum += count * ((low + high) / 2);
  return bins.total === 0 ? null : sum / bins.total;
}

function finite(value: number | null): number | null {
  return value !== null && Number.isFinite(value) ? value : null;
}
