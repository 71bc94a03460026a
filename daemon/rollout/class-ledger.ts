import type { ClassFlipExample, NoiseFloor } from '../../detectors/terms.ts';
import { alignClasses, classDistance, decidedClass } from '../../shadow/class-columns.ts';
import { dearestClassFlips, type ClassFlip } from '../../shadow/class-flips.ts';
import { ClassTally, type ClassPairs, type ClassTallyRecord } from '../../shadow/class-tally.ts';
import { addExactly, SUM_PLACES } from '../../shadow/exact-sum.ts';
import { ANY, type Least } from '../../shadow/flip-examples.ts';
import { textsAt } from '../store/native-reader.ts';
import type { ReplayPage } from '../store/replay-rows.ts';
import type { Scores } from './replay-scoring.ts';

/** The classes of a comparison, and those that each of the two answers with, in the order of its columns. */
export interface ComparedClasses {
  /** As of `comparedClasses`. */
  readonly names: readonly string[];
  readonly candidate: readonly string[];
  /** Null where the control has no artifact. */
  readonly control: readonly string[] | null;
}

/** A flip as it was met: what else is known of the prediction is looked up at the end. */
export type MetClassFlip = Omit<ClassFlipExample, 'traceId' | 'tags'>;

/** What a ledger holds, in plain values. */
export interface ClassLedgerRecord {
  readonly classes: ClassTallyRecord;
  readonly noise: ClassNoise;
  readonly flips: readonly MetClassFlip[];
}

interface ClassNoise {
  readonly replayed: number;
  readonly flips: number;
  readonly differing: number;
  /** Exact sums, as of `addExactly`: of the distances, then of the differences of each class. */
  readonly sums: readonly number[];
}

/** Flips shown. */
const EXAMPLES = 20;
/** Backends and batch sizes agree on far smaller differences. */
const SAME_SCORE = 1e-4;

/** The books of a replay whose candidate tells classes apart, counted page by page while the scores are in hand. */
export class ClassLedger {
  readonly #classes: ComparedClasses;
  readonly #self: boolean;
  readonly tally: ClassTally;
  readonly #noise: { replayed: number; flips: number; differing: number; readonly sums: Float64Array };
  #flips: readonly MetClassFlip[];

  /**
   * @param kept what was counted before a restart
   * @param self the candidate is the version that made the record: it is its own noise floor
   */
  constructor(classes: ComparedClasses, kept: ClassLedgerRecord | null, self: boolean) {
    this.#classes = classes;
    this.#self = self;
    const columns = classes.names.length;
    this.tally = new ClassTally(columns, kept?.classes);
    const { replayed = 0, flips = 0, differing = 0, sums = [] } = kept?.noise ?? {};
    this.#noise = { replayed, flips, differing, sums: new Float64Array((1 + columns) * SUM_PLACES) };
    this.#noise.sums.set(sums);
    this.#flips = kept?.flips ?? [];
  }

  get names(): readonly string[] {
    return this.#classes.names;
  }

  get flips(): readonly MetClassFlip[] {
    return this.#flips;
  }

  /** @param control scores of the page's control sample */
  take(page: ReplayPage, { scores, errors }: Scores, control: Scores | null): void {
    const { rows, stakes, slices } = page;
    const { names, candidate: ours, control: theirs } = this.#classes;
    const recorded = page.classScores ?? new Float64Array(rows * names.length).fill(Number.NaN);
    const candidate = alignClasses(scores, ours, names);
    const pairs: ClassPairs = { rows, recorded, candidate, stakes, errors, slices };
    this.tally.add(pairs);
    this.#takeFlips(page, pairs);
    if (this.#self)
      this.#takeNoise(
        recorded,
        candidate,
        Uint32Array.from({ length: rows }, (_, row) => row),
      );
    else if (control !== null && page.control !== null && theirs !== null)
      this.#takeNoise(recorded, alignClasses(control.scores, theirs, names), page.control.rows);
  }

  record(): ClassLedgerRecord {
    const { sums, ...counts } = this.#noise;
    return { classes: this.tally.record(), noise: { ...counts, sums: [...sums] }, flips: this.#flips };
  }

  /** Distances in place of score differences, and the difference of the class that differs most; null when the control was not replayed. */
  noiseFloor(): NoiseFloor | null {
    const { replayed, flips, differing, sums } = this.#noise;
    if (replayed === 0) return null;
    const biases = this.names.map((_, at) => (sums[(1 + at) * SUM_PLACES] ?? 0) / replayed);
    return {
      replayed,
      flips: flips / replayed,
      score: (sums[0] ?? 0) / replayed,
      bias: biases.reduce((most, bias) => (Math.abs(bias) > Math.abs(most) ? bias : most), 0),
      differing: differing / replayed,
    };
  }

  /** @param rows of the page, in the order of the rows that were scored `again` */
  #takeNoise(recorded: Float64Array, again: Float64Array, rows: Uint32Array): void {
    const columns = this.names.length;
    const noise = this.#noise;
    for (const [at, row] of rows.entries()) {
      const before = recorded.slice(row * columns, (row + 1) * columns);
      const after = again.subarray(at * columns, (at + 1) * columns);
      const [decided, now] = [decidedClass(before, 0, columns), decidedClass(after, 0, columns)];
      if (decided < 0 || now < 0) continue;
      const distance = classDistance(before, after, 0, columns);
      noise.replayed++;
      if (decided !== now) noise.flips++;
      if (distance > SAME_SCORE) noise.differing++;
      addExactly(noise.sums, 0, distance);
      for (let of = 0; of < columns; of++)
        addExactly(noise.sums, (1 + of) * SUM_PLACES, (after[of] ?? 0) - (before[of] ?? 0));
    }
  }

  #takeFlips(page: ReplayPage, pairs: ClassPairs): void {
    const last = this.#flips.length < EXAMPLES ? undefined : this.#flips.at(-1);
    const least: Least = last === undefined ? ANY : { stake: last.value, at: last.timestamp };
    const found = dearestClassFlips(pairs, page.timestamps, this.names.length, EXAMPLES, least);
    if (found.length === 0) return;
    const rows = Uint32Array.from(found, ({ row }) => row).sort();
    const ids = new Map(textsAt(page.ids, rows).map((id, at) => [rows[at] ?? 0, id]));
    const met = (flip: ClassFlip): MetClassFlip => ({
      predictionId: ids.get(flip.row) ?? '',
      version: page.version,
      timestamp: flip.at,
      from: this.names[flip.from] ?? '',
      to: this.names[flip.to] ?? '',
      controlScore: flip.control,
      candidateScore: flip.candidate,
      value: flip.stake,
    });
    this.#flips = [...this.#flips, ...found.map(met)].sort(byValue).slice(0, EXAMPLES);
  }
}

/** Dearest first; of those alike the earliest, so that the order in which they were met is no matter. */
function byValue(a: MetClassFlip, b: MetClassFlip): number {
  return b.value - a.value || a.timestamp - b.timestamp || (a.predictionId < b.predictionId ? -1 : 1);
}
