import type { BackendChoice } from './choose-backend.ts';
import type { ScoreRequest, WorkerStart } from './score-messages.ts';
import { ScoringError } from './scoring-error.ts';
import type { ScoringThread } from './scoring-thread.ts';
import type { ScoringThreads } from './scoring-threads.ts';

export interface ScorerOptions {
  /** Folder of `model.json` and its shards. */
  readonly folder: string;
  /** As registered, by file name; files that differ are refused. */
  readonly sha256?: Readonly<Record<string, string>>;
  readonly format: 'layers' | 'graph';
  /** Columns of the matrix. */
  readonly width: number;
  readonly positiveClass?: number;
  /** Columns that it answers with, one for each class; null, or nothing, where a row gets one score. */
  readonly classes?: number | null;
  readonly backend: BackendChoice;
  /** Rows and the scores they had at registration; a model that scores them otherwise is refused. */
  readonly golden?: WorkerStart['golden'];
  /** A batch that takes longer costs the worker thread. */
  readonly timeoutMs: number;
  /** Memory outside the heap, in MiB; a batch that wants more costs the worker thread. */
  readonly memoryMb: number;
}

/** A model in a worker thread of its own. Batches may be asked without waiting; they are answered in order. */
export interface Scorer {
  /** `tensorflow`, `wasm` or `cpu`. */
  readonly backend: string;
  /**
   * @param matrix row-major float32, `rows` x `width`; in shared memory it is read until the answer is there, else a copy is
   * @returns one score a row, or one a class, row-major; NaN where a row could not be scored
   * @throws ScoringError when the batch took too long, wanted too much memory or its thread was lost; later batches get a new thread
   */
  score(matrix: Float32Array, rows: number): Promise<Float32Array>;
  /** Milliseconds that each row takes when it is scored alone; NaN where it got no score. Throws as `score` does. */
  timed(matrix: Float32Array, rows: number): Promise<Float32Array>;
  close(): Promise<void>;
}

/** Threads that one scorer may lose before it says that the model is to blame. */
const MOST_LOST_THREADS = 3;

/**
 * Loads a model into a worker thread, or takes one that holds it.
 * @throws ModelFileError when the files are not those registered, or cannot be used
 * @throws Error when the chosen backend does not work here
 */
export async function openScorer(options: ScorerOptions, threads: ScoringThreads): Promise<Scorer> {
  const start: WorkerStart = {
    folder: options.folder,
    sha256: options.sha256 ?? null,
    format: options.format,
    width: options.width,
    positiveClass: options.positiveClass ?? 1,
    classes: options.classes ?? null,
    backend: options.backend,
    memoryMb: options.memoryMb,
    probe: null,
    golden: options.golden ?? { rows: new Float32Array(), scores: null },
  };
  const first = await threads.take(start, options.timeoutMs);
  let thread: Promise<ScoringThread> = Promise.resolve(first);
  let current = first;
  let lost = 0;
  let closed = false;

  const living = async (): Promise<ScoringThread> => {
    const now = await thread;
    if (now.alive) return now;
    if (current === now) {
      lost += 1;
      if (lost < MOST_LOST_THREADS) thread = threads.take(start, options.timeoutMs);
      else thread = Promise.reject(gaveUp(lost));
    }
    current = await thread;
    return current;
  };
  const ask = async (kind: ScoreRequest['kind'], matrix: Float32Array, rows: number): Promise<Float32Array> => {
    for (;;) {
      if (closed) throw new ScoringError('worker_lost', 'the scorer has ended');
      const alive = await living();
      try {
        return await alive.ask(kind, matrix, rows);
      } catch (error) {
        if (closed || !(error instanceof ScoringError) || !error.waited) throw error;
      }
    }
  };
  return {
    backend: first.backend,
    score: (matrix, rows) => ask('score', matrix, rows),
    timed: (matrix, rows) => ask('timed', matrix, rows),
    close: async () => {
      if (closed) return;
      closed = true;
      const last = await thread.catch(() => undefined);
      if (last !== undefined) await threads.giveBack(last);
    },
  };
}

function gaveUp(lost: number): ScoringError {
  return new ScoringError(
    'gave_up',
    `${lost} worker threads were lost to batches that took too long, wanted too much memory or failed: check the model, or raise replays.timeout or replays.memory`,
  );
}
