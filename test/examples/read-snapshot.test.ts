import { createClient } from '@clickhouse/client';
import { createChdbConnection } from 'chdb/connection';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSnapshot } from '../../examples/payments/read-snapshot.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const HOUR = 3_600_000;
const NEWEST = Date.parse('2026-03-01T12:00:00Z');

/** Rows as the daemon freezes them. */
const ROWS = [
  { at: NEWEST, numbers: { amount: 12.5 }, categories: { channel: 'web', device_known: 'true' }, label: null },
  { at: NEWEST - HOUR, numbers: { amount: 900 }, categories: { channel: 'app', device_known: 'false' }, label: '1' },
  { at: NEWEST - 30 * HOUR, numbers: {}, categories: { channel: 'web', device_known: 'true' }, label: '0' },
];

describe('a training snapshot', () => {
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  beforeAll(async () => {
    directory = await temporaryDirectory();
  });
  afterAll(() => directory.remove());

  it('is read newest first: numbers, texts, yes or no, what is missing, and labels', async () => {
    const file = await freeze(directory.path, ROWS);
    expect(await readSnapshot(file)).toEqual([
      { features: { amount: 12.5, channel: 'web', device_known: true }, fraud: false, weight: 6 },
      { features: { amount: 900, channel: 'app', device_known: false }, fraud: true, weight: 6 },
      { features: { channel: 'web', device_known: true }, fraud: false, weight: 1 },
    ]);
  });

  it('without fraud teaches nothing and is refused', async () => {
    const file = await freeze(directory.path, ROWS.slice(0, 1));
    await expect(readSnapshot(file)).rejects.toThrow('has 1 payments and no fraud');
  });

  it('that is not there is named', async () => {
    await expect(readSnapshot(join(directory.path, 'none.parquet'))).rejects.toThrow('none.parquet');
  });
});

let files = 0;

async function freeze(directory: string, rows: typeof ROWS): Promise<string> {
  const [lines, file] = [join(directory, `${++files}.ndjson`), join(directory, `${files}.parquet`)];
  await writeFile(lines, rows.map((row) => JSON.stringify(row)).join('\n'));
  const client = createClient({ connection: createChdbConnection({ path: ':memory:' }) as never });
  const structure = 'at Int64, numbers Map(String, Float64), categories Map(String, String), label Nullable(String)';
  await client.command({
    query: `INSERT INTO FUNCTION file('${file}', 'Parquet') SELECT fromUnixTimestamp64Milli(at, 'UTC') AS timestamp,
            numbers, categories, label FROM file('${lines}', 'JSONEachRow', '${structure}')`,
  });
  await client.close();
  return file;
}
