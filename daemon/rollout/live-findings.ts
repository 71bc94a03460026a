import type { ClassLabelled, ClassResult, Labelled, LiveShadow } from '../../detectors/terms.ts';
import { hashOfShare } from '../store/replay-population.ts';
import { ClassLedger } from './class-ledger.ts';
import {
  compareLatencies,
  judgeClassLabels,
  judgeLabels,
  withClassLinks,
  withLinks,
  type ReadingOptions,
} from './comparison-parts.ts';
import { LIVE_MS, type RunningShadow, type StoredShadow } from './live-shadow.ts';
import { attributeFlips, type AttributionOptions } from './replay-attribution.ts';
import type { ReplayPlan } from './replay-plan.ts';

/** What is told of a live shadow that is not in its books: it is read from the store now and then, as for a replay in the end. */
export interface LiveFindings extends Pick<LiveShadow, 'examples' | 'latency' | 'attribution' | 'explained'> {
  /** By slice. */
  readonly labelled: Readonly<Record<string, Labelled>>;
  /** In place of `labelled` and `examples` where the candidate tells classes apart. */
  readonly classes?: {
    readonly labelled: Readonly<Record<string, ClassLabelled>>;
    readonly examples: ClassResult['examples'];
  };
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
  // What was shed is recorded all the same.
  const recorded = shadow.scored + shadow.shed;
  const bySlice = <T>(of: (slice: string) => T): Record<string, T> =>
    Object.fromEntries(slices.map((slice) => [slice, of(slice)]));
  const told =
    ledger instanceof ClassLedger
      ? {
          labelled: {},
          examples: { toDecline: [], toApprove: [] },
          classes: {
            labelled: bySlice(await judgeClassLabels(shadow, plan, ledger.names, options)),
            examples: await withClassLinks(shadow, ledger.flips, options),
          },
        }
      : {
          labelled: bySlice(await judgeLabels(shadow, plan, options)),
          examples: await withLinks(shadow, ledger.flips, options),
        };
  return {
    ...told,
    latency: await compareLatencies(shadow, plan, options),
    ...(await attributeFlips({ ...shadow, recorded }, plan, options)),
    comparedAt,
  };
}

/** What it has scored, in the words of a replay: predictions since it began that it has scores of. */
async function planOf(
  { model, control, candidate, versions, since, share, thresholds, classes = null }: StoredShadow,
  now: number,
  options: FindingOptions,
): Promise<ReplayPlan> {
  const registered = control === null ? undefined : await options.versions.get(model, control);
  const isAlike = registered !== undefined && (registered.classes === undefined) === (classes === null);
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
    classes,
    noiseVersion: isAlike && control !== candidate ? control : null,
    sampleHashes: [hashAtMost, hashAtMost, hashAtMost],
  };
}
