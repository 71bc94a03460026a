import type { Engine } from '../../../daemon/store/engine.ts';
import { freezeStretch } from '../../../daemon/store/freeze-stretch.ts';
import { readHistograms } from '../../../daemon/store/histograms.ts';
import { readRawHistograms } from '../../../daemon/store/raw-histograms.ts';
import { rebuildRollups } from '../../../daemon/store/rebuild-rollups.ts';
import { frozenTables } from '../../../daemon/store/reference-tables.ts';
import type { Store } from '../../../daemon/store/store.ts';
import { detectors } from '../../../detectors/find-detector.ts';
import type { Histogram, Window } from '../../../detectors/terms.ts';
import { completeSettings } from '../../../detectors/settings.ts';
import { costOf, inTurns, spreadOf, untilCalm, type Spread } from '../measure.ts';
import { storePredictions, stretches } from './predictions.ts';

const MODEL = 'wide';
const REFERENCE = 'wide-reference';
/** Judgements before the clock counts: a daemon that judges every minute is warm. */
const WARM_UP = 20;
const QUICK_ROUNDS = 15;

export interface DriftCost {
  readonly rollupsMs: Spread;
  readonly rawMs: Spread;
  readonly engineMs: Spread;
  readonly rebuildCpuMs: number;
  readonly findings: number;
  readonly failed: number;
  /** Counts that differ between the rollups and the raw rows. */
  readonly differing: number;
}

/** What the drift of every feature costs, out of rollups and out of raw rows, beside the engine's own minimal query. */
export async function measureDrift(
  { bulk, reader, watcher }: Store,
  { rows, features, rounds }: { readonly rows: number; readonly features: number; readonly rounds: number },
  progress: (line: string) => void,
): Promise<DriftCost> {
  const { reference, window, month } = stretches();
  progress(`storing ${rows.toLocaleString('en')} predictions of ${features} features, twice`);
  await storePredictions(bulk, MODEL, { window: reference, rows, features });
  await storePredictions(bulk, MODEL, { window, rows, features, scale: 1.5 });
  progress('counting the rollups from the raw rows');
  const rebuild = await costOf(() => rebuildRollups(bulk, month, () => []));
  progress('freezing the reference, as one is taken');
  await freezeStretch(bulk, REFERENCE, { model: MODEL, version: null, window: reference }, 1000);
  const fromRollups = async (engine: Engine, of: string, stretch: Window): Promise<Map<string, Histogram>> => {
    const found = await readHistograms(engine, of, stretch, { kind: 'feature' });
    return new Map(found.map(({ name, histogram }) => [name, histogram]));
  };
  const ofReference = () => fromRollups(frozenTables(reader), REFERENCE, reference);
  const ofWindow = () => fromRollups(reader, MODEL, window);
  const fromRows = async (stretch: Window): Promise<Map<string, Histogram>> => {
    const found = await readRawHistograms(watcher, MODEL, stretch);
    return new Map(found.map(({ name, histogram }) => [name, histogram]));
  };
  const minimal = (stretch: Window): Promise<unknown[]> =>
    watcher.rows(
      `SELECT place, bitShiftRight(reinterpretAsUInt64(value), 47) AS code, count() AS times FROM {database}.predictions
       ARRAY JOIN arrayEnumerate(number_values) AS place, number_values AS value
       WHERE model = {model:String} AND timestamp >= fromUnixTimestamp64Milli({from:Int64}) AND timestamp < fromUnixTimestamp64Milli({to:Int64})
       GROUP BY place, code`,
      { model: MODEL, ...stretch },
    );
  progress('judging in turns');
  const [usual, moved] = [await ofReference(), await ofWindow()];
  // Both at once, as the page of a model reads them.
  const outOfRollups = async () => judgeAll(...(await Promise.all([ofReference(), ofWindow()])));
  await untilCalm();
  for (let times = 0; times < WARM_UP; times++) await outOfRollups();
  // Apart from the others: what the engine cleans up after seconds of reading raw rows is none of it.
  const fromHours = await inTurns(QUICK_ROUNDS, { rollups: outOfRollups });
  const costs = await inTurns(rounds, {
    raw: async () => judgeAll(await fromRows(reference), await fromRows(window)),
    engine: async () => [await minimal(reference), await minimal(window)],
  });
  const states = judgeAll(usual, moved);
  const raw = await fromRows(window);
  return {
    rollupsMs: spreadOf(fromHours.rollups.map(({ wallMs }) => wallMs)),
    rawMs: spreadOf(costs.raw.map(({ wallMs }) => wallMs)),
    engineMs: spreadOf(costs.engine.map(({ wallMs }) => wallMs)),
    rebuildCpuMs: rebuild.cpuMs,
    findings: states.length,
    failed: states.filter((state) => state === 'fail').length,
    differing: [...raw].filter(([name, histogram]) => JSON.stringify(histogram) !== JSON.stringify(moved.get(name)))
      .length,
  };
}

/** Every detector of features that runs by default, put to every feature. */
export function judgeAll(
  reference: ReadonlyMap<string, Histogram>,
  window: ReadonlyMap<string, Histogram>,
): ('pass' | 'fail' | 'insufficient')[] {
  const chosen = detectors.filter(({ subject, onRequest }) => subject === 'feature' && !onRequest);
  return chosen.flatMap((detector) => {
    const { settings } = completeSettings(detector, {});
    return [...window].map(
      ([name, histogram]) => detector.judge(reference.get(name) ?? null, histogram, settings).state,
    );
  });
}
