import type { ModelInput } from '../detectors/terms.ts';
import type { BackendChoice } from './choose-backend.ts';
import { goldenRows } from './golden-rows.ts';
import { inputWidth, missingRow } from './input-columns.ts';
import { ModelFileError } from './model-file-error.ts';
import type { LoadedFacts } from './score-messages.ts';
import { startScoringThread } from './scoring-thread.ts';

export interface InspectOptions {
  readonly inputs: readonly ModelInput[];
  /** Score at and above which the model declines. */
  readonly threshold: number;
  readonly positiveClass?: number;
  /** Classes that the model tells apart, one for each column that it answers with; null where a row gets one score. */
  readonly classes?: number | null;
  readonly backend?: BackendChoice;
  /** For the first execution of the model. */
  readonly timeoutMs?: number;
  /** For the model and its tensors, in MiB. */
  readonly memoryMb?: number;
}

/** What was found in a model's folder. */
export interface ModelFacts extends LoadedFacts {
  /** Columns of the matrix that the model takes. */
  readonly width: number;
}

/**
 * Checks a model artifact before it sees any traffic: its files, hashes and weights, and, in a worker thread, that it
 * takes the declared inputs and gives each row one finite score.
 * @param folder folder of `model.json` and its shards
 * @throws ModelFileError with a sentence that says what to do
 */
export async function inspectModel(folder: string, options: InspectOptions): Promise<ModelFacts> {
  const {
    inputs,
    threshold,
    positiveClass = 1,
    classes = null,
    backend = 'auto',
    timeoutMs = 30_000,
    memoryMb = 1024,
  } = options;
  const width = inputWidth(inputs);
  if (width === 0) throw new ModelFileError('the model is registered without inputs: name its features in order');
  if (!Number.isFinite(threshold))
    throw new ModelFileError(`the threshold ${threshold} is no number: name the score at which the model declines`);
  const probe = missingRow(inputs);
  const golden = { rows: goldenRows(inputs), scores: null };
  const thread = await startScoringThread(
    { folder, sha256: null, format: null, width, positiveClass, classes, backend, memoryMb, probe, golden },
    timeoutMs,
  );
  await thread.end();
  return { backend: thread.backend, format: thread.format, sha256: thread.sha256, golden: thread.golden, width };
}
