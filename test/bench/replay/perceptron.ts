import { join } from 'node:path';
import type { ModelInput } from '../../../detectors/terms.ts';
import { floats, modelFolder } from '../../shadow/model-folder.ts';

/** A perceptron by its layers: columns in, hidden units, one score. */
export type Layers = readonly number[];

export function layersName(layers: Layers): string {
  return layers.join('-');
}

export function featureNames(count: number): string[] {
  return Array.from({ length: count }, (_, at) => `f${String(at).padStart(3, '0')}`);
}

/** The features as they are recorded, in order: the scales of the columns are in the weights of the first layer. */
export function plainInputs(count: number): ModelInput[] {
  return featureNames(count).map((feature) => ({
    feature,
    encoding: 'number',
    fill: 0,
    log1p: false,
    mean: 0,
    scale: 1,
  }));
}

/** Writes a multilayer perceptron with small seeded weights as a TensorFlow.js layers model. */
export async function perceptronFolder(folder: string, layers: Layers, seed: number): Promise<string> {
  let state = seed;
  const random = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32 - 0.5;
  };
  const dense = layers.slice(1).map((units, at) => ({
    class_name: 'Dense',
    config: {
      name: `d${at}`,
      units,
      activation: at === layers.length - 2 ? 'sigmoid' : 'relu',
      use_bias: true,
      ...(at === 0 ? { batch_input_shape: [null, layers[0]] } : {}),
    },
  }));
  const weights = layers.slice(1).flatMap((units, at) => [
    { name: `d${at}/kernel`, shape: [layers[at] ?? 0, units], dtype: 'float32' },
    { name: `d${at}/bias`, shape: [units], dtype: 'float32' },
  ]);
  const values = weights.flatMap(({ shape }) =>
    Array.from(
      { length: shape.reduce((product, size) => product * size, 1) },
      () => random() / Math.sqrt(shape[0] ?? 1),
    ),
  );
  return modelFolder(join(folder), {
    json: { format: 'layers-model', modelTopology: { class_name: 'Sequential', config: { name: 'm', layers: dense } } },
    weights,
    bytes: floats(values),
  });
}
