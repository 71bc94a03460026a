import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultConfig } from '../../../daemon/config/config.ts';
import { readHistograms } from '../../../daemon/store/histograms.ts';
import { openStore, type Store } from '../../../daemon/store/store.ts';
import { startClickHouseHttp } from '../../support/clickhouse-http.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

describe('the store on a server', () => {
  let server: Awaited<ReturnType<typeof startClickHouseHttp>>;
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  let store: Store;
  beforeAll(async () => {
    [server, directory] = [await startClickHouseHttp(), await temporaryDirectory()];
    store = await openStore({ ...defaultConfig().store, url: server.url }, directory.path);
  });
  afterAll(async () => {
    await store.close();
    await server.stop();
    await directory.remove();
  });

  it('has the same tables and documents as an embedded one', async () => {
    expect(store.embedded).toBe(false);
    await store.ping();
    const things = store.documents<{ id: string; model: string; state: string; note: string }>('models');
    await things.put({ id: `it's`, model: 'm', state: 's', note: 'tab\tand\nline \\ back' });
    expect(await things.get(`it's`)).toEqual({ id: `it's`, model: 'm', state: 's', note: 'tab\tand\nline \\ back' });
  });

  it('takes blocks as a streamed body, and the same token only once', async () => {
    const columns = ['prediction_id', 'timestamp', 'label', 'source', 'received_at', 'segment'];
    const block = await store.watcher.bytes(
      `SELECT toString(number) AS prediction_id, toDateTime64('2026-11-01 00:00:00', 3) + number AS timestamp, '1' AS label,
              toLowCardinality('s') AS source, timestamp AS received_at, toUInt64(7) AS segment FROM numbers(1000) FORMAT Native`,
    );
    const file = join(directory.path, 'labels.native');
    await writeFile(file, block);
    await store.loader.insertBlocks('labels', columns, file, 'segment-7-labels');
    await store.loader.insertBlocks('labels', columns, file, 'segment-7-labels');
    expect(
      await store.reader.rows('SELECT count() AS n, uniqExact(prediction_id) AS ids FROM {database}.labels'),
    ).toEqual([{ n: 1000, ids: 1000 }]);
  });

  it('binds what it is asked for', async () => {
    expect(await readHistograms(store.reader, `'; DROP TABLE labels --`, { from: 0, to: 1000 })).toEqual([]);
  });
});

describe('a server that does not answer', () => {
  it('is named in the error', async () => {
    const refused = openStore({ ...defaultConfig().store, url: 'http://127.0.0.1:1' }, '/nowhere');
    await expect(refused).rejects.toThrow(/http:\/\/127\.0\.0\.1:1.*store\.url/s);
  });
});

describe('a data directory that is in use', () => {
  it('is refused with what to do', async () => {
    const { path, remove } = await temporaryDirectory();
    await writeFile(join(path, 'store'), 'a file where the engine wants a folder');
    await expect(openStore(defaultConfig().store, path)).rejects.toThrow(/--data/);
    await remove();
  });
});
