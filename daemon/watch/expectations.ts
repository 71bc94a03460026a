import type { JudgedAgainst, Summary, Window } from '../../detectors/terms.ts';
import type { ModelSettings } from '../config/config.ts';
import { rowsOf, type Reference, type References } from '../models/references.ts';
import type { Engine } from '../store/engine.ts';
import { readHistograms } from '../store/histograms.ts';
import { hasLabels } from '../store/labelled-predictions.ts';
import type { Judged, Summaries } from './judge.ts';
import { joinExpectations } from './join-expectations.ts';
import { readMovingReference, variationsOfMoving } from './moving-reference.ts';
import type { OwnVariations } from './own-variations.ts';
import { readMatured, readReferenceAccuracy, type AccuracySummaries } from './read-accuracy.ts';
import { readSamplesLike, type Samples } from './read-samples.ts';
import { readSeriesOf } from './read-series.ts';
import { readTraffic } from './read-summaries.ts';
import { onceADay, variationsOf, variationsOfAccuracy } from './variations-of.ts';

/** What windows of a model are held against: the summaries of its reference, and how it varies by itself. */
export interface Expectation {
  /** Which reference it is, and from when to when it lies; null where there is one of latencies alone. */
  readonly reference: JudgedAgainst | null;
  /** That of latencies, where they are held against another one. */
  readonly latencyReference?: JudgedAgainst | null;
  readonly summaries: Summaries;
  /** Those of a reference that moves along are how far earlier windows went from theirs. */
  readonly variations: OwnVariations | null;
  /** The same of accuracy, in windows of its own length; learned anew each day, because labels come late. */
  accuracyVariations(now: number): OwnVariations | null;
  /** Samples of raw rows that a window is held against; none of a reference that moves along. */
  readSamples?(window: Window): Promise<Samples>;
  /** What it says of accuracy, which `summaries` leave out; read anew each time, because labels come late; undefined while it has none. */
  readAccuracy(now: number): Promise<AccuracySummaries | undefined>;
}

/** Expectations of all models, kept as long as the reference and the settings that they were read with stay. */
export interface Expectations {
  of(model: string, now: number): Promise<Expectation | undefined>;
  /** What the traffic of this window is held against, which may move along with it. */
  ofWindow(model: string, window: Window, now: number): Promise<Expectation | undefined>;
}

export interface ExpectationsOptions {
  readonly engine: Engine;
  readonly settingsOf: (model: string) => ModelSettings;
  readonly references: References;
}

export function openExpectations(options: ExpectationsOptions): Expectations {
  const { engine, settingsOf, references } = options;
  const known = new Map<
    string,
    { readonly settings: ModelSettings; readonly reference: Reference; readonly expectation: Expectation }
  >();
  /** Of the newest window of each model, and kind of reference: it is judged again and again while it is open. */
  const moving = new Map<
    string,
    {
      readonly settings: ModelSettings;
      readonly from: number;
      readonly expectation: Expectation | undefined;
      readonly variations: (from: number) => OwnVariations;
    }
  >();
  async function ofMoving(model: string, window: Window, kind: 'previous' | 'same_hour') {
    const settings = settingsOf(model);
    const key = JSON.stringify([model, kind]);
    const found = moving.get(key);
    if (found !== undefined && found.settings === settings && found.from === window.from) return found.expectation;
    const length = window.to - window.from;
    const variations =
      found?.settings === settings
        ? found.variations
        : onceADay((from) => variationsOfMoving(engine, model, settings, { from, to: from + length }, kind));
    const reference = await readMovingReference(engine, model, settings, window, kind);
    const expectation = reference && {
      reference: reference.window,
      summaries: { ...reference.traffic, outcomes: [], budgets: [] },
      variations: variations(window.from),
      readAccuracy: async () => undefined,
      accuracyVariations: () => null,
    };
    moving.set(key, { settings, from: window.from, expectation, variations });
    return expectation;
  }
  const opened: Expectations = {
    async ofWindow(model, window, now) {
      const { reference_kind: kind, latency_reference: latency } = settingsOf(model);
      const of = (which: typeof kind) => (which === 'fixed' ? opened.of(model, now) : ofMoving(model, window, which));
      const traffic = await of(kind);
      if (latency === 'as_traffic' || latency === kind) return traffic;
      return joinExpectations(traffic, await of(latency));
    },
    async of(model, now) {
      const reference = await references.of(model, now);
      if (reference === undefined) return undefined;
      const settings = settingsOf(model);
      const found = known.get(model);
      if (found !== undefined && found.settings === settings && same(found.reference, reference))
        return found.expectation;
      const expectation = await readExpectation(engine, model, settings, reference);
      known.set(model, { settings, reference, expectation });
      return expectation;
    },
  };
  return opened;
}

async function readExpectation(
  engine: Engine,
  model: string,
  settings: ModelSettings,
  reference: Reference,
): Promise<Expectation> {
  const { id, window, uploaded, frozen } = reference;
  const rows = rowsOf(engine, model, reference);
  const own = settingsOfReference(settings, reference);
  const matureAt = (at: number): number => matureBy(settings, { ...window, uploaded }, at);
  return {
    reference: { ...window, id, ...(uploaded && { uploaded }), ...(frozen && { frozen }) },
    summaries: {
      ...(await readTraffic(
        rows.engine,
        rows.model,
        own,
        window,
        readHistograms(rows.engine, rows.model, window, { oneThread: true }),
      )),
      outcomes: [],
      budgets: [],
      series: await readSeriesOf(rows.engine, rows.model, own, window, settings.window),
    },
    variations: variationsOf(rows, own, window),
    accuracyVariations: onceADay((at) => variationsOfAccuracy(rows, own, window, matureAt(at))),
    readSamples: (judged) => readSamplesLike(rows.engine, rows.model, own, window, judged),
    async readAccuracy(at) {
      if (!(await hasLabels(rows.engine, rows.model, window))) return undefined;
      const accuracy = await readReferenceAccuracy(rows.engine, rows.model, own, window, matureAt(at));
      // Labels of a file came with their rows: they say nothing of how labels come.
      return uploaded ? { ...accuracy, labels: [] } : accuracy;
    },
  };
}

/** A file holds no spans. */
export function settingsOfReference(
  settings: ModelSettings,
  { uploaded }: { readonly uploaded?: boolean },
): ModelSettings {
  return uploaded === true ? { ...settings, services: [] } : settings;
}

/** The time by which labels are asked for: those of a file are as good as they will ever be. */
export function matureBy(settings: ModelSettings, { to, uploaded }: JudgedAgainst, now: number): number {
  return uploaded === true ? Math.max(now, to + settings.label_maturity) : now;
}

/**
 * Everything that a stretch of a model can be judged on, but the budgets.
 * @param only what this version answered; labels that had come when their prediction was so old
 */
export async function readSummaries(
  engine: Engine,
  model: string,
  settings: ModelSettings,
  window: Window,
  now: number,
  only: { readonly version?: string | undefined; readonly labelAgeMs?: number | undefined } = {},
): Promise<Summaries> {
  const { version, labelAgeMs } = only;
  const [traffic, matured] = await Promise.all([
    readTraffic(engine, model, settings, window, readHistograms(engine, model, window, { version, oneThread: true })),
    readMatured(engine, model, settings, window, now, labelAgeMs),
  ]);
  const own = <S extends Summary>(judged: readonly Judged<S>[]): Judged<S>[] =>
    judged.filter((one) => version === undefined || one.version === version);
  return {
    ...traffic,
    budgets: [],
    ...matured,
    outcomes: own(matured.outcomes),
    residuals: own(matured.residuals),
    confusions: own(matured.confusions),
  };
}

function same(one: Reference, other: Reference): boolean {
  return one.id === other.id && one.frozen === other.frozen;
}
