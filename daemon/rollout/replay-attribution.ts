import type { Attribution, Replay, Window } from '../../detectors/terms.ts';
import { attribute, attributeClasses } from '../../shadow/attribution.ts';
import { readFlippedClasses } from '../store/class-comparison.ts';
import { readFlipped } from '../store/replay-comparison.ts';
import { LARGEST_HASH, type Population } from '../store/replay-population.ts';
import { readReplayPage } from '../store/replay-rows.ts';
import { joinRows, pickRows } from '../../shadow/matrix-rows.ts';
import type { ScoredTraffic } from './comparison-parts.ts';
import { openArm, type OpenedArm, type ScoringOptions } from './open-arm.ts';
import type { ReplayPlan } from './replay-plan.ts';
import type { RunOptions } from './replay-run.ts';
import { scoreMatrix } from './replay-scoring.ts';

/** Predictions from which values are drawn. */
const DRAWN_FROM = 20_000;
/** Flips that are explained: the share of one feature is then known to within 0.07. */
const MOST_FLIPS = 200;
/** Predictions whose score shift is explained, of all that were replayed. */
const MOST_SHIFTED = 1000;
const DRAWS = 4;
/** Rows that are scored for each of the two: a model with many features explains fewer. */
const MOST_SCORED = 200_000;

/** Why a replay shows what it shows, and what was looked at for it. */
export type Explanation = Pick<Replay, 'attribution' | 'explained'>;

interface Rows {
  readonly matrix: Float32Array;
  /** Scores; of classes row-major. */
  readonly recorded: Float64Array;
  readonly count: number;
}

/** What it takes to score predictions again. */
export type AttributionOptions = ScoringOptions & Pick<RunOptions, 'store' | 'versions' | 'cancelled'>;

/**
 * Which features the flips and the score shift of scored traffic go with: flips, however rare, and random predictions are
 * scored again with one feature after the other drawn from other predictions.
 * @param scored `recorded`: about how many predictions there are
 */
export async function attributeFlips(
  scored: ScoredTraffic & Pick<Replay, 'recorded'>,
  plan: ReplayPlan | null,
  options: AttributionOptions,
): Promise<Explanation> {
  const candidate = await options.versions.get(scored.model, scored.candidate);
  if (plan === null || candidate === undefined) return { attribution: [], explained: null };
  const arm = await openArm(candidate, options, 1);
  try {
    const most = (rows: number): number =>
      Math.max(1, Math.min(rows, Math.floor(MOST_SCORED / (DRAWS * Math.max(1, candidate.inputs.length)))));
    const sample = await readRows(plan, arm, options, { share: DRAWN_FROM / Math.max(1, scored.recorded) });
    const flipped = await readFlips(scored, plan, arm, options, most(MOST_FLIPS));
    const { thresholds, classes = null } = plan;
    const { settings, cancelled } = options;
    const { batch } = settings;
    const explain = ({ matrix, recorded }: Rows): Promise<Attribution[]> => {
      const question = {
        inputs: candidate.inputs,
        window: matrix,
        reference: sample.matrix,
        compared: recorded,
        draws: DRAWS,
        seed: 1,
        score: async (rows: Float32Array) => (await scoreMatrix(arm, rows, { batch, lanes: 2, cancelled })).scores,
      };
      return classes === null
        ? attribute({ ...question, thresholds: { compared: thresholds.control, model: thresholds.candidate } })
        : attributeClasses({ ...question, names: classes.names, classes: classes.candidate });
    };
    const shifted = spread(sample, plan, arm.width, most(MOST_SHIFTED));
    return {
      attribution: together(await explain(flipped), await explain(shifted)),
      explained: { flips: flipped.count, predictions: shifted.count },
    };
  } finally {
    await arm.scorer.close();
  }
}

/** Shares of the flips, and shifts of what is replayed; most flips first, then the largest shift. */
function together(ofFlips: readonly Attribution[], ofShift: readonly Attribution[]): Attribution[] {
  const flipsOf = new Map(ofFlips.map(({ feature, flips }) => [feature, flips]));
  return ofShift
    .map(({ feature, shift }) => ({ feature, flips: flipsOf.get(feature) ?? 0, shift }))
    .sort((a, b) => b.flips - a.flips || Math.abs(b.shift) - Math.abs(a.shift));
}

/** Rows at equal steps of what they stand for: of a stratified sample as many declines as the traffic has. */
function spread({ matrix, recorded, count }: Rows, plan: ReplayPlan, width: number, most: number): Rows {
  const { thresholds, weights, classes = null } = plan;
  if (classes !== null) {
    const step = Math.max(1, count / most);
    const rows = Array.from({ length: Math.min(count, most) }, (_, at) => Math.floor((at + 0.5) * step));
    return pickBoth({ matrix, recorded, count }, width, rows);
  }
  const weightOf = (score: number): number => (score >= thresholds.control ? weights.declined : weights.approved);
  const step = recorded.reduce((sum, score) => sum + weightOf(score), 0) / Math.min(most, recorded.length);
  const rows: number[] = [];
  let passed = 0;
  for (const [row, score] of recorded.entries()) {
    passed += weightOf(score);
    if (passed >= (rows.length + 0.5) * step) rows.push(row);
  }
  return pickBoth({ matrix, recorded, count }, width, rows);
}

function pickBoth({ matrix, recorded, count }: Rows, width: number, rows: readonly number[]): Rows {
  const columns = count === 0 ? 1 : recorded.length / count;
  return {
    matrix: pickRows(matrix, width, rows),
    recorded: Float64Array.from(rows.flatMap((row) => [...recorded.subarray(row * columns, (row + 1) * columns)])),
    count: rows.length,
  };
}

async function readFlips(
  scored: ScoredTraffic,
  plan: ReplayPlan,
  arm: OpenedArm,
  options: AttributionOptions,
  most: number,
): Promise<Rows> {
  const { population, thresholds, classes = null } = plan;
  const scores = { replay: scored.id, version: scored.candidate, population, slices: [] };
  const { bulk } = options.store;
  const found = await (classes === null
    ? readFlipped(bulk, scores, thresholds, most)
    : readFlippedClasses(bulk, scores, most));
  if (found.length === 0) return { matrix: new Float32Array(), recorded: new Float64Array(), count: 0 };
  const times = found.map(({ at }) => at);
  const window = { from: Math.min(...times), to: Math.max(...times) + 1 };
  return readRows(plan, arm, options, { ids: found.map(({ id }) => id), window });
}

/** Replayed predictions of all versions: about a share of them, chosen by hash, or those named. */
async function readRows(
  { population, classes = null }: ReplayPlan,
  { inputs }: OpenedArm,
  { store }: AttributionOptions,
  only: { readonly share?: number; readonly ids?: readonly string[]; readonly window?: Window },
): Promise<Rows> {
  const share = Math.min(1, only.share ?? 1);
  const part = (hash: string): string =>
    share === 1 ? hash : String((BigInt(hash) * BigInt(Math.floor(share * 1e9))) / 1_000_000_000n);
  const { hashAtMost, declined } = population;
  const narrowed: Population = {
    ...population,
    hashAtMost: part(hashAtMost ?? LARGEST_HASH),
    declined: declined === undefined ? undefined : { ...declined, hashAtMost: part(declined.hashAtMost) },
  };
  const names = classes?.names.slice(0, -1) ?? null;
  const encoding = { inputs, controlInputs: null, slices: [], sampleHashes: [], classes: names };
  const span = { ...(only.window ?? population.window), part: 0, parts: 1 };
  const pages = [];
  for (const version of population.versions)
    pages.push(...(await readReplayPage(store.bulk, { population: narrowed, version, span, ids: only.ids }, encoding)));
  return {
    matrix: joinRows(pages.map((page) => page.matrix)),
    recorded: Float64Array.from(pages.flatMap((page) => [...(page.classScores ?? page.recorded)])),
    count: pages.reduce((sum, { rows }) => sum + rows, 0),
  };
}
