import type { FlipExample, NoiseFloor } from '../../detectors/terms.ts';
import { ANY, dearestFlips, type Flip, type Least } from '../../shadow/flip-examples.ts';
import type { PairCounts } from '../../shadow/compare.ts';
import { addExactly, SUM_PLACES } from '../../shadow/exact-sum.ts';
import { ScoreSample } from '../../shadow/score-sample.ts';
import { isTallyRecord, Tally, type Pairs, type TallyRecord, type TallyRules } from '../../shadow/tally.ts';
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
  readonly differing: number;
  /** Exact sums, as of `addExactly`. */
  readonly difference: readonly number[];
  readonly absolute: readonly number[];
}

/** Counts of the noise floor, and the exact sums of differences and of their size. */
class Noise {
  replayed: number;
  flips: number;
  differing: number;
  readonly difference = new Float64Array(SUM_PLACES);
  readonly absolute = new Float64Array(SUM_PLACES);

  constructor(record?: NoiseSums) {
    this.replayed = record?.replayed ?? 0;
    this.flips = record?.flips ?? 0;
    this.differing = record?.differing ?? 0;
    this.difference.set(record?.difference ?? []);
    this.absolute.set(record?.absolute ?? []);
  }

  record(): NoiseSums {
    const { replayed, flips, differing, difference, absolute } = this;
    return { replayed, flips, differing, difference: [...difference], absolute: [...absolute] };
  }

  sum(of: 'flips' | 'differing' | 'difference' | 'absolute'): number {
    const found = this[of];
    return typeof found === 'number' ? found : (found[0] ?? 0);
  }
}

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
  readonly #noise: { readonly approved: Noise; readonly declined: Noise };
  #flips: LedgerRecord['flips'];

  /**
   * @param kept what was counted before a restart; the sample is to be filled by the caller
   * @param self the candidate is the version that made the record: it is its own noise floor
   */
  constructor(rules: TallyRules, kept: LedgerRecord | null, self: boolean) {
    // Books of before had other columns: all is counted afresh.
    const record = kept !== null && isTallyRecord(kept.tally) ? kept : null;
    this.#rules = rules;
    this.#self = self;
    this.tally = new Tally(rules, record?.tally);
    this.#noise = { approved: new Noise(record?.noise), declined: new Noise(record?.declinedNoise) };
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
      noise: this.#noise.approved.record(),
      declinedNoise: this.#noise.declined.record(),
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
      (ofApproved * approved.sum(of) + ofDeclined * declined.sum(of)) / weight;
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
      addExactly(sums.difference, 0, again - before);
      addExactly(sums.absolute, 0, Math.abs(again - before));
      if (Math.abs(again - before) > SAME_SCORE) sums.differing++;
    }
  }

  #takeFlips(page: ReplayPage, pairs: Pairs): void {
    const least = (kept: readonly MetFlip[]): Least => {
      const last = kept.length < EXAMPLES ? undefined : kept.at(-1);
      return last === undefined ? ANY : { stake: last.value, at: last.timestamp };
    };
    const { toDecline, toApprove } = this.#flips;
    const found = dearestFlips(pairs, page.timestamps, this.#rules.thresholds, EXAMPLES, {
      toDecline: least(toDecline),
      toApprove: least(toApprove),
    });
    if (found.toDecline.length + found.toApprove.length === 0) return;
    const ids = textsOf(page, [...found.toDecline, ...found.toApprove]);
    const dearest = (before: readonly MetFlip[], flips: readonly Flip[]): MetFlip[] =>
      [...before, ...flips.map((flip) => met(page, flip, ids))].sort(byValue).slice(0, EXAMPLES);
    this.#flips = { toDecline: dearest(toDecline, found.toDecline), toApprove: dearest(toApprove, found.toApprove) };
  }
}

/** Dearest first; of those alike the earliest, so that the order in which they were met is no matter. */
function byValue(a: MetFlip, b: MetFlip): number {
  return b.value - a.value || a.timestamp - b.timestamp || (a.predictionId < b.predictionId ? -1 : 1);
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
