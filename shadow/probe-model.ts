import { firstLine } from './first-line.ts';
import type { LoadedModel } from './load-model.ts';
import { ModelFileError } from './model-file-error.ts';
import { isFiniteRow } from './score-rows.ts';

/** Backends and batch sizes agree to about 3e-7; a model that mixes its rows is far from that. */
const SAME = 1e-4;
/** Probabilities of a hundred classes in single precision add up to 1 to within far less. */
const SUMS_TO_ONE = 1e-3;

/**
 * Runs a model for the first time: graph models report missing weights, wrong shapes and unknown operations only then.
 * @param probe a row that must get a finite score; null checks the shapes alone
 * @returns the score of a row of zeros, to be asked for again after a fault
 * @throws ModelFileError
 */
export function probeModel(model: LoadedModel, width: number, probe: Float32Array | null): number {
  const zero = new Float32Array(width);
  const { outputs } = model;
  const scores = run(model, zero, 1);
  const three = run(model, threeRows(width), 3);
  for (const [at, alone] of scores.entries()) {
    const third = three[2 * outputs + at] ?? Number.NaN;
    if (Number.isFinite(alone) && Math.abs(third - alone) > SAME)
      throw new ModelFileError(
        `the model scores a row ${alone} alone and ${third} beside others: save it for inference, so that each row is scored by itself`,
      );
  }
  checkProbabilities(scores, outputs);
  checkProbabilities(three, outputs);
  if (probe !== null) {
    // A model may well give an ordinary score for a row of infinities; in a replay no such row is shown to it.
    const found = isFiniteRow(probe, 0, width) ? run(model, probe, 1) : Float32Array.of(Number.NaN);
    checkProbabilities(found, outputs);
    if (!found.every((score) => Number.isFinite(score)))
      throw new ModelFileError(
        `the model gives no finite score for a prediction without any feature: check the fill, mean and scale of its inputs`,
      );
  }
  return scores[0] ?? Number.NaN;
}

/** Classes are compared as probabilities: scores that are none would have neither a log loss nor a distance from others. */
function checkProbabilities(scores: Float32Array, outputs: number): void {
  if (outputs === 1) return;
  for (let from = 0; from < scores.length; from += outputs) {
    const row = scores.subarray(from, from + outputs);
    const sum = row.reduce((total, score) => total + score, 0);
    if (Number.isFinite(sum) && (row.some((score) => score < -SAME) || Math.abs(sum - 1) > SUMS_TO_ONE))
      throw new ModelFileError(
        `the model gives a row the class scores ${[...row].map((score) => Number(score.toPrecision(4))).join(', ')}, which are no probabilities that add up to 1: save it with a softmax`,
      );
  }
}

/** Two rows of 1, which is a valid id for most embeddings, and the row of zeros. */
function threeRows(width: number): Float32Array {
  return new Float32Array(3 * width).fill(1, 0, 2 * width);
}

function run(model: LoadedModel, matrix: Float32Array, rows: number): Float32Array {
  try {
    return model.score(matrix, rows);
  } catch (error) {
    if (error instanceof ModelFileError) throw error;
    throw new ModelFileError(
      `the model cannot score a row of ${matrix.length / rows} columns (${firstLine(error)}): check that its inputs are all named, and that it was saved with every weight`,
      { cause: error },
    );
  }
}
