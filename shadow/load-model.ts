import type { GraphModel } from '@tensorflow/tfjs-converter';
import type { io, NamedTensorMap, Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { firstLine } from './first-line.ts';
import { ModelFileError } from './model-file-error.ts';
import type { ModelFiles } from './read-model.ts';
import { loadGraphModel, loadLayersModel, tf } from './tensorflow.ts';

/** A model in the memory of this thread. */
export interface LoadedModel {
  /** Scores that each row gets: one, or one a class. */
  readonly outputs: number;
  /** `outputs` finite or non-finite scores a row of a row-major matrix, row-major; throws where the model cannot run on it. */
  score(matrix: Float32Array, rows: number): Float32Array;
}

/** What is taken of each row that a model answers. */
export interface Answers {
  /** Of a model that answers with two columns, which of them is the score. */
  readonly positiveClass?: number;
  /** Columns, all of which are taken, one for each class; null where one score a row is taken. */
  readonly classes?: number | null;
}

/**
 * Builds the model out of files already read; nothing is fetched or read from disk here.
 * @param width columns of the matrix
 * @throws ModelFileError for a model that TensorFlow.js cannot build, or that has another number of inputs
 */
export async function loadModel(
  files: ModelFiles,
  width: number,
  { positiveClass = 1, classes = null }: Answers = {},
): Promise<LoadedModel> {
  const execute = files.format === 'layers' ? await layersModel(files, width) : await graphModel(files, width);
  return {
    outputs: classes ?? 1,
    score: (matrix, rows) => {
      let scores: Float32Array = new Float32Array();
      tf.tidy(() => {
        // From a typed array: nested arrays take 280 times as long. Not returned: tidy would look through every score.
        const output = outputOf(execute(tf.tensor2d(matrix, [rows, width])), rows);
        scores = classes === null ? scoresOf(output, rows, positiveClass) : classScoresOf(output, classes);
      });
      return scores;
    },
  };
}

type Execute = (rows: Tensor2D) => Tensor | Tensor[] | NamedTensorMap;

async function layersModel(files: ModelFiles, width: number): Promise<Execute> {
  const model: LayersModel = await building(() =>
    loadLayersModel(tf.io.fromMemory(artifacts(files)), { strict: true }),
  );
  checkInputs(
    model.inputs.map((input) => input.shape),
    width,
  );
  return (rows) => model.predictOnBatch(rows);
}

async function graphModel(files: ModelFiles, width: number): Promise<Execute> {
  const model: GraphModel = await building(() => loadGraphModel(tf.io.fromMemory(artifacts(files))));
  checkInputs(
    model.inputs.map((input) => input.shape ?? null),
    width,
  );
  const input = model.inputs[0]?.name ?? '';
  return (rows) => model.execute({ [input]: rows });
}

function artifacts({ json, weightSpecs, weightData }: ModelFiles): io.ModelArtifacts {
  const { signature, userDefinedMetadata, format } = json;
  const made: io.ModelArtifacts = {
    modelTopology: json.modelTopology,
    weightSpecs: weightSpecs.map(({ shape, ...spec }) => ({ ...spec, shape: [...shape] })),
    weightData,
  };
  if (typeof format === 'string') made.format = format;
  if (isObject(signature)) made.signature = signature;
  if (isObject(userDefinedMetadata)) made.userDefinedMetadata = userDefinedMetadata;
  return made;
}

async function building<Model>(build: () => Promise<Model>): Promise<Model> {
  try {
    return await build();
  } catch (error) {
    throw new ModelFileError(
      `TensorFlow.js cannot build the model (${firstLine(error)}): save it again with TensorFlow.js 4, without custom layers`,
      { cause: error },
    );
  }
}

function checkInputs(shapes: readonly (readonly unknown[] | null)[], width: number): void {
  if (shapes.length !== 1)
    throw new ModelFileError(`the model has ${shapes.length} inputs: join them into one matrix [rows, columns]`);
  const shape = shapes[0] ?? null;
  // Graph models may leave the shape open; the probe then tells.
  if (shape === null) return;
  const columns = Array.isArray(shape[0]) ? null : shape[1];
  if (shape.length !== 2)
    throw new ModelFileError(
      `the model takes input of shape [${shape.join(', ')}]: only [rows, columns] can be replayed`,
    );
  if (typeof columns === 'number' && columns > 0 && columns !== width)
    throw new ModelFileError(
      `the model takes ${columns} columns, but its registered inputs make ${width}: name every feature of the model in order, and every category of one_hot inputs`,
    );
}

/** The one output of a model, `[rows]` or `[rows, columns]`. */
function outputOf(answer: ReturnType<Execute>, rows: number): Tensor {
  const outputs = answer instanceof tf.Tensor ? [answer] : Object.values(answer);
  const output = outputs[0];
  if (output === undefined || outputs.length !== 1)
    throw new ModelFileError(`the model has ${outputs.length} outputs: save it with one score a row, shape [rows, 1]`);
  const [first, columns = 1, ...more] = output.shape;
  if (first !== rows || more.length > 0 || columns < 1)
    throw new ModelFileError(
      `the model answers ${rows} rows with shape [${output.shape.join(', ')}], not [${rows}], [${rows}, 1] or [${rows}, classes]: save it with one score a row, or with those of its classes`,
    );
  return output;
}

function classScoresOf(output: Tensor, classes: number): Float32Array {
  const [, columns = 1] = output.shape;
  if (columns !== classes)
    throw new ModelFileError(
      `the model answers each row with ${columns === 1 ? 'one column' : `${columns} columns`}, but ${classes} classes are named: name each class once, in the order of the columns`,
    );
  return new Float32Array(output.dataSync());
}

function scoresOf(output: Tensor, rows: number, positiveClass: number): Float32Array {
  const [, columns = 1] = output.shape;
  if (columns > 2)
    throw new ModelFileError(
      `the model answers each row with ${columns} columns: name their classes, in order, as classes; or save it with one score a row, or with two classes, of which positive_class names one`,
    );
  const scores = output.dataSync();
  if (columns === 1) return new Float32Array(scores);
  return Float32Array.from({ length: rows }, (_, row) => scores[2 * row + positiveClass] ?? Number.NaN);
}

function isObject(value: unknown): value is Record<string, never> {
  return typeof value === 'object' && value !== null;
}
