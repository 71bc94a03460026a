import type { Config } from '../config/config.ts';
import { pickTexts } from '../store/native-reader.ts';
import type { ReplayPage } from '../store/replay-rows.ts';
import type { ScoreFile } from '../store/shadow-scores.ts';
import { scoreMatrix, timeArms, type Arm, type Latencies, type Scores, type TimingBudget } from './replay-scoring.ts';

/** A registered version, opened. */
export interface ReplayArm extends Arm {
  readonly version: string;
}

/** The models that are shown predictions. */
export interface Arms {
  readonly candidate: ReplayArm;
  readonly control: ReplayArm | null;
}

/** What both models said of a page. */
export interface Answer extends Scores {
  /** Of the page's control sample. */
  readonly control: Scores | null;
  readonly latencies: Latencies;
  /** Rows that were timed. */
  readonly timed: readonly number[];
}

/**
 * Shows a page to the candidate, its samples to the control, and times both on the smallest one.
 * @param timedAt rows in so many samples are timed
 */
export async function answerPage(
  page: ReplayPage,
  { candidate, control }: Arms,
  { batch, workers }: Pick<Config['replays'], 'batch' | 'workers'>,
  timing: { readonly timedAt: number; readonly budget: TimingBudget },
): Promise<Answer> {
  const lanes = { batch, lanes: 2 * workers };
  const [scores, ofControl] = await Promise.all([
    scoreMatrix(candidate, page.matrix, lanes),
    control === null || page.control === null ? null : scoreMatrix(control, page.control.matrix, lanes),
  ]);
  const timed = [...page.samples.keys()].filter((row) => page.samples[row] === timing.timedAt);
  const inControl = page.control;
  const theirs =
    control === null || inControl === null
      ? null
      : { arm: control, matrix: inControl.matrix, rows: timed.map((row) => inControl.rows.indexOf(row)) };
  const latencies = await timeArms({ arm: candidate, matrix: page.matrix, rows: timed }, theirs, timing.budget);
  return { ...scores, control: ofControl, timed, latencies };
}

/** Puts the scores of a page into a file: the control's first, so that where the candidate's are, the page is. */
export async function writeAnswer(
  file: ScoreFile,
  name: { readonly replay: string; readonly model: string },
  { candidate, control }: Arms,
  page: ReplayPage,
  answer: Answer,
): Promise<void> {
  const { latencies, timed } = answer;
  if (answer.control !== null && page.control !== null && control !== null) {
    const { rows } = page.control;
    const places = timed.map((row) => rows.indexOf(row));
    await file.add({
      ...name,
      ...answer.control,
      version: control.version,
      rows: rows.length,
      ids: pickTexts(page.ids, rows),
      timestamps: BigInt64Array.from(rows, (row) => page.timestamps[row] ?? 0n),
      latencies: scattered(rows.length, latencies.control, places),
    });
  }
  const { rows, ids, timestamps } = page;
  const { scores, errors } = answer;
  const ours = scattered(rows, latencies.candidate, timed);
  await file.add({ ...name, version: candidate.version, rows, ids, timestamps, scores, errors, latencies: ours });
}

/** Values at their places among `rows`, NaN elsewhere. */
function scattered(rows: number, values: Float32Array, places: readonly number[]): Float32Array {
  const all = new Float32Array(rows).fill(Number.NaN);
  for (const [at, value] of values.entries()) all[places[at] ?? 0] = value;
  return all;
}
