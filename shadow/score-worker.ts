import { readlinkSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { basename } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { chooseBackend, type Backend } from './choose-backend.ts';
import { firstLine } from './first-line.ts';
import { checkGolden } from './golden-rows.ts';
import { capMemory } from './memory-cap.ts';
import { loadModel, type LoadedModel } from './load-model.ts';
import { ModelFileError } from './model-file-error.ts';
import { probeModel } from './probe-model.ts';
import { processorWait } from './processor-wait.ts';
import { readModel } from './read-model.ts';
import type { ScoreRequest, WorkerAnswer, WorkerStart } from './score-messages.ts';
import { scoreRows } from './score-rows.ts';

// The thread of one model and one backend: a model that hangs, or takes the runtime with it, costs this thread only.
const start: WorkerStart = workerData;
const { width } = start;
const memory = capMemory(start.memoryMb);
const waited = processorWait();
/** A backend in native code is not given memory that threads share, but this copy. */
let copy: Float32Array = new Float32Array();
let backend: Backend | undefined;

yieldToOthers();
try {
  await serve();
} catch (error) {
  const refusal = tooLarge() ?? error;
  const isModels = refusal instanceof ModelFileError;
  answer({
    kind: 'refused',
    fault: isModels ? 'model' : 'backend',
    message: isModels ? refusal.message : firstLine(refusal),
  });
}

function tooLarge(): ModelFileError | undefined {
  const tooMuch = memory.exceeded();
  return tooMuch === undefined ? undefined : new ModelFileError(`${tooMuch}: use a smaller model, or raise it`);
}

/** Shadows never take the processor from what answers traffic: on Linux a thread has a priority of its own. */
function yieldToOthers(): void {
  try {
    const thread = Number(basename(readlinkSync('/proc/thread-self')));
    setPriority(thread, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // Elsewhere all threads share one priority.
  }
}

async function serve(): Promise<void> {
  backend = await chooseBackend(start.backend);
  const files = await readModel(start.folder, start.sha256 ?? undefined);
  if (start.format !== null && start.format !== files.format)
    throw new ModelFileError(`model.json is a ${files.format} model, registered as ${start.format}: register it again`);
  const model = await loadModel(files, width, start);
  answer({ kind: 'built' });
  const atStart = probeModel(model, width, start.probe);
  const golden = scoreGolden(model);
  if (start.golden.scores !== null) checkGolden(golden, start.golden.scores, model.outputs);
  const refusal = tooLarge();
  if (refusal !== undefined) throw refusal;
  answer({ kind: 'ready', backend, format: files.format, sha256: files.sha256, golden });
  parentPort?.on('message', (request: ScoreRequest) => {
    const found = request.kind === 'timed' ? timeRows(model, request) : score(model, request, atStart);
    const tooMuch = memory.exceeded();
    if (tooMuch !== undefined) answer({ kind: 'broken', message: tooMuch });
    else if (found === 'damaged')
      answer({ kind: 'broken', message: 'the runtime failed on a batch and no longer works' });
    else answer({ kind: 'answer', id: request.id, values: found });
  });
}

function scoreGolden(model: LoadedModel): (number | null)[] {
  const { rows } = start.golden;
  const { scores } = scoreRows(model, rows, rows.length / width, width);
  return Array.from(scores, (one) => (Number.isNaN(one) ? null : one));
}

/** A fault may leave the runtime damaged (an aborted WebAssembly module): it must still give the score it started with. */
function score(model: LoadedModel, { matrix, rows }: ScoreRequest, atStart: number): Float32Array | 'damaged' {
  const { scores, tookApart } = scoreRows(model, owned(matrix), rows, width);
  if (!tookApart || Number.isNaN(atStart)) return scores;
  return scoreRows(model, new Float32Array(width), 1, width).scores[0] === atStart ? scores : 'damaged';
}

function owned(matrix: Float32Array): Float32Array {
  if (backend !== 'tensorflow' || !(matrix.buffer instanceof SharedArrayBuffer)) return matrix;
  if (copy.length < matrix.length) copy = new Float32Array(matrix.length);
  copy.set(matrix);
  return copy.subarray(0, matrix.length);
}

/** Milliseconds that each row takes by itself, less those without a processor; NaN for a row that got no score. */
function timeRows(model: LoadedModel, { matrix, rows }: ScoreRequest): Float32Array {
  const milliseconds = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    const one = matrix.slice(row * width, (row + 1) * width);
    // The clock is outside: of a pause between two readings nothing is subtracted that was not counted.
    const began = performance.now();
    const waitedBefore = waited();
    const { scores } = scoreRows(model, one, 1, width);
    const waiting = waited() - waitedBefore;
    milliseconds[row] = Number.isNaN(scores[0]) ? Number.NaN : performance.now() - began - waiting;
  }
  return milliseconds;
}

function answer(message: WorkerAnswer): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- the port of a worker has no origin
  parentPort?.postMessage(message);
}
