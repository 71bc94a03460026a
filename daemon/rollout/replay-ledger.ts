import type { FlipExample, NoiseFloor } from '../../detectors/terms.ts';
import { dearestFlips, type Flip } from '../../shadow/flip-examples.ts';
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
  readonly flips: { readonly toDecline: readonly MetFlip[]; readonly toApprove: readonly MetFlip[] };
}

interface NoiseSums {
  readonly replayed: number;
  readonly flips: number;
  readonly difference: number;
  readonly absolute: number;
  readonly differing: number;
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
  #noise: NoiseSums;
  #flips: LedgerRecord['flips'];

  /**
   * @param record what was counted before a restart; the sample is to be filled by the caller
   * @param self the candidate is the version that made the record: it is its own noise floor
   */
  constructor(rules: TallyRules, record: LedgerRecord | null, self: boolean) {
    this.#rules = rules;
    this.#self = self;
    this.tally = new Tally(rules, record?.tally);
    this.#noise = record?.noise ?? { replayed: 0, flips: 0, difference: 0, absolute: 0, differing: 0 };
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
    return { tally: this.tally.record(), noise: this.#noise, flips: this.#flips };
  }

  /** Null when the control was not replayed. */
  noiseFloor(): NoiseFloor | null {
    const { replayed, flips, difference, absolute, differing } = this.#noise;
    if (replayed === 0) return null;
    return {
      replayed,
      flips: flips / replayed,
      score: absolute / replayed,
      bias: difference / replayed,
      differing: differing / replayed,
    };
  }

  get flips(): LedgerRecord['flips'] {
    return this.#flips;
  }

  #takeNoise(recorded: Float64Array, scores: Float32Array): void {
    const threshold = this.#rules.thresholds.control;
    let { replayed, flips, difference, absolute, differing } = this.#noise;
    for (let row = 0; row < recorded.length; row++) {
      const [before, again] = [recorded[row] ?? Number.NaN, scores[row] ?? Number.NaN];
      if (!Number.isFinite(before) || !Number.isFinite(again)) continue;
      replayed++;
      if (before >= threshold !== again >= threshold) flips++;
      difference += again - before;
      absolute += Math.abs(again - before);
      if (Math.abs(again - before) > SAME_SCORE) differing++;
    }
    this.#noise = { replayed, flips, difference, absolute, differing };
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
