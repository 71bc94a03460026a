import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { DOORS, type Received } from '../../../../daemon/ingest/doors/doors.ts';
import { readSpoolFile, SpoolFile } from '../../../../daemon/ingest/spool/spool-file.ts';
import { temporaryDirectory } from '../../../support/temporary.ts';

const NAME = '0000000000000001-0badcafe';
/** On both sides of what is copied behind its header. */
const SIZES = [0, 1, 300, 16_383, 16_384, 16_385, 100_000, 0, 2, 70_000, 5];

describe('a spool file', () => {
  it('holds small and large bodies in their order, as if each had been appended alone', async () => {
    const { path, remove } = await temporaryDirectory();
    const records = SIZES.map((size, at): Received => {
      const body = Buffer.alloc(size, at + 1);
      return { door: DOORS[at % DOORS.length]!, receivedAt: 1_700_000_000_000 + at, body };
    });
    const together = await SpoolFile.create(path, NAME);
    await together.append(records);
    await together.append(records.slice(0, 3));
    await together.close();
    const { records: read, damages } = await readSpoolFile(`${path}/${NAME}.spool`, NAME);
    expect(damages).toEqual([]);
    expect(read).toEqual([...records, ...records.slice(0, 3)]);
    const bytes = await readFile(`${path}/${NAME}.spool`);
    expect(together.bytes).toBe(bytes.length);

    const { path: other, remove: removeOther } = await temporaryDirectory();
    const alone = await SpoolFile.create(other, NAME);
    for (const record of [...records, ...records.slice(0, 3)]) await alone.append([record]);
    await alone.close();
    expect((await readFile(`${other}/${NAME}.spool`)).equals(bytes)).toBe(true);
    await Promise.all([remove(), removeOther()]);
  });
});
