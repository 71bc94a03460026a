import type { Summary, Window } from '../../detectors/terms.ts';
import type { ModelSettings } from '../config/config.ts';
import type { Reference, References } from '../models/references.ts';
import type { Engine } from '../store/engine.ts';
import { readHistograms } from '../store/histograms.ts';
import type { Judged, Summaries } from './judge.ts';
import { readMovingReference } from './moving-reference.ts';
import { openOwnVariations, type OwnVariations } from './own-variations.ts';
import { readMatured } from './read-accuracy.ts';
import { readSamplesOf } from './read-samples.ts';
import { readSeriesOf } from './read-series.ts';
import { readTraffic } from './read-summaries.ts';

/** What windows of a model are held against: the summaries of its reference, and how it varies by itself. */
export interface Expectation {
  /** From when to when the reference lies. */
  readonly window: Window;
  readonly summaries: Summaries;
  /** Null for a reference that moves along: it has no windows of its own to learn from. */
  readonly variations: OwnVariations | null;
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
  /** Of the newest window of each model: it is judged again and again while it is open. */
  const moving = new Map<
    string,
    { readonly settings: ModelSettings; readonly from: number; readonly expectation: Expectation | undefined }
  >();
  const opened: Expectations = {
    async ofWindow(model, window, now) {
      const settings = settingsOf(model);
      if (settings.reference_kind === 'fixed') return opened.of(model, now);
      const found = moving.get(model);
      if (found !== undefined && found.settings === settings && found.from === window.from) return found.expectation;
      const reference = await readMovingReference(engine, model, settings, window);
      const expectation = reference && {
        window: reference.window,
        summaries: { ...reference.traffic, outcomes: [], budgets: [] },
        variations: null,
      };
      moving.set(model, { settings, from: window.from, expectation });
      return expectation;
    },
    async of(model, now) {
      const reference = await references.of(model, now);
      if (reference === undefined) return undefined;
      const settings = settingsOf(model);
      const found = known.get(model);
      if (found !== undefined && found.settings === settings && same(found.reference, reference))
        return found.expectation;
      const expectation = {
        window: reference.window,
        summaries: {
          ...(await readSummaries(engine, model, settings, reference.window, now)),
          ...(await readSamplesOf(engine, model, settings, reference.window)),
          series: await readSeriesOf(engine, model, settings, reference.window, settings.window),
        },
        variations: openOwnVariations({
          engine,
          model,
          services: settings.services,
          reference: reference.window,
          chunkMs: settings.window,
        }),
      };
      known.set(model, { settings, reference, expectation });
      return expectation;
    },
  };
  return opened;
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
    readTraffic(engine, model, settings, window, readHistograms(engine, model, window, { version })),
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
  return one.version === other.version && one.window.from === other.window.from && one.window.to === other.window.to;
}
