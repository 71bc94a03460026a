import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { join } from 'node:path';
import { openScoringThreads } from '../../shadow/scoring-threads.ts';
import { openScorer, type Scorer, type ScorerOptions } from '../../shadow/scorer.ts';
import { perceptronFolder } from '../bench/replay/perceptron.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { graphModelFolder, layersModelFolder, sigmoid, slowModelFolder } from './model-folder.ts';

describe('a scorer', () => {
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  const opened: Scorer[] = [];
  const threads = openScoringThreads(0);
  const open = async (options: Partial<ScorerOptions> & { folder: string }): Promise<Scorer> => {
    const scorer = await openScorer(
      {
        format: 'layers',
        width: 2,
        backend: 'wasm',
        timeoutMs: 20_000,
        memoryMb: 1024,
        ...options,
      },
      threads,
    );
    opened.push(scorer);
    return scorer;
  };
  beforeAll(async () => {
    directory = await temporaryDirectory();
    await layersModelFolder(join(directory.path, 'layers'), { weights: [1, -2], bias: 0.5 });
    await graphModelFolder(join(directory.path, 'graph'), { weights: [1, -2], bias: 0.5 });
    await slowModelFolder(join(directory.path, 'slow'), 20);
  });
  afterAll(async () => {
    await Promise.all(opened.map((scorer) => scorer.close()));
    await directory.remove();
  });

  const rows = [
    [0, 0],
    [1, 1],
    [3, -1],
    [-2, 0.25],
  ];
  const known = rows.map(([a = 0, b = 0]) => sigmoid(a - 2 * b + 0.5));

  it.each([
    ['layers', 'wasm'],
    ['layers', 'cpu'],
    ['graph', 'wasm'],
    ['graph', 'cpu'],
  ] as const)('gives a %s model on %s the scores worked out by hand', async (format, backend) => {
    const scorer = await open({ folder: join(directory.path, format), format, backend });
    expect(scorer.backend).toBe(backend);
    const scores = await scorer.score(Float32Array.from(rows.flat()), rows.length);
    expect(scores).toHaveLength(rows.length);
    known.forEach((score, row) => expect(scores[row]).toBeCloseTo(score, 5));
  });

  it('gives the same scores on WASM and on CPU, to within 1e-5', async () => {
    const folder = await perceptronFolder(join(directory.path, 'perceptron'), [20, 32, 16, 1], 7);
    const matrix = Float32Array.from({ length: 500 * 20 }, (_, at) => Math.sin(at * 1.7) * 3);
    const [wasm, cpu] = await Promise.all([open({ folder, width: 20 }), open({ folder, width: 20, backend: 'cpu' })]);
    const [ofWasm, ofCpu] = [await wasm.score(matrix, 500), await cpu.score(matrix, 500)];
    const furthest = Math.max(...ofWasm.map((score, row) => Math.abs(score - (ofCpu[row] ?? Number.NaN))));
    expect(furthest).toBeLessThan(1e-5);
    // The scores differ among each other, so that the same for all would not pass.
    expect(Math.max(...ofWasm) - Math.min(...ofWasm)).toBeGreaterThan(0.01);
  });

  it('does not score a row that holds NaN or an infinity, and scores the others', async () => {
    const scorer = await open({ folder: join(directory.path, 'layers') });
    const scores = await scorer.score(Float32Array.from([1, 1, NaN, 0, 0, -Infinity, 0, 0]), 4);
    expect([...scores].map((score) => Number.isNaN(score))).toEqual([false, true, true, false]);
    expect(scores[3]).toBeCloseTo(sigmoid(0.5), 5);
  });

  it('answers batches in the order in which they were asked, and leaves the matrix alone', async () => {
    const scorer = await open({ folder: join(directory.path, 'layers') });
    const matrix = Float32Array.from([NaN, 1]);
    const answers = await Promise.all([
      scorer.score(matrix, 1),
      ...rows.map((row) => scorer.score(Float32Array.from(row), 1)),
    ]);
    expect(matrix).toEqual(Float32Array.from([NaN, 1]));
    expect(answers[0]?.[0]).toBeNaN();
    known.forEach((score, row) => expect(answers[row + 1]?.[0]).toBeCloseTo(score, 5));
  });

  it('reads batches out of shared memory, of any length, and leaves it alone', async () => {
    const scorer = await open({ folder: join(directory.path, 'layers') });
    const values = [...rows.flat(), NaN, 1, ...(rows[0] ?? [])];
    const shared = new Float32Array(new SharedArrayBuffer(values.length * 4));
    shared.set(values);
    const [large, none, small] = await Promise.all([
      scorer.score(shared.subarray(0, 2 * rows.length), rows.length),
      scorer.score(shared.subarray(2 * rows.length, 2 * rows.length + 2), 1),
      scorer.score(shared.subarray(2 * rows.length + 2), 1),
    ]);
    known.forEach((score, row) => expect(large[row]).toBeCloseTo(score, 5));
    expect(none[0]).toBeNaN();
    expect(small).toHaveLength(1);
    expect(small[0]).toBeCloseTo(known[0] ?? NaN, 5);
    expect([...shared]).toEqual(values);
  });

  it('times each row by itself, and no row that has no score', async () => {
    const scorer = await open({ folder: join(directory.path, 'layers') });
    const times = await scorer.timed(Float32Array.from([1, 1, NaN, 0, 2, 2]), 3);
    expect(times[0]).toBeGreaterThan(0);
    expect(times[1]).toBeNaN();
    expect(times[2]).toBeGreaterThan(0);
  });

  it('ends the thread of a batch that takes too long, and goes on with those that waited', async () => {
    const scorer = await open({
      folder: join(directory.path, 'slow'),
      format: 'graph',
      width: 1,
      backend: 'cpu',
      timeoutMs: 1500,
    });
    const quick = (): Promise<Float32Array> => scorer.score(Float32Array.from([1]), 1);
    const hanging = scorer.score(Float32Array.from([3000]), 1);
    const waited = quick();
    await expect(hanging).rejects.toMatchObject({ name: 'ScoringError', fault: 'timeout' });
    expect((await waited)[0]).toBe(0.5);
    expect((await quick())[0]).toBe(0.5);
  });

  it.each(['wasm', 'cpu'] as const)('ends the thread of a batch that wants too much memory on %s', async (backend) => {
    const folder = await slowModelFolder(join(directory.path, `broad-${backend}`), 0);
    const scorer = await open({ folder, format: 'graph', width: 1, backend, memoryMb: 64 });
    const quick = (): Promise<Float32Array> => scorer.score(Float32Array.from([1]), 1);
    expect((await quick())[0]).toBe(0.5);
    // A matrix of 6000 x 6000 singles: 137 MiB.
    await expect(scorer.score(Float32Array.from([6000]), 1)).rejects.toMatchObject({
      fault: 'worker_lost',
      message: expect.stringMatching(/wanted \d+ MiB of memory, more than the 64 MiB of replays.memory/) as string,
    });
    expect((await quick())[0]).toBe(0.5);
  });

  it.each(['wasm', 'cpu'] as const)(
    'refuses a model whose weights are larger than its memory on %s',
    async (backend) => {
      const folder = await perceptronFolder(join(directory.path, `large-${backend}`), [2000, 4500, 1], 7);
      await expect(open({ folder, width: 2000, backend, memoryMb: 32 })).rejects.toThrow(
        /wanted \d+ MiB of memory, more than the 32 MiB of replays.memory: use a smaller model, or raise it/,
      );
    },
  );

  it('gives up on a model that costs one thread after the other', async () => {
    const scorer = await open({
      folder: join(directory.path, 'slow'),
      format: 'graph',
      width: 1,
      backend: 'cpu',
      timeoutMs: 1000,
    });
    for (let n = 0; n < 3; n++)
      await expect(scorer.score(Float32Array.from([3000]), 1)).rejects.toMatchObject({ fault: 'timeout' });
    await expect(scorer.score(Float32Array.from([1]), 1)).rejects.toMatchObject({ fault: 'gave_up' });
  });

  it('refuses a backend that is not installed instead of taking another', async () => {
    await expect(open({ folder: join(directory.path, 'layers'), backend: 'tensorflow' })).rejects.toThrow(
      /tensorflow: @tensorflow\/tfjs-node is not installed.*replays\.backend/,
    );
  });

  it('takes the first backend that works when it may choose', async () => {
    expect((await open({ folder: join(directory.path, 'layers'), backend: 'auto' })).backend).toBe('wasm');
  });

  it('rejects what is still waiting when it is closed', async () => {
    const scorer = await open({ folder: join(directory.path, 'slow'), format: 'graph', width: 1, backend: 'cpu' });
    const hanging = expect(scorer.score(Float32Array.from([3000]), 1)).rejects.toThrow(/closed/);
    await scorer.close();
    await hanging;
    await expect(scorer.score(Float32Array.from([1]), 1)).rejects.toThrow(/ended/);
  });
});
