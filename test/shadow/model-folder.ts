import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Writes a TensorFlow.js layers model by hand: score = sigmoid(bias + sum of weight x column). */
export async function layersModelFolder(
  folder: string,
  { weights, bias = 0 }: { weights: readonly number[]; bias?: number },
): Promise<string> {
  const dense = {
    class_name: 'Dense',
    config: { name: 'out', units: 1, activation: 'sigmoid', use_bias: true, batch_input_shape: [null, weights.length] },
  };
  return modelFolder(folder, {
    json: {
      format: 'layers-model',
      modelTopology: { class_name: 'Sequential', config: { name: 'm', layers: [dense] } },
    },
    weights: [
      { name: 'out/kernel', shape: [weights.length, 1], dtype: 'float32' },
      { name: 'out/bias', shape: [1], dtype: 'float32' },
    ],
    bytes: floats([...weights, bias]),
  });
}

/** The same model as a TensorFlow graph: Placeholder, MatMul, BiasAdd, Sigmoid. */
export async function graphModelFolder(
  folder: string,
  { weights, bias = 0 }: { weights: readonly number[]; bias?: number },
): Promise<string> {
  return modelFolder(folder, {
    json: graph([
      placeholder('x', weights.length),
      constant('w', [weights.length, 1]),
      constant('b', [1]),
      node('product', 'MatMul', ['x', 'w'], { transpose_a: { b: false }, transpose_b: { b: false } }),
      node('sum', 'BiasAdd', ['product', 'b']),
      node('score', 'Sigmoid', ['sum']),
    ]),
    weights: [
      { name: 'w', shape: [weights.length, 1], dtype: 'float32' },
      { name: 'b', shape: [1], dtype: 'float32' },
    ],
    bytes: floats([...weights, bias]),
  });
}

/**
 * A graph whose work grows with its input: the largest value n of a batch makes `rounds` products of n x n matrices.
 * A row of zeros is quick, so the model passes every check. The score is always 0.5.
 */
export async function slowModelFolder(folder: string, rounds: number): Promise<string> {
  const products = Array.from({ length: rounds }, (_, n) =>
    node(`p${n + 1}`, 'MatMul', [`p${n}`, 'p0'], { transpose_a: { b: false }, transpose_b: { b: false } }),
  );
  return modelFolder(folder, {
    json: graph([
      placeholder('x', 1),
      constant('axes', [2], 'DT_INT32'),
      constant('zero', []),
      constant('one', []),
      node('largest', 'Max', ['x', 'axes'], { keep_dims: { b: false } }),
      node('atLeastOne', 'Maximum', ['largest', 'one']),
      node('side', 'Cast', ['atLeastOne'], { DstT: { type: 'DT_INT32' }, SrcT: { type: 'DT_FLOAT' } }),
      node('sides', 'Pack', ['side', 'side'], { axis: { i: '0' }, N: { i: '2' } }),
      node('p0', 'Fill', ['sides', 'zero']),
      ...products,
      node('total', 'Sum', [`p${rounds}`, 'axes'], { keep_dims: { b: false } }),
      node('nothing', 'Mul', ['x', 'zero']),
      node('sum', 'AddV2', ['nothing', 'total']),
      node('score', 'Sigmoid', ['sum']),
    ]),
    weights: [
      { name: 'axes', shape: [2], dtype: 'int32' },
      { name: 'zero', shape: [], dtype: 'float32' },
      { name: 'one', shape: [], dtype: 'float32' },
    ],
    bytes: Buffer.concat([Buffer.from(new Int32Array([0, 1]).buffer), floats([0, 1])]),
  });
}

/** A few hundred bytes that want 4 bytes for each of so many numbers, whatever the row. The score is always 0.5. */
export async function rangeModelFolder(folder: string, numbers: number): Promise<string> {
  return modelFolder(folder, {
    json: graph([
      placeholder('x', 1),
      constant('zero', []),
      constant('end', []),
      constant('one', []),
      constant('axis', [1], 'DT_INT32'),
      node('range', 'Range', ['zero', 'end', 'one'], { Tidx: { type: 'DT_FLOAT' } }),
      node('least', 'Min', ['range', 'axis'], { keep_dims: { b: false } }),
      node('nothing', 'Mul', ['x', 'zero']),
      node('sum', 'AddV2', ['nothing', 'least']),
      node('score', 'Sigmoid', ['sum']),
    ]),
    weights: [
      { name: 'zero', shape: [], dtype: 'float32' },
      { name: 'end', shape: [], dtype: 'float32' },
      { name: 'one', shape: [], dtype: 'float32' },
      { name: 'axis', shape: [1], dtype: 'int32' },
    ],
    bytes: Buffer.concat([floats([0, numbers, 1]), Buffer.from(new Int32Array([0]).buffer)]),
  });
}

export interface Parts {
  readonly json: Record<string, unknown>;
  readonly weights: readonly object[];
  readonly bytes: Buffer;
}

/** Writes `model.json` and one shard, `weights.bin`. */
export async function modelFolder(folder: string, { json, weights, bytes }: Parts): Promise<string> {
  await mkdir(folder, { recursive: true });
  await writeFile(
    join(folder, 'model.json'),
    JSON.stringify({ ...json, weightsManifest: [{ paths: ['weights.bin'], weights }] }),
  );
  await writeFile(join(folder, 'weights.bin'), bytes);
  return folder;
}

export function floats(values: readonly number[]): Buffer {
  return Buffer.from(Float32Array.from(values).buffer);
}

/** The logistic function, as the models above compute it. */
export function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

export function graph(nodes: readonly object[]): Record<string, unknown> {
  return { format: 'graph-model', modelTopology: { node: nodes, versions: { producer: 1 } } };
}

export function node(name: string, op: string, input: readonly string[], attr: object = {}): object {
  return { name, op, input, attr: { T: { type: 'DT_FLOAT' }, ...attr } };
}

export function placeholder(name: string, columns: number): object {
  const shape = { dim: [{ size: '-1' }, { size: String(columns) }] };
  return { name, op: 'Placeholder', attr: { dtype: { type: 'DT_FLOAT' }, shape: { shape } } };
}

export function constant(name: string, shape: readonly number[], dtype = 'DT_FLOAT'): object {
  const tensorShape = { dim: shape.map((size) => ({ size: String(size) })) };
  return { name, op: 'Const', attr: { dtype: { type: dtype }, value: { tensor: { dtype, tensorShape } } } };
}

/**
 * Writes a layers model that tells classes apart by hand: softmax of bias + sum of weight x column.
 * @param weights a row for each column of the input, in it one for each class
 */
export async function classModelFolder(
  folder: string,
  { weights, bias }: { weights: readonly (readonly number[])[]; bias?: readonly number[] },
): Promise<string> {
  const [columns, classes] = [weights.length, weights[0]?.length ?? 0];
  const dense = {
    class_name: 'Dense',
    config: {
      name: 'out',
      units: classes,
      activation: 'softmax',
      use_bias: true,
      batch_input_shape: [null, columns],
    },
  };
  return modelFolder(folder, {
    json: {
      format: 'layers-model',
      modelTopology: { class_name: 'Sequential', config: { name: 'm', layers: [dense] } },
    },
    weights: [
      { name: 'out/kernel', shape: [columns, classes], dtype: 'float32' },
      { name: 'out/bias', shape: [classes], dtype: 'float32' },
    ],
    bytes: floats([...weights.flat(), ...(bias ?? Array.from({ length: classes }, () => 0))]),
  });
}

/** What such a model answers to one row. */
export function softmax(scores: readonly number[]): number[] {
  const largest = Math.max(...scores);
  const powers = scores.map((score) => Math.exp(score - largest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}
