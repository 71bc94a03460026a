import { describe, expect, it } from 'vitest';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chooseBackend, missingAddon } from '../../shadow/choose-backend.ts';
import { loadModel, type LoadedModel } from '../../shadow/load-model.ts';
import { readModel } from '../../shadow/read-model.ts';
import { scoreRows } from '../../shadow/score-rows.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { floats, layersModelFolder, modelFolder } from './model-folder.ts';

/** A model that gives the first column, and cannot stand a negative one. */
const picky: LoadedModel = {
  outputs: 1,
  score: (matrix, rows) => {
    const firsts = Float32Array.from({ length: rows }, (_, row) => matrix[row * 2] ?? Number.NaN);
    if (firsts.some((first) => first < 0)) throw new Error('out of range');
    return firsts;
  },
};

describe('the scoring of rows', () => {
  it('costs a batch only the rows that cannot be scored', () => {
    const { scores, tookApart } = scoreRows(picky, Float32Array.from([1, 0, -1, 0, 3, 0]), 3, 2);
    expect([...scores]).toEqual([1, Number.NaN, 3]);
    expect(tookApart).toBe(true);
  });

  it('never shows the model what is not finite', () => {
    const seen: number[] = [];
    const spy: LoadedModel = {
      outputs: 1,
      score: (matrix, rows) => {
        seen.push(...matrix);
        return new Float32Array(rows).fill(0.5);
      },
    };
    const matrix = Float32Array.from([1, NaN, Infinity, 0, -Infinity, 2, 3, 4]);
    const { scores } = scoreRows(spy, matrix, 4, 2);
    // Others may read the same memory.
    expect([...matrix]).toEqual([1, NaN, Infinity, 0, -Infinity, 2, 3, 4]);
    expect(seen).toEqual([0, 0, 0, 0, 0, 0, 3, 4]);
    expect([...scores]).toEqual([NaN, NaN, NaN, 0.5]);
  });

  it('gives no score where the model gives an infinity', () => {
    const infinite: LoadedModel = { outputs: 1, score: () => Float32Array.from([Infinity, 0.25]) };
    expect([...scoreRows(infinite, new Float32Array(2), 2, 1).scores]).toEqual([NaN, 0.25]);
  });

  it('scores the other rows when an embedding is asked for an id that it does not have', async () => {
    const directory = await temporaryDirectory();
    await chooseBackend('cpu');
    const folder = await modelFolder(join(directory.path, 'embedding'), embeddingModel());
    const model = await loadModel(await readModel(folder), 1);
    const { scores, tookApart } = scoreRows(model, Float32Array.from([0, 7, 2]), 3, 1);
    expect(tookApart).toBe(true);
    expect([...scores]).toEqual([1, NaN, 3]);
    await directory.remove();
  });

  it('agrees between backends to five digits, whatever the size of the batch', async () => {
    const directory = await temporaryDirectory();
    const weights = Array.from({ length: 40 }, (_, n) => Math.sin(n));
    const folder = await layersModelFolder(join(directory.path, 'wide'), { weights, bias: 0.1 });
    const rows = 1500;
    const matrix = Float32Array.from({ length: rows * 40 }, (_, n) => Math.cos(n));
    const byBackend: Float32Array[] = [];
    for (const backend of ['wasm', 'cpu'] as const) {
      await chooseBackend(backend);
      const model = await loadModel(await readModel(folder), 40);
      const whole = model.score(matrix, rows);
      const last = model.score(matrix.slice(-40), 1);
      expect(last[0]).toBe(whole[rows - 1]);
      byBackend.push(whole);
    }
    const [wasm, cpu] = byBackend;
    for (let row = 0; row < rows; row++) expect(Math.abs((wasm?.[row] ?? 0) - (cpu?.[row] ?? 1))).toBeLessThan(1e-5);
    await directory.remove();
  });
});

describe('the native backend', () => {
  it('is only imported when its binary is there', async () => {
    const directory = await temporaryDirectory();
    const from = join(directory.path, 'from.js');
    expect(missingAddon(from)).toMatch(/is not installed/);
    const folder = join(directory.path, 'node_modules/@tensorflow/tfjs-node');
    await mkdir(join(folder, 'lib'), { recursive: true });
    await writeFile(join(folder, 'package.json'), '{}');
    expect(missingAddon(from)).toMatch(/without its binary/);
    await mkdir(join(folder, 'lib/napi-v8'));
    expect(missingAddon(from)).toMatch(/without its binary/);
    await writeFile(join(folder, 'lib/napi-v8/tfjs_binding.node'), '');
    expect(missingAddon(from)).toBeUndefined();
    await directory.remove();
  });
});

/** An embedding of three ids into one number: 1, 2 and 3. */
function embeddingModel(): Parameters<typeof modelFolder>[1] {
  const layers = [
    {
      class_name: 'Embedding',
      config: {
        name: 'e',
        input_dim: 3,
        output_dim: 1,
        input_length: 1,
        batch_input_shape: [null, 1],
        dtype: 'float32',
      },
    },
    { class_name: 'Flatten', config: { name: 'f' } },
  ];
  return {
    json: { format: 'layers-model', modelTopology: { class_name: 'Sequential', config: { name: 'm', layers } } },
    weights: [{ name: 'e/embeddings', shape: [3, 1], dtype: 'float32' }],
    bytes: floats([1, 2, 3]),
  };
}
