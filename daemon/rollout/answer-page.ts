import type { Config } from '../config/config.ts';
import { pickTexts } from '../store/native-reader.ts';
import type { ReplayPage } from '../store/replay-rows.ts';
import type { ScoreFile } from '../store/shadow-scores.ts';
import { scoreMatrix, type Arm, type Scores, type ScoringLanes } from './replay-scoring.ts';

/** A registered version, opened. */
export interface ReplayArm extends Arm {
  readonly version: string;
  /** Names of the columns that it answers with; null for one score a row. */
  readonly classes: readonly string[] | null;
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
}

/** Batches that wait for a worker: it goes on while this thread is held up by something else. */
const LANES = 16;

/**
 * Shows a page to the candidate, and its samples to the control.
 * @param options.onGiveUp told when the candidate has cost too many workers; without it, that is thrown
 */
export async function answerPage(
  page: ReplayPage,
  { candidate, control }: Arms,
  {
    batch,
    workers,
    ...told
  }: Pick<Config['replays'], 'batch' | 'workers'> & Pick<ScoringLanes, 'onGiveUp' | 'cancelled'>,
): Promise<Answer> {
  const lanes = { ...told, batch, lanes: LANES * workers };
  /** Without the control's there is no noise floor, and that is all. */
  let isControlWhole = true;
  const controlGivenUp = told.onGiveUp === undefined ? undefined : () => void (isControlWhole = false);
  const [scores, ofControl] = await Promise.all([
    scoreMatrix(candidate, page.matrix, lanes),
    control === null || page.control === null
      ? null
      : scoreMatrix(control, page.control.matrix, { ...lanes, onGiveUp: controlGivenUp }),
  ]);
  return { ...scores, control: isControlWhole ? ofControl : null };
}

/** Puts the scores of a page into a file: the control's first, so that where the candidate's are, the page is. */
export async function writeAnswer(
  file: ScoreFile,
  name: { readonly replay: string; readonly model: string },
  { candidate, control }: Arms,
  page: ReplayPage,
  answer: Answer,
): Promise<void> {
  if (answer.control !== null && page.control !== null && control !== null) {
    const { rows } = page.control;
    await file.add({
      ...name,
      ...answer.control,
      version: control.version,
      classes: control.classes,
      rows: rows.length,
      ids: pickTexts(page.ids, rows),
      timestamps: BigInt64Array.from(rows, (row) => page.timestamps[row] ?? 0n),
    });
  }
  const { rows, ids, timestamps } = page;
  const { scores, errors } = answer;
  await file.add({
    ...name,
    version: candidate.version,
    classes: candidate.classes,
    rows,
    ids,
    timestamps,
    scores,
    errors,
  });
}
