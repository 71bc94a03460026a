import { loadLayersModel } from '@tensorflow/tfjs-layers';
import * as tf from '@tensorflow/tfjs-core';
import { chooseBackend } from '../../../shadow/choose-backend.ts';
import { readModel } from '../../../shadow/read-model.ts';

/** Rows a second of the model runtime alone: the same batch again and again, out of memory, one thread. */
export async function bareRuntime(folder: string, width: number, batch: number): Promise<(ms: number) => number> {
  await chooseBackend('wasm');
  const { json, weightSpecs, weightData } = await readModel(folder);
  const model = await loadLayersModel(
    tf.io.fromMemory({
      modelTopology: json.modelTopology,
      weightSpecs: weightSpecs.map(({ shape, ...spec }) => ({ ...spec, shape: [...shape] })),
      weightData,
    }),
  );
  const rows = Float32Array.from({ length: batch * width }, (_, at) => Math.sin(at));
  const once = (): void => {
    tf.tidy(() => {
      const scores = model.predictOnBatch(tf.tensor2d(rows, [batch, width]));
      if (scores instanceof tf.Tensor) scores.dataSync();
    });
  };
  return (milliseconds) => {
    once();
    const began = performance.now();
    let batches = 0;
    while (performance.now() - began < milliseconds) {
      once();
      batches++;
    }
    return (batches * batch * 1000) / (performance.now() - began);
  };
}
