import { textsAt } from '../store/native-reader.ts';
import type { ReplayPage } from '../store/replay-rows.ts';
import { rowsWhere } from '../store/rows-where.ts';
import type { StoredLatency } from '../store/shadow-latencies.ts';
import type { Arms } from './answer-page.ts';
import { joinRows, pickRows } from '../../shadow/matrix-rows.ts';
import { timeArms, type TimingBudget } from './replay-scoring.ts';

/** Bytes of inputs that a sample holds at the most; what comes later is not timed. */
const MOST_BYTES = 64 * 1024 * 1024;

interface Kept {
  readonly ids: readonly string[];
  readonly timestamps: readonly number[];
  readonly matrix: Float32Array;
  /** Inputs of the control for the same predictions; empty without one. */
  readonly control: Float32Array;
}

/**
 * The predictions of a replay that are scored once more, one at a time. They are gathered page by page and timed when everything
 * else is done: while the store is read and batches are scored, each model would be measured beside other work of the other.
 */
export class TimedSample {
  readonly #timedAt: number;
  readonly #widths: { readonly candidate: number; readonly control: number };
  readonly #kept: Kept[] = [];
  #bytes = 0;

  /** @param timedAt rows that are in so many samples of a page are timed */
  constructor(timedAt: number, { candidate, control }: Arms) {
    this.#timedAt = timedAt;
    this.#widths = { candidate: candidate.width, control: control?.width ?? 0 };
  }

  add({ samples, ids, timestamps, matrix, control }: ReplayPage): void {
    if (this.#bytes > MOST_BYTES) return;
    const rows = rowsWhere(samples, (of) => of === this.#timedAt);
    const places = rows.map((row) => control?.rows.indexOf(row) ?? 0);
    const kept = {
      ids: textsAt(ids, rows),
      timestamps: Array.from(rows, (row) => Number(timestamps[row] ?? 0n)),
      matrix: pickRows(matrix, this.#widths.candidate, rows),
      control: control === null ? new Float32Array() : pickRows(control.matrix, this.#widths.control, places),
    };
    this.#kept.push(kept);
    this.#bytes += kept.matrix.byteLength + kept.control.byteLength;
  }

  /** Times both models by turns on all that was gathered. @returns what is known of each, predictions without a score left out */
  async time(
    { candidate, control }: Arms,
    of: { readonly replay: string; readonly model: string },
    budget: TimingBudget,
  ): Promise<StoredLatency[]> {
    const ids = this.#kept.flatMap((kept) => kept.ids);
    const timestamps = this.#kept.flatMap((kept) => kept.timestamps);
    const theirs = control === null ? null : { arm: control, matrix: joinRows(this.#kept.map((kept) => kept.control)) };
    const measured = await timeArms(
      { arm: candidate, matrix: joinRows(this.#kept.map(({ matrix }) => matrix)) },
      theirs,
      budget,
    );
    const latenciesOf = (version: string, milliseconds: Float32Array): StoredLatency[] =>
      Array.from(milliseconds, (took, at) => ({
        ...of,
        version,
        predictionId: ids[at] ?? '',
        timestamp: timestamps[at] ?? 0,
        milliseconds: took,
      })).filter((one) => !Number.isNaN(one.milliseconds));
    return [
      ...latenciesOf(candidate.version, measured.candidate),
      ...(control === null ? [] : latenciesOf(control.version, measured.control)),
    ];
  }
}
