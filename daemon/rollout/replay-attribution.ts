import type { Attribution } from '../../detectors/terms.ts';
import { attribute } from '../../shadow/attribution.ts';
import { LARGEST_HASH, type Population } from '../store/replay-population.ts';
import { readReplayPage } from '../store/replay-rows.ts';
import { joinRows, pickRows } from './matrix-rows.ts';
import { openArm, type OpenedArm } from './open-arm.ts';
import type { StoredReplay } from './replay-plan.ts';
import type { RunOptions } from './replay-run.ts';
import { scoreMatrix } from './replay-scoring.ts';

/** Predictions among which flips are looked for, and from which values are drawn. */
const LOOKED_AT = 20_000;
/** Flips that are explained: the share of one feature is then known to within 0.07. */
const MOST_FLIPS = 200;
const DRAWS = 4;
/** Rows that are scored in all: a model with many features explains fewer flips. */
const MOST_SCORED = 400_000;

/**
 * Which features the flips of a finished replay go with: flips of a sample are scored again with one feature after the
 * other drawn from other predictions of the sample.
 * @returns empty when the sample holds no flip
 */
export async function attributeReplay(replay: StoredReplay, options: RunOptions): Promise<readonly Attribution[]> {
  const { plan } = replay;
  const candidate = await options.versions.get(replay.model, replay.candidate);
  if (plan === null || candidate === undefined || (replay.comparison?.flips.share ?? 0) === 0) return [];
  const arm = await openArm(candidate, options, 1);
  try {
    const { batch } = options.settings;
    const sample = await readSample(replay, plan.population, arm, options);
    const { scores } = await scoreMatrix(arm, sample.matrix, { batch, lanes: 2 });
    const { thresholds } = plan;
    const most = Math.max(
      1,
      Math.min(MOST_FLIPS, Math.floor(MOST_SCORED / (DRAWS * Math.max(1, candidate.inputs.length)))),
    );
    const flips = [...scores.keys()]
      .filter((row) => {
        const [control, ours] = [sample.recorded[row] ?? Number.NaN, scores[row] ?? Number.NaN];
        return (
          Number.isFinite(control) &&
          !Number.isNaN(ours) &&
          control >= thresholds.control !== ours >= thresholds.candidate
        );
      })
      .slice(0, most);
    return await attribute({
      inputs: candidate.inputs,
      window: pickRows(sample.matrix, arm.width, flips),
      reference: sample.matrix,
      compared: Float64Array.from(flips, (row) => sample.recorded[row] ?? Number.NaN),
      thresholds: { compared: thresholds.control, model: thresholds.candidate },
      draws: DRAWS,
      seed: 1,
      score: async (matrix) => (await scoreMatrix(arm, matrix, { batch, lanes: 2 })).scores,
    });
  } finally {
    await arm.scorer.close();
  }
}

/** About 20,000 predictions of all versions, chosen by hash. */
async function readSample(
  replay: StoredReplay,
  population: Population,
  { inputs }: OpenedArm,
  { store }: RunOptions,
): Promise<{ readonly matrix: Float32Array; readonly recorded: Float64Array }> {
  const share = Math.min(1, LOOKED_AT / Math.max(1, replay.recorded));
  const part = (hash: string): string =>
    share === 1 ? hash : String((BigInt(hash) * BigInt(Math.floor(share * 1e9))) / 1_000_000_000n);
  const { hashAtMost, declined, window } = population;
  const narrowed: Population = {
    ...population,
    hashAtMost: part(hashAtMost ?? LARGEST_HASH),
    declined: declined === undefined ? undefined : { ...declined, hashAtMost: part(declined.hashAtMost) },
  };
  const encoding = { inputs, controlInputs: null, slices: [], sampleHashes: [] };
  const pages = [];
  for (const version of population.versions)
    pages.push(
      ...(await readReplayPage(
        store.bulk,
        { population: narrowed, version, span: { ...window, part: 0, parts: 1 } },
        encoding,
      )),
    );
  return {
    matrix: joinRows(pages.map((page) => page.matrix)),
    recorded: Float64Array.from(pages.flatMap((page) => [...page.recorded])),
  };
}
