import * as fc from 'fast-check';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeBlock } from '../../../../daemon/ingest/native/block.ts';
import { asRead, asWritten, everyColumn, pushRow, rowArbitrary, type Row } from '../../../support/native-rows.ts';
import { temporaryStore } from '../../../support/temporary.ts';

const blocksArbitrary = fc.array(fc.array(rowArbitrary, { minLength: 1, maxLength: 10 }), {
  minLength: 2,
  maxLength: 6,
});

/** Blocks of one file, each with dictionaries of its own. */
function encodeBlocks(blocks: readonly (readonly Row[])[]): Buffer {
  return Buffer.concat(
    blocks.map((rows) => {
      const columns = everyColumn();
      for (const row of rows) pushRow(columns, row);
      return encodeBlock(columns);
    }),
  );
}

describe('many Native blocks in one file', () => {
  let opened: Awaited<ReturnType<typeof temporaryStore>>;
  beforeAll(async () => {
    opened = await temporaryStore();
  });
  afterAll(() => opened.remove());

  const IN_ORDER = 'SETTINGS max_threads = 1, input_format_parallel_parsing = 0';
  const write = async (bytes: Uint8Array): Promise<string> => {
    const file = join(opened.directory, 'blocks.native');
    await writeFile(file, bytes);
    return file;
  };
  const read = async (file: string): Promise<Record<string, unknown>[]> =>
    opened.store.watcher.rows(`SELECT * FROM file({file:String}, 'Native') ${IN_ORDER}`, { file });

  it('are read by the engine as the same rows in the same order', async () => {
    await fc.assert(
      fc.asyncProperty(blocksArbitrary, async (blocks) => {
        expect(await read(await write(encodeBlocks(blocks)))).toEqual(blocks.flat().map(asRead));
      }),
      { numRuns: 40 },
    );
  });

  it('are byte for byte what the engine writes of the same blocks', async () => {
    await fc.assert(
      fc.asyncProperty(blocksArbitrary, async (blocks) => {
        const ours = encodeBlocks(blocks);
        const file = await write(ours);
        const theirs = await opened.store.watcher.bytes(
          `SELECT * FROM file({file:String}, 'Native') ${IN_ORDER} FORMAT Native`,
          { file },
        );
        expect(Buffer.from(theirs).toString('latin1')).toBe(asWritten(ours));
      }),
      { numRuns: 40 },
    );
  });

  it('are the same rows in one block, and as many blocks as the engine likes', async () => {
    await fc.assert(
      fc.asyncProperty(blocksArbitrary, async (blocks) => {
        const file = await write(encodeBlocks(blocks));
        const one = encodeBlocks([blocks.flat()]);
        const merged = await opened.store.watcher.bytes(
          `SELECT * FROM (SELECT * FROM file({file:String}, 'Native') LIMIT 1000) ORDER BY 1 = 1 ${IN_ORDER} FORMAT Native`,
          { file },
        );
        const again = await read(await write(merged));
        expect(again).toEqual(blocks.flat().map(asRead));
        expect(await read(await write(one))).toEqual(again);
      }),
      { numRuns: 20 },
    );
  });
});
