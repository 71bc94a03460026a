import type { Summary, Window } from '../../detectors/terms.ts';
import type { ModelSettings } from '../config.ts';
import type { Reference, References } from '../models/references.ts';
import type { Engine } from '../store/engine.ts';
import type { Judged, Summaries } from './judge.ts';
import { openOwnVariations, type OwnVariations } from './own-variations.ts';
import { readMatured } from './read-accuracy.ts';
import { readSeriesOf } from './read-series.ts';
import { readTraffic } from './read-summaries.ts';

/** What windows of a model are held against: the summaries of its reference, and how it varies by itself. */
export interface Expectation {
  readonly reference: Reference;
  readonly summaries: Summaries;
  readonly variations: OwnVariations;
}

/** Expectations of all models, kept as long as the reference and the settings that they were read with stay. */
export interface Expectations {
  of(model: string, now: number): Promise<Expectation | undefined>;
}

export interface ExpectationsOptions {
  readonly engine: Engine;
  readonly settingsOf: (model: string) => ModelSettings;
  readonly references: References;
}

export function openExpectations(options: ExpectationsOptions): Expectations {
  const { engine, settingsOf, references } = options;
  const known = new Map<string, { readonly settings: ModelSettings; readonly expectation: Expectation }>();
  return {
    async of(model, now) {
      const reference = await references.of(model, now);
      if (reference === undefined) return undefined;
      const settings = settingsOf(model);
      const found = known.get(model);
      if (found !== undefined && found.settings === settings && same(found.expectation.reference, reference))
        return found.expectation;
      const expectation = {
        reference,
        summaries: {
          ...(await readSummaries(engine, model, settings, reference.window, now)),
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
      known.set(model, { settings, expectation });
      return expectation;
    },
  };
}

/** Everything that a stretch of a model can be judged on, but the budgets. */
export async function readSummaries(
  engine: Engine,
  model: string,
  settings: ModelSettings,
  window: Window,
  now: number,
  version?: string,
): Promise<Summaries> {
  const [traffic, matured] = await Promise.all([
    readTraffic(engine, model, settings, window, version),
    readMatured(engine, model, settings, window, now),
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
