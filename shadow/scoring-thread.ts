import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { ModelFileError } from './model-file-error.ts';
import type { LoadedFacts, ScoreRequest, WorkerAnswer, WorkerStart } from './score-messages.ts';
import { ScoringError } from './scoring-error.ts';

/** One worker thread that holds one model. Batches are answered in the order in which they were asked. */
export interface ScoringThread extends LoadedFacts {
  /** False once the thread has ended, for whatever reason. */
  readonly alive: boolean;
  /** It lives, and has answered all it was asked. */
  readonly idle: boolean;
  ask(kind: ScoreRequest['kind'], matrix: Float32Array, rows: number): Promise<Float32Array>;
  end(): Promise<void>;
}

/** Reading files and starting a backend: slow disks and busy machines are no fault of the model. */
const BUILD_TIMEOUT_MS = 60_000;
/** Heap of a thread, which holds only plain objects: weights and tensors live outside it. In MiB: at most, and beyond the cap. */
const MOST_HEAP_MB = 1024;
const HEAP_BEYOND_CAP_MB = 256;
const YOUNG_HEAP_MB = 48;

interface Waiting {
  readonly id: number;
  resolve(values: Float32Array): void;
  reject(error: Error): void;
}

/**
 * Starts a thread, loads the model there and executes it once.
 * @param timeoutMs for the first execution and for each batch; a batch that takes longer ends the thread
 * @throws ModelFileError when the model may not be used
 * @throws Error when no backend works
 */
export async function startScoringThread(start: WorkerStart, timeoutMs: number): Promise<ScoringThread> {
  const worker = new Worker(new URL(`./score-worker${extname(import.meta.url)}`, import.meta.url), {
    workerData: start,
    resourceLimits: {
      maxOldGenerationSizeMb: Math.min(MOST_HEAP_MB, start.memoryMb + HEAP_BEYOND_CAP_MB),
      maxYoungGenerationSizeMb: YOUNG_HEAP_MB,
    },
    stdout: true,
    stderr: true,
  });
  // What TensorFlow.js prints is not part of the daemon's log; what matters comes as messages.
  worker.stdout.resume();
  worker.stderr.resume();
  try {
    const facts = await loaded(worker, timeoutMs);
    return answering(worker, facts, timeoutMs);
  } catch (error) {
    await worker.terminate();
    throw error;
  }
}

function loaded(worker: Worker, timeoutMs: number): Promise<LoadedFacts> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    const limit = (what: string, ms: number): void => {
      clearTimeout(timer);
      timer = setTimeout(() => settle(new ModelFileError(`${what} within ${ms} ms: use a smaller model`)), ms);
    };
    const hear = (message: WorkerAnswer): void => {
      if (message.kind === 'built') limit('the model did not score its first rows', timeoutMs);
      else if (message.kind === 'ready') settle(message);
      else if (message.kind === 'refused')
        settle(message.fault === 'model' ? new ModelFileError(message.message) : new Error(message.message));
    };
    const fail = (error: Error): void => settle(lostWhileLoading(error.message));
    const exit = (code: number): void => settle(lostWhileLoading(`exit code ${code}`));
    const settle = (outcome: LoadedFacts | Error): void => {
      clearTimeout(timer);
      worker.off('message', hear).off('error', fail).off('exit', exit);
      if (outcome instanceof Error) reject(outcome);
      else resolve(outcome);
    };
    worker.on('message', hear).on('error', fail).on('exit', exit);
    limit('the model could not be read and built', BUILD_TIMEOUT_MS);
  });
}

function lostWhileLoading(why: string): ModelFileError {
  return new ModelFileError(`the model ended its thread while it was loaded (${why}): use a smaller model`);
}

function answering(worker: Worker, facts: LoadedFacts, timeoutMs: number): ScoringThread {
  const waiting: Waiting[] = [];
  let alive = true;
  let nextId = 0;
  let timer: NodeJS.Timeout | undefined;

  const lose = (error: ScoringError): void => {
    alive = false;
    clearTimeout(timer);
    waiting.shift()?.reject(error);
    for (const behind of waiting.splice(0)) behind.reject(new ScoringError('worker_lost', error.message, true));
  };
  const watchFirst = (): void => {
    clearTimeout(timer);
    const first = waiting[0];
    if (first === undefined) return;
    const late = (): void => {
      if (waiting[0] !== first) return;
      lose(new ScoringError('timeout', `a batch took longer than ${timeoutMs} ms`));
      void worker.terminate();
    };
    // Where this thread was busy, the answer may be waiting to be received: it is received before the verdict.
    timer = setTimeout(() => setImmediate(late), timeoutMs);
  };

  worker.on('message', (message: WorkerAnswer) => {
    if (!alive) return;
    if (message.kind === 'answer') {
      waiting.shift()?.resolve(message.values);
      watchFirst();
    } else if (message.kind === 'broken') {
      lose(new ScoringError('worker_lost', message.message));
      void worker.terminate();
    }
  });
  worker.on('error', (error: Error) =>
    lose(new ScoringError('worker_lost', `the scoring thread failed: ${error.message}`)),
  );
  worker.on('exit', () => lose(new ScoringError('worker_lost', 'the scoring thread ended')));

  return {
    backend: facts.backend,
    format: facts.format,
    sha256: facts.sha256,
    golden: facts.golden,
    get alive() {
      return alive;
    },
    get idle() {
      return alive && waiting.length === 0;
    },
    ask: (kind, matrix, rows) =>
      new Promise((resolve, reject) => {
        if (!alive) {
          reject(new ScoringError('worker_lost', 'the scoring thread has ended', true));
          return;
        }
        // Its memory goes with a message, or is shared: then the thread makes the copy.
        const shared = matrix.buffer instanceof SharedArrayBuffer;
        const sent = shared ? matrix : matrix.slice();
        const id = nextId++;
        waiting.push({ id, resolve, reject });
        worker.postMessage(
          { kind, id, matrix: sent, rows } satisfies ScoreRequest,
          shared ? [] : [sent.buffer as ArrayBuffer],
        );
        if (waiting.length === 1) watchFirst();
      }),
    end: async () => {
      lose(new ScoringError('worker_lost', 'the scorer was closed'));
      await worker.terminate();
    },
  };
}
