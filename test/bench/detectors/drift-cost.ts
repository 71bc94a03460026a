import { readHistograms } from '../../../daemon/store/histograms.ts';
import { readRawHistograms } from '../../../daemon/store/raw-histograms.ts';
import { rebuildRollups } from '../../../daemon/store/rebuild-rollups.ts';
import type { Store } from '../../../daemon/store/store.ts';
import { detectors } from '../../../detectors/find-detector.ts';
import type { Histogram, Window } from '../../../detectors/terms.ts';
import { completeSettings } from '../../../detectors/settings.ts';
import { costOf, inTurns, spreadOf, untilCalm, type Spread } from '../measure.ts';
import { storePredictions, stretches } from './predictions.ts';

const MODEL = 'wide';
/** Judgements before the clock counts: a daemon that judges every minute is warm. */
const WARM_UP = 20;

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
  { bulk, watcher }: Store,
  { rows, features, rounds }: { readonly rows: number; readonly features: number; readonly rounds: number },
  progress: (line: string) => void,
): Promise<DriftCost> {
  const { reference, window, month } = stretches();
  progress(`storing ${rows.toLocaleString('en')} predictions of ${features} features, twice`);
  await storePredictions(bulk, MODEL, { window: reference, rows, features });
  await storePredictions(bulk, MODEL, { window, rows, features, scale: 1.5 });
  progress('counting the rollups from the raw rows');
  const rebuild = await costOf(() => rebuildRollups(bulk, month, () => []));
  const fromRollups = async (stretch: Window): Promise<Map<string, Histogram>> => {
    const found = await readHistograms(watcher, MODEL, stretch, { kind: 'feature', oneThread: true });
    return new Map(found.map(({ name, histogram }) => [name, histogram]));
  };
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
  const [usual, moved] = [await fromRollups(reference), await fromRollups(window)];
  await untilCalm();
  for (let times = 0; times < WARM_UP; times++) judgeAll(await fromRollups(reference), await fromRollups(window));
  const costs = await inTurns(rounds, {
    // Both at once, as the page of a model reads them.
    rollups: async () => judgeAll(...(await Promise.all([fromRollups(reference), fromRollups(window)]))),
    raw: async () => judgeAll(await fromRows(reference), await fromRows(window)),
    engine: async () => [await minimal(reference), await minimal(window)],
  });
  const states = judgeAll(usual, moved);
  const raw = await fromRows(window);
  return {
    rollupsMs: spreadOf(costs.rollups.map(({ wallMs }) => wallMs)),
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
