import type { Labelled, LiveShadow } from '../../detectors/terms.ts';
import { hashOfShare } from '../store/replay-population.ts';
import { compareLatencies, judgeLabels, withLinks, type ReadingOptions } from './comparison-parts.ts';
import { LIVE_MS, type RunningShadow, type StoredShadow } from './live-shadow.ts';
import { attributeFlips, type AttributionOptions } from './replay-attribution.ts';
import type { ReplayPlan } from './replay-plan.ts';

/** What is told of a live shadow that is not in its books: it is read from the store now and then, as for a replay in the end. */
export interface LiveFindings extends Pick<LiveShadow, 'examples' | 'latency' | 'attribution' | 'explained'> {
  /** By slice. */
  readonly labelled: Readonly<Record<string, Labelled>>;
  readonly comparedAt: number;
}

export type FindingOptions = ReadingOptions & AttributionOptions;

/** Slices of one comparison: the largest ones. */
export const MOST_SLICES = 50;

/** Labels, latencies, the dearest flips and why they are, of what a live shadow has scored until now. */
export async function findInShadow({ shadow, ledger }: RunningShadow, options: FindingOptions): Promise<LiveFindings> {
  const comparedAt = options.clock.now();
  const plan = await planOf(shadow, comparedAt, options);
  const slices = ledger.tally.counts(MOST_SLICES).map(({ slice }) => slice);
  const labelled = await judgeLabels(shadow, plan, options);
  // What was shed is recorded all the same.
  const recorded = shadow.scored + shadow.shed;
  return {
    labelled: Object.fromEntries(slices.map((slice) => [slice, labelled(slice)])),
    examples: await withLinks(shadow, ledger.flips, options),
    latency: await compareLatencies(shadow, plan, options),
    ...(await attributeFlips({ ...shadow, recorded }, plan, options)),
    comparedAt,
  };
}

/** What it has scored, in the words of a replay: predictions since it began that it has scores of. */
async function planOf(
  { model, control, candidate, versions, since, share, thresholds }: StoredShadow,
  now: number,
  options: FindingOptions,
): Promise<ReplayPlan> {
  const isRegistered = control !== null && (await options.versions.get(model, control)) !== undefined;
  const hashAtMost = hashOfShare(share);
  return {
    population: {
      model,
      versions: control === null ? (versions ?? []) : [control],
      window: { from: since - LIVE_MS, to: now + LIVE_MS },
      receivedBy: now,
      hashAtMost,
    },
    thresholds,
    weights: { approved: 1, declined: 1 },
    noiseVersion: isRegistered && control !== candidate ? control : null,
    sampleHashes: [hashAtMost, hashAtMost, hashAtMost],
  };
}
