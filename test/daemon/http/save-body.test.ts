import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { saveBody } from '../../../daemon/http/save-body.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

describe('a body that is saved as it comes', () => {
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  beforeAll(async () => {
    directory = await temporaryDirectory();
  });
  afterAll(() => directory.remove());

  it('is whole, with its size and its hash', async () => {
    const saved = await saveBody(
      Readable.from([Buffer.from('ab'), Buffer.from('c')]),
      join(directory.path, 'whole'),
      3,
    );
    expect(saved).toEqual({ bytes: 3, sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad' });
  });

  it('makes no file after it was refused, however early that was', async () => {
    const refuse = async (turn: number): Promise<void> => {
      const path = join(directory.path, `refused-${turn}`);
      await expect(saveBody(Readable.from([Buffer.from('abcd')]), path, 3)).rejects.toMatchObject({
        code: 'too_large',
      });
      await rm(path, { force: true });
    };
    // Many at once: opening a file and removing it are under way side by side.
    for (let turn = 0; turn < 2000; turn += 50)
      await Promise.all(Array.from({ length: 50 }, (_, at) => refuse(turn + at)));
    await pause(100);
    expect((await readdir(directory.path)).filter((name) => name.startsWith('refused'))).toEqual([]);
  });
});
