import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ModelInput } from '../../detectors/terms.ts';
import { goldenRows } from '../../shadow/golden-rows.ts';
import { inspectModel, type InspectOptions } from '../../shadow/inspect-model.ts';
import { readModel } from '../../shadow/read-model.ts';
import { openScorer } from '../../shadow/scorer.ts';
import { openScoringThreads } from '../../shadow/scoring-threads.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import {
  classModelFolder,
  constant,
  floats,
  graph,
  graphModelFolder,
  layersModelFolder,
  modelFolder,
  node,
  placeholder,
  sigmoid,
  softmax,
} from './model-folder.ts';

function number(feature: string, change: Partial<ModelInput> = {}): ModelInput {
  return { feature, encoding: 'number', fill: 0, log1p: false, mean: 0, scale: 1, ...change };
}

function inspect(folder: string, change: Partial<InspectOptions> = {}): ReturnType<typeof inspectModel> {
  return inspectModel(folder, { inputs: [number('a'), number('b')], threshold: 0.5, backend: 'wasm', ...change });
}

/** What the tests edit of a model.json. */
interface Json {
  format?: string;
  weightsManifest: { paths: string[]; weights: Record<string, unknown>[] }[];
  modelTopology: { node: { op: string; attr: { shape: unknown } }[] };
}

function withPaths(folder: string, ...paths: string[]): Promise<void> {
  return editJson(folder, (json) => {
    for (const group of json.weightsManifest) group.paths = paths;
    return json;
  });
}

async function editJson(folder: string, edit: (json: Json) => unknown): Promise<void> {
  const file = join(folder, 'model.json');
  await writeFile(file, JSON.stringify(edit(JSON.parse(await readFile(file, 'utf8')))));
}

describe('the inspection of a model artifact', () => {
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  let folders = 0;
  /** Each scorer loads the files anew. */
  const threads = openScoringThreads(0);
  const fresh = (): string => join(directory.path, `model-${folders++}`);
  const good = (): Promise<string> => layersModelFolder(fresh(), { weights: [1, -2], bias: 0.5 });
  beforeAll(async () => {
    directory = await temporaryDirectory();
  });
  afterAll(async () => {
    await directory.remove();
  });

  it('tells the format, the backend, the columns and the SHA-256 of every file', async () => {
    const folder = await good();
    const hash = async (name: string): Promise<string> =>
      createHash('sha256')
        .update(await readFile(join(folder, name)))
        .digest('hex');
    const fractions = [13 / 997, ((7919 + 13) % 997) / 997] as const;
    expect(await inspect(folder)).toEqual({
      golden: [sigmoid(0.5), sigmoid(0.5), sigmoid(1 - 2 + 0.5), sigmoid(fractions[0] - 2 * fractions[1] + 0.5)].map(
        (score) => expect.closeTo(score, 6),
      ),
      format: 'layers',
      backend: 'wasm',
      width: 2,
      sha256: { 'model.json': await hash('model.json'), 'weights.bin': await hash('weights.bin') },
    });
  });

  it('accepts a graph model, and the format where model.json does not name it', async () => {
    const folder = await graphModelFolder(fresh(), { weights: [1, -2] });
    expect((await inspect(folder)).format).toBe('graph');
    await editJson(folder, (json) => ({ ...json, format: undefined }));
    expect((await inspect(folder)).format).toBe('graph');
  });

  it('counts a column for each category of a one_hot input', async () => {
    const folder = await layersModelFolder(fresh(), { weights: [1, 2, 3, 4] });
    const oneHot = number('country', { encoding: 'one_hot', categories: ['DE', 'FR', 'NL'] });
    expect((await inspect(folder, { inputs: [number('a'), oneHot] })).width).toBe(4);
    await expect(inspect(folder, { inputs: [number('a'), number('b')] })).rejects.toThrow(
      /takes 4 columns, but its registered inputs make 2: name every feature/,
    );
  });

  it('tells a wrong number of columns of a graph model that leaves its shape open', async () => {
    const folder = await graphModelFolder(fresh(), { weights: [1, 2, 3] });
    await editJson(folder, (json) => {
      const [first] = json.modelTopology.node;
      if (first !== undefined) first.attr.shape = { shape: { unknownRank: true } };
      return json;
    });
    await expect(inspect(folder)).rejects.toThrow(/cannot score a row of 2 columns .*check that its inputs/);
  });

  it.each([
    ['a parent folder', '../secret.bin'],
    ['a hidden parent folder', 'a/../../secret.bin'],
    ['an absolute path', '/etc/hostname'],
    ['an address', 'http://127.0.0.1:1/weights.bin'],
    ['a file address', 'file:///etc/hostname'],
    ['a backslash', '..\\secret.bin'],
    ['a NUL', 'weights.bin\0'],
  ])('refuses a weight file that is named by %s', async (_, path) => {
    const folder = await good();
    await writeFile(join(directory.path, 'secret.bin'), floats([1, -2, 0.5]));
    await withPaths(folder, path);
    await expect(inspect(folder)).rejects.toThrow(/lies outside the folder of the model: put every file beside/);
  });

  it('refuses a symbolic link that leads out of the folder, and follows one that stays', async () => {
    const folder = await good();
    await rename(join(folder, 'weights.bin'), join(directory.path, 'outside.bin'));
    await symlink('../outside.bin', join(folder, 'weights.bin'));
    await expect(inspect(folder)).rejects.toThrow(/lies outside the folder/);
    await rm(join(folder, 'weights.bin'));
    await rename(join(directory.path, 'outside.bin'), join(folder, 'inside.bin'));
    await symlink('inside.bin', join(folder, 'weights.bin'));
    expect((await inspect(folder)).format).toBe('layers');
  });

  it('refuses folders and named pipes in the place of files, without waiting for them', async () => {
    const folder = await good();
    await withPaths(folder, '.');
    await expect(inspect(folder)).rejects.toThrow(/outside the folder|no plain file/);
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    await withPaths(folder, 'pipe');
    await expect(inspect(folder)).rejects.toThrow(/pipe is no plain file: copy the model again/);
  });

  it('refuses missing, shorter, longer and doubled weight files', async () => {
    const folder = await good();
    await writeFile(join(folder, 'weights.bin'), floats([1, -2]));
    await expect(inspect(folder)).rejects.toThrow(/weights.bin is 4 bytes shorter than the weightsManifest says: copy/);
    await writeFile(join(folder, 'weights.bin'), floats([1, -2, 0.5, 9]));
    await expect(inspect(folder)).rejects.toThrow(/weights.bin is 4 bytes longer than the weightsManifest says: copy/);
    await writeFile(join(folder, 'weights.bin'), floats([1]));
    await withPaths(folder, 'weights.bin', 'weights.bin');
    await expect(inspect(folder)).rejects.toThrow(/names weights.bin twice/);
    await withPaths(folder, 'other.bin');
    await expect(inspect(folder)).rejects.toThrow(/other.bin is missing: copy the whole folder/);
    await expect(inspect(fresh())).rejects.toThrow(/there is no folder .*: copy the saved model there/);
  });

  it('refuses a model without weights, which would run on random ones', async () => {
    const folder = await good();
    await editJson(folder, (json) => ({ ...json, weightsManifest: undefined }));
    await expect(inspect(folder)).rejects.toThrow(/random weights: save it with its weights/);
    await editJson(folder, (json) => ({ ...json, weightsManifest: [{ paths: [], weights: [] }] }));
    await expect(inspect(folder)).rejects.toThrow(/cannot build the model .*save it again/);
    const graphFolder = await graphModelFolder(fresh(), { weights: [1, 2] });
    await editJson(graphFolder, (json) => ({ ...json, weightsManifest: [{ paths: [], weights: [] }] }));
    await expect(inspect(graphFolder)).rejects.toThrow(/save/);
  });

  it('refuses weights that are not finite, full and half precision', async () => {
    const folder = await layersModelFolder(fresh(), { weights: [1, NaN] });
    await expect(inspect(folder)).rejects.toThrow(/weight out\/kernel holds NaN or an infinity: train the model again/);
    const half = await good();
    await writeFile(join(half, 'weights.bin'), Buffer.from(new Uint16Array([0x3c00, 0x7c00, 0x3800]).buffer));
    await editJson(half, quantized('float16'));
    await expect(inspect(half)).rejects.toThrow(/weight out\/kernel holds NaN or an infinity/);
  });

  it('reads quantized weights at their exact length', async () => {
    const folder = await good();
    await editJson(folder, quantized('uint8'));
    await expect(inspect(folder)).rejects.toThrow(/9 bytes longer/);
    // Stored 10, 4 and 7 stand for 1, -2 and -0.5: value x scale + min.
    await writeFile(join(folder, 'weights.bin'), Uint8Array.from([10, 4, 7]));
    const { sha256 } = await inspect(folder);
    const scorer = await openScorer(
      {
        folder,
        sha256,
        format: 'layers',
        width: 2,
        backend: 'wasm',
        timeoutMs: 20_000,
        memoryMb: 1024,
      },
      threads,
    );
    expect((await scorer.score(Float32Array.from([2, 1]), 1))[0]).toBeCloseTo(sigmoid(2 - 2 - 0.5), 5);
    await scorer.close();
  });

  it('reads weights that are spread over shards, whatever their sizes', async () => {
    const folder = await good();
    const bytes = floats([1, -2, 0.5]);
    await writeFile(join(folder, 'a.bin'), bytes.subarray(0, 1));
    await writeFile(join(folder, 'b.bin'), bytes.subarray(1));
    await withPaths(folder, 'a.bin', 'b.bin');
    const { weightData } = await readModel(folder);
    expect(new Float32Array(weightData)).toEqual(Float32Array.from([1, -2, 0.5]));
    expect(weightData.byteLength).toBe(12);
  });

  it('refuses files that changed after they were registered, by one bit or by name', async () => {
    const folder = await good();
    const { sha256 } = await inspect(folder);
    const open = (): ReturnType<typeof openScorer> =>
      openScorer(
        { folder, sha256, format: 'layers', width: 2, backend: 'wasm', timeoutMs: 20_000, memoryMb: 1024 },
        threads,
      );
    await (await open()).close();
    const flipped = floats([1, -2, 0.5]);
    flipped[5] = (flipped[5] ?? 0) ^ 1;
    await writeFile(join(folder, 'weights.bin'), flipped);
    await expect(open()).rejects.toThrow(/weights.bin is not the file that was registered .*register the new files/);
    await writeFile(join(folder, 'weights.bin'), floats([1, -2, 0.5]));
    await editJson(folder, (json) => ({ ...json, note: 1 }));
    await expect(open()).rejects.toThrow(/model.json is not the file that was registered/);
  });

  it('refuses what is no model', async () => {
    const folder = await good();
    const write = (text: string): Promise<void> => writeFile(join(folder, 'model.json'), text);
    await write('{');
    await expect(inspect(folder)).rejects.toThrow(/model.json is not JSON .*save the model again/);
    await write('[]');
    await expect(inspect(folder)).rejects.toThrow(/no JSON object/);
    await write('{"weightsManifest": []}');
    await expect(inspect(folder)).rejects.toThrow(/no modelTopology/);
    await write('{"modelTopology": {}, "format": "saved-model"}');
    await expect(inspect(folder)).rejects.toThrow(/format "saved-model": convert it/);
    await write(`{"modelTopology": ${'['.repeat(100_000)}${']'.repeat(100_000)}}`);
    await expect(inspect(folder)).rejects.toThrow(/no modelTopology/);
    await rm(join(folder, 'model.json'));
    await expect(inspect(folder)).rejects.toThrow(/model.json is missing/);
  });

  it.each([
    ['text', [{ name: 'w', shape: [1], dtype: 'string' }], /weight w is of type "string"; only float32/],
    ['a negative size', [{ name: 'w', shape: [-1], dtype: 'float32' }], /malformed: .*lacks its name or shape/],
    ['petabytes', [{ name: 'w', shape: [1e6, 1e9], dtype: 'float32' }], /claims 4000000000000000 bytes/],
    [
      'no finite scale',
      [{ name: 'w', shape: [1], dtype: 'float32', quantization: { dtype: 'uint8', scale: 'x', min: 0 } }],
      /lacks a finite scale/,
    ],
    [
      'infinite weights of a byte',
      [{ name: 'w', shape: [1], dtype: 'float32', quantization: { dtype: 'uint8', scale: 1, min: -1e39 } }],
      /lacks a finite scale/,
    ],
    [
      'infinite weights of two bytes',
      [{ name: 'w', shape: [1], dtype: 'float32', quantization: { dtype: 'uint16', scale: 1e34, min: 0 } }],
      /lacks a finite scale/,
    ],
    [
      'an unknown quantization',
      [{ name: 'w', shape: [1], dtype: 'float32', quantization: { dtype: 'int4' } }],
      /unknown type "int4"/,
    ],
  ])('refuses a weight manifest that claims %s', async (_, weights, message) => {
    const folder = await modelFolder(fresh(), { json: { modelTopology: {} }, weights, bytes: floats([1]) });
    await expect(inspect(folder)).rejects.toThrow(message);
  });

  it('refuses a model.json too large to be one', async () => {
    const folder = await good();
    execFileSync('truncate', ['-s', '2G', join(folder, 'model.json')]);
    await expect(inspect(folder)).rejects.toThrow(/model.json has 2147483648 bytes, more than/);
  });

  it('refuses a model that no longer scores the golden rows as it did at registration', async () => {
    const folder = await good();
    const { sha256, golden } = await inspect(folder);
    const load = (scores: readonly (number | null)[]): ReturnType<typeof openScorer> =>
      openScorer(
        {
          folder,
          sha256,
          format: 'layers',
          width: 2,
          backend: 'cpu',
          golden: { rows: goldenRows([number('a'), number('b')]), scores },
          timeoutMs: 20_000,
          memoryMb: 1024,
        },
        threads,
      );
    await (await load(golden)).close();
    await expect(load([...golden.slice(0, 3), 0.75])).rejects.toThrow(
      /scores golden row 3 as 0\.\d+, at registration as 0\.75: the backend computes something else; choose another/,
    );
    await expect(load([null, ...golden.slice(1)])).rejects.toThrow(/at registration as nothing/);
  });

  /** Adds 0.25, 0.5, ... to the columns, which are the answer. */
  const columnsModel = (columns: number, ...more: readonly object[]): Promise<string> =>
    modelFolder(fresh(), {
      json: graph([placeholder('x', columns), constant('b', [columns]), node('score', 'BiasAdd', ['x', 'b']), ...more]),
      weights: [{ name: 'b', shape: [columns], dtype: 'float32' }],
      bytes: floats(Array.from({ length: columns }, (_, n) => (n + 1) / 4)),
    });
  const inputsOf = (columns: number) => Array.from({ length: columns }, (_, n) => number(`f${n}`));

  it('takes one score a row, with or without a dimension of its own, and of two classes the positive one', async () => {
    const flat = await columnsModel(1, node('flat', 'Squeeze', ['score'], { squeeze_dims: { list: { i: ['1'] } } }));
    const two = await columnsModel(2);
    const golden = async (folder: string, columns: number, positiveClass?: number) => {
      const asked = { inputs: inputsOf(columns), ...(positiveClass === undefined ? {} : { positiveClass }) };
      return (await inspect(folder, asked)).golden;
    };
    const rows = (columns: number) => goldenRows(inputsOf(columns));
    const column = (at: number) =>
      Array.from({ length: rows(2).length / 2 }, (_, row) => rows(2)[2 * row + at]! + (at + 1) / 4);
    expect(await golden(flat, 1)).toEqual(Array.from(rows(1), (x) => Math.fround(x + 0.25)));
    expect(await golden(two, 2)).toEqual(column(1).map(Math.fround));
    expect(await golden(two, 2, 0)).toEqual(column(0).map(Math.fround));
    expect(column(0)).not.toEqual(column(1));
  });

  it('refuses other outputs, and says what to do about many classes', async () => {
    await expect(inspect(await columnsModel(3), { inputs: inputsOf(3) })).rejects.toThrow(
      /answers each row with 3 columns: name their classes, in order, as classes; or save it with one score a row/,
    );
    await expect(inspect(await columnsModel(3), { inputs: inputsOf(3), classes: 4 })).rejects.toThrow(
      /answers each row with 3 columns, but 4 classes are named: name each class once, in the order of the columns/,
    );
    await expect(inspect(await columnsModel(1), { inputs: inputsOf(1), classes: 2 })).rejects.toThrow(
      /answers each row with one column, but 2 classes are named/,
    );
    await expect(inspect(await columnsModel(3), { inputs: inputsOf(3), classes: 3 })).rejects.toThrow(
      /class scores 0.25, 0.5, 0.75, which are no probabilities that add up to 1: save it with a softmax/,
    );
  });

  it('takes the scores of all classes where they are named', async () => {
    const weights = [
      [1, 0, -1],
      [0.5, -2, 0],
    ];
    const folder = await classModelFolder(fresh(), { weights, bias: [0, 0.5, 0] });
    const { golden } = await inspect(folder, { inputs: inputsOf(2), classes: 3 });
    const rows = goldenRows(inputsOf(2));
    const expected = Array.from({ length: rows.length / 2 }, (_, row) =>
      softmax(
        [0, 1, 2].map(
          (of) => rows[2 * row]! * weights[0]![of]! + rows[2 * row + 1]! * weights[1]![of]! + (of === 1 ? 0.5 : 0),
        ),
      ),
    );
    expect(golden).toEqual(expected.flat().map((score) => expect.closeTo(score, 6)));
  });

  it('refuses a model that mixes the rows of a batch', async () => {
    const mean = await modelFolder(fresh(), {
      json: graph([
        placeholder('x', 1),
        constant('axes', [2], 'DT_INT32'),
        node('mean', 'Mean', ['x', 'axes'], { keep_dims: { b: true } }),
        node('score', 'AddV2', ['x', 'mean']),
      ]),
      weights: [{ name: 'axes', shape: [2], dtype: 'int32' }],
      bytes: Buffer.from(new Int32Array([0, 1]).buffer),
    });
    await expect(inspect(mean, { inputs: [number('a')] })).rejects.toThrow(
      /alone and .* beside others: save it for inference/,
    );
  });

  it('refuses inputs whose fill values give no finite score', async () => {
    const folder = await graphModelFolder(fresh(), { weights: [1, -2] });
    await expect(inspect(folder, { inputs: [number('a'), number('b', { fill: 1e39 })] })).rejects.toThrow(
      /no finite score for a prediction without any feature: check the fill/,
    );
    await expect(inspect(folder, { inputs: [] })).rejects.toThrow(/without inputs: name its features/);
    await expect(inspect(folder, { threshold: NaN })).rejects.toThrow(/threshold NaN is no number/);
  });

  it('refuses an operation that TensorFlow.js does not know, and a model that never ends', async () => {
    const unknown = await graphModelFolder(fresh(), { weights: [1, -2] });
    await editJson(unknown, (json) => {
      for (const each of json.modelTopology.node) if (each.op === 'Sigmoid') each.op = 'Launch';
      return json;
    });
    await expect(inspect(unknown)).rejects.toThrow(/save/);
    const endless = await modelFolder(fresh(), endlessModel());
    await expect(inspect(endless, { inputs: [number('a')], backend: 'cpu', timeoutMs: 1000 })).rejects.toThrow(
      /did not score its first rows within 1000 ms: use a smaller model/,
    );
  });
});

function quantized(dtype: string): (json: Json) => unknown {
  return (json) => {
    for (const weight of json.weightsManifest.flatMap((group) => group.weights))
      weight['quantization'] = { dtype, scale: 0.5, min: -4 };
    return json;
  };
}

/** A small file whose single row takes minutes: products of 3000 x 3000 matrices. */
function endlessModel(): Parameters<typeof modelFolder>[1] {
  const rounds = 50;
  const products = Array.from({ length: rounds }, (_, n) =>
    node(`p${n + 1}`, 'MatMul', [`p${n}`, 'p0'], { transpose_a: { b: false }, transpose_b: { b: false } }),
  );
  return {
    json: graph([
      placeholder('x', 1),
      constant('sides', [2], 'DT_INT32'),
      constant('axes', [2], 'DT_INT32'),
      constant('zero', []),
      node('p0', 'Fill', ['sides', 'zero']),
      ...products,
      node('total', 'Sum', [`p${rounds}`, 'axes'], { keep_dims: { b: false } }),
      node('score', 'AddV2', ['x', 'total']),
    ]),
    weights: [
      { name: 'sides', shape: [2], dtype: 'int32' },
      { name: 'axes', shape: [2], dtype: 'int32' },
      { name: 'zero', shape: [], dtype: 'float32' },
    ],
    bytes: Buffer.concat([Buffer.from(new Int32Array([3000, 3000, 0, 1]).buffer), floats([0])]),
  };
}
