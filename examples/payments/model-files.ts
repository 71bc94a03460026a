import * as layers from '@tensorflow/tfjs-layers';
import * as tf from '@tensorflow/tfjs-core';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Input } from '../../daemon/api/contract.ts';

/** The manifest of `model.json`, as far as it is written here: all weights in one shard. */
interface ModelJson {
  readonly format: 'layers-model';
  readonly generatedBy: string;
  readonly convertedBy: null;
  readonly modelTopology: object;
  readonly weightsManifest: readonly [
    { readonly paths: readonly string[]; readonly weights: tf.io.WeightsManifestEntry[] },
  ];
}

/** Writes `model.json` and `weights.bin`, the format of TensorFlow.js, and `inputs.json` beside them. */
export async function saveModel(
  network: layers.LayersModel,
  inputs: readonly Input[],
  directory: string,
): Promise<void> {
  await mkdir(directory, { recursive: true });
  await network.save({
    save: async (artifacts) => {
      const weights = new Uint8Array(artifacts.weightData as ArrayBuffer);
      const model: ModelJson = {
        format: 'layers-model',
        generatedBy: `TensorFlow.js tfjs-layers v${layers.version_layers}`,
        convertedBy: null,
        modelTopology: artifacts.modelTopology as object,
        weightsManifest: [{ paths: ['weights.bin'], weights: artifacts.weightSpecs ?? [] }],
      };
      await writeFile(join(directory, 'weights.bin'), weights);
      await writeFile(join(directory, 'model.json'), JSON.stringify(model));
      return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
    },
  });
  await writeFile(join(directory, 'inputs.json'), JSON.stringify(inputs, null, 1));
}

/** Reads what `saveModel` wrote. */
export async function loadModel(
  directory: string,
): Promise<{ readonly network: layers.LayersModel; readonly inputs: readonly Input[] }> {
  const model = JSON.parse(await readFile(join(directory, 'model.json'), 'utf8')) as ModelJson;
  const weights = await readFile(join(directory, 'weights.bin'));
  // A fresh ArrayBuffer: small Node buffers share a pool, and TensorFlow.js would read the whole of it.
  const weightData = new Uint8Array(weights).buffer;
  const network = await layers.loadLayersModel(
    tf.io.fromMemory({
      modelTopology: model.modelTopology,
      weightSpecs: model.weightsManifest[0].weights,
      weightData,
    }),
  );
  const inputs = JSON.parse(await readFile(join(directory, 'inputs.json'), 'utf8')) as Input[];
  return { network, inputs };
}
