import { joinRows, pickRows } from '../../shadow/matrix-rows.ts';
import { areLatenciesSettled } from '../../shadow/gate/settled-latencies.ts';
import { textsAt } from '../store/native-reader.ts';
import type { ReplayPage } from '../store/replay-rows.ts';
import { rowsWhere } from '../store/rows-where.ts';
import type { StoredLatency } from '../store/shadow-latencies.ts';
import type { Arms } from './answer-page.ts';
import { timeArms, type Latencies, type TimingBudget } from './replay-scoring.ts';

/** Bytes of inputs that a sample holds at the most; what comes later is not timed. */
const MOST_BYTES = 64 * 1024 * 1024;
const MOST_FURTHER_BYTES = MOST_BYTES / 2;
/** Further rows that are timed before it is looked again whether that was enough. */
const FURTHER_ROWS = 1000;
/** On a machine that is busy with other work each takes many times what it is measured at. */
const MOST_FURTHER_MS = 20_000;

interface Kept {
  readonly ids: readonly string[];
  readonly timestamps: readonly number[];
  readonly matrix: Float32Array;
  /** Inputs of the control for the same predictions; empty without one. */
  readonly control: Float32Array;
}

const NONE: Kept = { ids: [], timestamps: [], matrix: new Float32Array(), control: new Float32Array() };

/** Predictions that were gathered page by page. */
class Gathered {
  readonly #mostBytes: number;
  readonly #kept: Kept[] = [];
  #bytes = 0;

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  add({ ids, timestamps, matrix, control }: ReplayPage, rows: Uint32Array, { candidate, control: theirs }: Arms): void {
    if (this.#bytes > this.#mostBytes) return;
    const places = rows.map((row) => control?.rows.indexOf(row) ?? 0);
    const kept = {
      ids: textsAt(ids, rows),
      timestamps: Array.from(rows, (row) => Number(timestamps[row] ?? 0n)),
      matrix: pickRows(matrix, candidate.width, rows),
      control: control === null ? new Float32Array() : pickRows(control.matrix, theirs?.width ?? 0, places),
    };
    this.#kept.push(kept);
    this.#bytes += kept.matrix.byteLength + kept.control.byteLength;
  }

  whole(): Kept {
    return {
      ids: this.#kept.flatMap(({ ids }) => ids),
      timestamps: this.#kept.flatMap(({ timestamps }) => timestamps),
      matrix: joinRows(this.#kept.map(({ matrix }) => matrix)),
      control: joinRows(this.#kept.map(({ control }) => control)),
    };
  }
}

/**
 * The predictions of a replay that are scored once more, one at a time. They are gathered page by page and timed when everything
 * else is done: while the store is read and batches are scored, each model would be measured beside other work of the other.
 */
export class TimedSample {
  readonly #timedAt: number;
  readonly #arms: Arms;
  readonly #first = new Gathered(MOST_BYTES);
  readonly #further: Gathered | null;

  /**
   * @param timedAt rows that are in so many samples of a page are timed
   * @param goesOn those that are in one sample less are timed too, as long as the first have not settled how fast the two are
   */
  constructor(timedAt: number, arms: Arms, goesOn: boolean) {
    this.#timedAt = timedAt;
    this.#arms = arms;
    this.#further = goesOn && arms.control !== null ? new Gathered(MOST_FURTHER_BYTES) : null;
  }

  add(page: ReplayPage): void {
    const rowsIn = (samples: number): Uint32Array => rowsWhere(page.samples, (of) => of === samples);
    this.#first.add(page, rowsIn(this.#timedAt), this.#arms);
    this.#further?.add(page, rowsIn(this.#timedAt - 1), this.#arms);
  }

  /** Times both models by turns. @returns what is known of each, predictions without a score left out */
  async time(of: { readonly replay: string; readonly model: string }, budget: TimingBudget): Promise<StoredLatency[]> {
    const first = this.#first.whole();
    const timed = await this.#timeRows(first, budget);
    const parts = [{ rows: first, timed }];
    const isSettled = (): boolean =>
      areLatenciesSettled(
        joinRows(parts.map((part) => part.timed.control)),
        joinRows(parts.map((part) => part.timed.candidate)),
      );
    const further = this.#further?.whole() ?? NONE;
    const until = performance.now() + MOST_FURTHER_MS;
    for (let from = 0; from < further.ids.length; from += FURTHER_ROWS) {
      if (budget.leftMs <= 0 || performance.now() > until || isSettled()) break;
      const rows = this.#cut(further, from, from + FURTHER_ROWS);
      parts.push({ rows, timed: await this.#timeRows(rows, budget) });
    }
    const { candidate, control } = this.#arms;
    return parts.flatMap(({ rows, timed: { candidate: ours, control: theirs } }) => [
      ...latenciesOf(rows, { ...of, version: candidate.version }, ours),
      ...(control === null ? [] : latenciesOf(rows, { ...of, version: control.version }, theirs)),
    ]);
  }

  #timeRows(rows: Kept, budget: TimingBudget): Promise<Latencies> {
    const { candidate, control } = this.#arms;
    const theirs = control === null ? null : { arm: control, matrix: rows.control };
    return timeArms({ arm: candidate, matrix: rows.matrix }, theirs, budget);
  }

  #cut({ ids, timestamps, matrix, control }: Kept, from: number, to: number): Kept {
    const { candidate, control: theirs } = this.#arms;
    const width = theirs?.width ?? 0;
    return {
      ids: ids.slice(from, to),
      timestamps: timestamps.slice(from, to),
      matrix: matrix.subarray(from * candidate.width, to * candidate.width),
      control: control.subarray(from * width, to * width),
    };
  }
}

function latenciesOf(
  { ids, timestamps }: Kept,
  of: Pick<StoredLatency, 'replay' | 'model' | 'version'>,
  milliseconds: Float32Array,
): StoredLatency[] {
  return Array.from(milliseconds, (took, at) => ({
    ...of,
    predictionId: ids[at] ?? '',
    timestamp: timestamps[at] ?? 0,
    milliseconds: took,
  })).filter((one) => !Number.isNaN(one.milliseconds));
}
