import { isFiniteRow } from '../../shadow/score-rows.ts';
import { ScoringError } from '../../shadow/scoring-error.ts';
import type { Scorer } from '../../shadow/scorer.ts';
import { sampledRows, type ReplayPage } from '../store/replay-rows.ts';
import { SCORE_ERRORS, type ScoreError } from '../store/shadow-scores.ts';

/** A model of a replay, and the columns of its matrix. */
export interface Arm {
  readonly scorer: Scorer;
  readonly width: number;
}

/** Scores of a page: NaN and an index into `SCORE_ERRORS` where there is none. */
export interface Scores {
  readonly scores: Float32Array;
  readonly errors: Uint8Array;
}

/** Batches on their way to the worker at once: one being scored, one behind it. */
const IN_FLIGHT = 2;
/** Rounds before the clock counts, so that neither model is measured while it warms up; a slow model needs fewer. */
const WARM_UP = 20;
const WARM_UP_MS = 100;

/**
 * Scores a page in batches. A batch that takes too long, or costs its worker, gets no scores but their reason.
 * @throws ScoringError `gave_up` when the model has cost too many workers
 */
export async function scorePage({ scorer, width }: Arm, page: ReplayPage, batch: number): Promise<Scores> {
  const scores = new Float32Array(page.rows).fill(Number.NaN);
  const errors = new Uint8Array(page.rows);
  const scoreBatch = async (from: number): Promise<void> => {
    const to = Math.min(from + batch, page.rows);
    try {
      scores.set(await scorer.score(page.matrix.subarray(from * width, to * width), to - from), from);
      for (let row = from; row < to; row++)
        if (Number.isNaN(scores[row]))
          errors[row] = code(isFiniteRow(page.matrix, row, width) ? 'no_score' : 'not_finite');
    } catch (error) {
      if (!(error instanceof ScoringError) || error.fault === 'gave_up') throw error;
      errors.fill(code(error.fault), from, to);
    }
  };
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let from = next; from < page.rows; from = next) {
      next = from + batch;
      await scoreBatch(from);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
  return { scores, errors };
}

/** Milliseconds that each arm took for the sampled rows of its page, one row at a time; NaN where it was not measured. */
export interface Latencies {
  readonly candidate: Float32Array;
  readonly control: Float32Array;
}

/**
 * Times the sampled predictions on both arms by turns, so that whatever else the machine does falls on both alike.
 * @param control null when there is no artifact of the control
 * @param spend takes the milliseconds used; false ends the measurement
 */
export async function timePage(
  candidate: { readonly arm: Arm; readonly page: ReplayPage },
  control: { readonly arm: Arm; readonly page: ReplayPage } | null,
  spend: (milliseconds: number) => boolean,
): Promise<Latencies> {
  const measured = {
    candidate: new Float32Array(candidate.page.rows).fill(Number.NaN),
    control: new Float32Array(control?.page.rows ?? 0).fill(Number.NaN),
  };
  const rowOfControl = control === null ? new Map<string, number>() : sampledRows(control.page);
  let warmedMs = 0;
  for (const [key, row] of sampledRows(candidate.page)) {
    const other = rowOfControl.get(key);
    const inTurn = [() => timeRow(candidate, row, measured.candidate)];
    if (control !== null && other !== undefined) inTurn.push(() => timeRow(control, other, measured.control));
    for (let round = 0; warmedMs < WARM_UP_MS && round < WARM_UP; round++) warmedMs += await takeTurns(inTurn);
    warmedMs = WARM_UP_MS;
    if (!spend(await takeTurns(row % 2 === 0 ? inTurn : inTurn.reverse()))) break;
  }
  return measured;
}

async function takeTurns(turns: readonly (() => Promise<number>)[]): Promise<number> {
  let spent = 0;
  for (const turn of turns) spent += await turn();
  return spent;
}

/** @returns the milliseconds it took; 0 where the model gave no score */
async function timeRow(
  { arm, page }: { readonly arm: Arm; readonly page: ReplayPage },
  row: number,
  measured: Float32Array,
): Promise<number> {
  const { scorer, width } = arm;
  try {
    const [took = Number.NaN] = await scorer.timed(page.matrix.subarray(row * width, (row + 1) * width), 1);
    measured[row] = took;
    return Number.isNaN(took) ? 0 : took;
  } catch (error) {
    if (!(error instanceof ScoringError) || error.fault === 'gave_up') throw error;
    return 0;
  }
}

function code(error: ScoreError): number {
  return SCORE_ERRORS.indexOf(error);
}
