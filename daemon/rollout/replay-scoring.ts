import { isFiniteRow } from '../../shadow/score-rows.ts';
import { ScoringError } from '../../shadow/scoring-error.ts';
import type { Scorer } from '../../shadow/scorer.ts';
import { SCORE_ERRORS, type ScoreError } from '../../shadow/tally.ts';

/** A model of a replay, and the columns of its matrix. */
export interface Arm {
  readonly scorer: Scorer;
  readonly width: number;
  /** Scores that a row gets: one, or one a class. */
  readonly outputs: number;
}

/** Scores of a page, `outputs` a row: NaN and an index into `SCORE_ERRORS` where there is none. */
export interface Scores {
  readonly scores: Float32Array;
  readonly errors: Uint8Array;
}

/** Rounds before the clock counts, so that neither model is measured while it warms up; a slow model needs fewer. */
const WARM_UP = 20;
const WARM_UP_MS = 100;
/** Rows timed at a turn: few enough that whatever else the machine does falls on both models alike. */
const ROWS_A_TURN = 64;

/** Predictions of a batch, batches on their way at once, and who is told that the model was given up. */
export interface ScoringLanes {
  readonly batch: number;
  readonly lanes: number;
  readonly onGiveUp?: ((error: ScoringError) => void) | undefined;
  /** Aborted: no further batch is begun. */
  readonly cancelled?: AbortSignal;
}

/** In place of an index into `SCORE_ERRORS`: the prediction was not shown to the model. */
export const UNTRIED = 255;

/**
 * Scores a matrix in batches, `lanes` of them on their way at once. A batch that takes too long, or costs its worker, gets
 * no scores but their reason.
 * @param lanes.onGiveUp told when the model has cost too many workers: what was not tried is then `UNTRIED`
 * @throws ScoringError `gave_up` in that case without it; AbortError when it is cancelled
 */
export async function scoreMatrix(
  { scorer, width, outputs }: Arm,
  matrix: Float32Array,
  { batch, lanes, onGiveUp, cancelled }: ScoringLanes,
): Promise<Scores> {
  const rows = matrix.length / width;
  const scores = new Float32Array(rows * outputs).fill(Number.NaN);
  const errors = new Uint8Array(rows);
  const scoreBatch = async (from: number): Promise<void> => {
    const to = Math.min(from + batch, rows);
    try {
      scores.set(await scorer.score(matrix.subarray(from * width, to * width), to - from), from * outputs);
      for (let row = from; row < to; row++)
        if (Number.isNaN(scores[row * outputs]))
          errors[row] = code(isFiniteRow(matrix, row, width) ? 'no_score' : 'not_finite');
    } catch (error) {
      if (!(error instanceof ScoringError)) throw error;
      if (error.fault !== 'gave_up') errors.fill(code(error.fault), from, to);
      else if (onGiveUp === undefined) throw error;
      else {
        errors.fill(UNTRIED, from, to);
        onGiveUp(error);
      }
    }
  };
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let from = next; from < rows; from = next) {
      cancelled?.throwIfAborted();
      next = from + batch;
      await scoreBatch(from);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return { scores, errors };
}

/** Rows of a matrix that one arm is timed on. */
export interface TimedRows {
  readonly arm: Arm;
  /** The same predictions in the same order for both arms. */
  readonly matrix: Float32Array;
}

/** Milliseconds that each arm took for each of its rows, one row at a time; NaN where it was not measured. */
export interface Latencies {
  readonly candidate: Float32Array;
  readonly control: Float32Array;
}

/** Times predictions on both arms by turns, until the budget is spent. */
export async function timeArms(
  candidate: TimedRows,
  control: TimedRows | null,
  takes: TimingBudget,
): Promise<Latencies> {
  const count = candidate.matrix.length / candidate.arm.width;
  const measured = {
    candidate: new Float32Array(count).fill(Number.NaN),
    control: new Float32Array(control === null ? 0 : count).fill(Number.NaN),
  };
  const turnsOf = (from: number, to: number) => {
    const turns = [() => timeRows(candidate, from, to, measured.candidate)];
    return control === null ? turns : [...turns, () => timeRows(control, from, to, measured.control)];
  };
  if (count > 0) takes.rowsATurn ??= await warmUp(turnsOf(0, 1));
  for (let from = 0, turn = 0; from < count && takes.leftMs > 0; turn++) {
    const to = Math.min(from + (takes.rowsATurn ?? 1), count);
    const turns = turnsOf(from, to);
    for (const take of turn % 2 === 0 ? turns : turns.reverse()) takes.leftMs -= await take();
    from = to;
  }
  return measured;
}

/** Single rows may take as long in all as one batch: a slow model is timed on fewer of them. */
export interface TimingBudget {
  leftMs: number;
  rowsATurn?: number;
}

/** @returns how many rows to time at a turn, so that a turn is short */
async function warmUp(turns: readonly (() => Promise<number>)[]): Promise<number> {
  let [spent, last] = [0, 0];
  for (let round = 0; spent < WARM_UP_MS && round < WARM_UP; round++) {
    last = 0;
    for (const take of turns) last += await take();
    spent += last;
  }
  return Math.max(1, Math.min(ROWS_A_TURN, Math.floor(WARM_UP_MS / Math.max(last, 1e-3))));
}

/** @returns the milliseconds that the rows took; 0 where the model gave no score */
async function timeRows({ arm, matrix }: TimedRows, from: number, to: number, measured: Float32Array): Promise<number> {
  const { scorer, width } = arm;
  try {
    const took = await scorer.timed(matrix.subarray(from * width, to * width), to - from);
    measured.set(took, from);
    return took.reduce((sum, each) => sum + (Number.isNaN(each) ? 0 : each), 0);
  } catch (error) {
    if (!(error instanceof ScoringError) || error.fault === 'gave_up') throw error;
    return 0;
  }
}

function code(error: ScoreError): number {
  return SCORE_ERRORS.indexOf(error);
}
