import type { FlipExample, NoiseFloor } from '../../detectors/terms.ts';
import { dearestFlips, type Flip } from '../../shadow/flip-examples.ts';
import type { PairCounts } from '../../shadow/compare.ts';
import { ScoreSample } from '../../shadow/score-sample.ts';
import { Tally, type Pairs, type TallyRecord, type TallyRules } from '../../shadow/tally.ts';
import { textsAt } from '../store/native-reader.ts';
import type { ReplayPage } from '../store/replay-rows.ts';
import { RANK_SAMPLE } from './replay-plan.ts';
import type { Scores } from './replay-scoring.ts';

/** A flip as it was met: what else is known of the prediction is looked up at the end. */
export type MetFlip = Omit<FlipExample, 'traceId' | 'tags'>;

/** What a ledger holds, in plain values. */
export interface LedgerRecord {
  readonly tally: TallyRecord;
  readonly noise: NoiseSums;
  /** Of what the control declines, which ledgers of before have in `noise`. */
  readonly declinedNoise?: NoiseSums;
  readonly flips: { readonly toDecline: readonly MetFlip[]; readonly toApprove: readonly MetFlip[] };
}

interface NoiseSums {
  readonly replayed: number;
  readonly flips: number;
  readonly difference: number;
  readonly absolute: number;
  readonly differing: number;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const NO_NOISE: NoiseSums = { replayed: 0, flips: 0, difference: 0, absolute: 0, differing: 0 };
/** Flips shown each way. */
const EXAMPLES = 10;
/** Backends and batch sizes agree on far smaller differences. */
const SAME_SCORE = 1e-4;

/** The books of a replay: everything that is told of it at the end, counted page by page while the scores are in hand. */
export class Ledger {
  readonly #rules: TallyRules;
  readonly #self: boolean;
  readonly tally: Tally;
  readonly sample = new ScoreSample(RANK_SAMPLE + RANK_SAMPLE / 10);
  /** Of what the control approves, and of what it declines. */
  readonly #noise: { readonly approved: Mutable<NoiseSums>; readonly declined: Mutable<NoiseSums> };
  #flips: LedgerRecord['flips'];

  /**
   * @param record what was counted before a restart; the sample is to be filled by the caller
   * @param self the candidate is the version that made the record: it is its own noise floor
   */
  constructor(rules: TallyRules, record: LedgerRecord | null, self: boolean) {
    this.#rules = rules;
    this.#self = self;
    this.tally = new Tally(rules, record?.tally);
    this.#noise = {
      approved: { ...NO_NOISE, ...record?.noise },
      declined: { ...NO_NOISE, ...record?.declinedNoise },
    };
    this.#flips = record?.flips ?? { toDecline: [], toApprove: [] };
  }

  /** @param control scores of the page's control sample */
  take(page: ReplayPage, { scores, errors }: Scores, control: Scores | null): void {
    const { rows, recorded, stakes, slices } = page;
    const pairs: Pairs = { rows, recorded, candidate: scores, stakes, errors, slices };
    this.tally.add(pairs);
    this.sample.add(pairs, (row) => (page.samples[row] ?? 0) >= 1);
    this.#takeFlips(page, pairs);
    if (this.#self) this.#takeNoise(page.recorded, scores);
    else if (control !== null && page.control !== null)
      this.#takeNoise(
        Float64Array.from(page.control.rows, (row) => page.recorded[row] ?? Number.NaN),
        control.scores,
      );
  }

  record(): LedgerRecord {
    return {
      tally: this.tally.record(),
      noise: { ...this.#noise.approved },
      declinedNoise: { ...this.#noise.declined },
      flips: this.#flips,
    };
  }

  /** Null when the control was not replayed. */
  noiseFloor(): NoiseFloor | null {
    const { approved, declined } = this.#noise;
    const replayed = approved.replayed + declined.replayed;
    if (replayed === 0) return null;
    const [ofApproved, ofDeclined] = this.#noiseWeights();
    const weight = ofApproved * approved.replayed + ofDeclined * declined.replayed;
    const mean = (of: 'flips' | 'absolute' | 'difference' | 'differing'): number =>
      (ofApproved * approved[of] + ofDeclined * declined[of]) / weight;
    return {
      replayed,
      flips: mean('flips'),
      score: mean('absolute'),
      bias: mean('difference'),
      differing: mean('differing'),
    };
  }

  /** Spearman's rank correlation of a slice, as it is in the traffic; null where it is not known. */
  rankCorrelation(counts: PairCounts): number | null {
    return this.sample.rankCorrelation(counts, this.#rankedBy);
  }

  /** The same, while others are served. */
  rankCorrelationInTurns(counts: PairCounts): Promise<number | null> {
    return this.sample.rankCorrelationInTurns(counts, this.#rankedBy);
  }

  get #rankedBy(): number | null {
    return this.#isStratified ? this.#rules.thresholds.control : null;
  }

  get #isStratified(): boolean {
    return this.#rules.weights.approved !== this.#rules.weights.declined;
  }

  /** How many predictions one that the control approves, and one that it declines, stands for among those of the noise floor. */
  #noiseWeights(): readonly [number, number] {
    const [all] = this.#isStratified ? this.tally.counts(0) : [];
    if (all === undefined || all.pairs === 0) return [1, 1];
    const { approved, declined } = this.#noise;
    return [
      (all.pairs - all.controlDeclines) / Math.max(1, approved.replayed),
      all.controlDeclines / Math.max(1, declined.replayed),
    ];
  }

  get flips(): LedgerRecord['flips'] {
    return this.#flips;
  }

  #takeNoise(recorded: Float64Array, scores: Float32Array): void {
    const threshold = this.#rules.thresholds.control;
    for (let row = 0; row < recorded.length; row++) {
      const [before, again] = [recorded[row] ?? Number.NaN, scores[row] ?? Number.NaN];
      if (!Number.isFinite(before) || !Number.isFinite(again)) continue;
      const sums = before >= threshold ? this.#noise.declined : this.#noise.approved;
      sums.replayed++;
      if (before >= threshold !== again >= threshold) sums.flips++;
      sums.difference += again - before;
      sums.absolute += Math.abs(again - before);
      if (Math.abs(again - before) > SAME_SCORE) sums.differing++;
    }
  }

  #takeFlips(page: ReplayPage, pairs: Pairs): void {
    const least = (kept: readonly MetFlip[]): number => (kept.length < EXAMPLES ? -1 : (kept.at(-1)?.value ?? -1));
    const { toDecline, toApprove } = this.#flips;
    const found = dearestFlips(pairs, this.#rules.thresholds, EXAMPLES, {
      toDecline: least(toDecline),
      toApprove: least(toApprove),
    });
    if (found.toDecline.length + found.toApprove.length === 0) return;
    const ids = textsOf(page, [...found.toDecline, ...found.toApprove]);
    const dearest = (before: readonly MetFlip[], flips: readonly Flip[]): MetFlip[] =>
      [...before, ...flips.map((flip) => met(page, flip, ids))].sort((a, b) => b.value - a.value).slice(0, EXAMPLES);
    this.#flips = { toDecline: dearest(toDecline, found.toDecline), toApprove: dearest(toApprove, found.toApprove) };
  }
}

function met(
  { version, timestamps }: ReplayPage,
  { row, control, candidate, stake }: Flip,
  ids: ReadonlyMap<number, string>,
): MetFlip {
  return {
    predictionId: ids.get(row) ?? '',
    version,
    timestamp: Number(timestamps[row]),
    controlScore: control,
    candidateScore: candidate,
    value: stake,
  };
}

function textsOf({ ids }: ReplayPage, flips: readonly Flip[]): Map<number, string> {
  const rows = Uint32Array.from(flips, ({ row }) => row).sort();
  const texts = textsAt(ids, rows);
  return new Map(Array.from(rows, (row, at) => [row, texts[at] ?? '']));
}
