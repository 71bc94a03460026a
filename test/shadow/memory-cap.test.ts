import { memoryUsage } from 'node:process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inspectModel } from '../../shadow/inspect-model.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { rangeModelFolder } from './model-folder.ts';

/** MiB that a thread, TensorFlow.js and this sampling take beside the model. */
const MARGIN = 256;
const inputs = [{ feature: 'a', encoding: 'number', fill: 0, log1p: false, mean: 0, scale: 1 }] as const;

/** The most that the process grew while something was done, in MiB. */
async function growth(work: () => Promise<unknown>): Promise<number> {
  const before = memoryUsage.rss();
  let most = before;
  const sampling = setInterval(() => (most = Math.max(most, memoryUsage.rss())), 5);
  await work().finally(() => clearInterval(sampling));
  return (Math.max(most, memoryUsage.rss()) - before) / 1024 / 1024;
}

describe.each(['wasm', 'cpu'] as const)('the memory of a model on %s', (backend) => {
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  const inspect = (name: string, memoryMb: number): Promise<unknown> =>
    inspectModel(join(directory.path, name), { inputs, threshold: 0.5, backend, memoryMb });
  beforeAll(async () => {
    directory = await temporaryDirectory();
    await rangeModelFolder(join(directory.path, 'vast'), 7e8);
    await rangeModelFolder(join(directory.path, 'small'), 1e6);
  });
  afterAll(async () => {
    await directory.remove();
  });

  it('is refused before it is there', async () => {
    const grown = await growth(() =>
      expect(inspect('vast', 64)).rejects.toThrow(
        /wanted 2671 MiB of memory, more than the 64 MiB of replays.memory: use a smaller model, or raise it/,
      ),
    );
    expect(grown).toBeLessThan(64 + MARGIN);
  });

  it('is given below the cap', async () => {
    await expect(inspect('small', 64)).resolves.toMatchObject({ backend });
  });
});
