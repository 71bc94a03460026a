import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultConfig } from '../../../daemon/config/config.ts';
import type { Engine } from '../../../daemon/store/engine.ts';
import { saveSnapshot } from '../../../daemon/store/snapshot.ts';
import { openStore, type Store } from '../../../daemon/store/store.ts';
import { startClickHouseHttp } from '../../support/clickhouse-http.ts';
import { temporaryDirectory, temporaryStore } from '../../support/temporary.ts';

const FROM = Date.UTC(2026, 0, 1);
const REQUEST = { model: `m'x`, window: { from: FROM, to: FROM + 60_000 }, asOf: FROM + 60_000, maxRows: 1000 };

describe('a snapshot', () => {
  let opened: Awaited<ReturnType<typeof temporaryStore>>;
  let double: Awaited<ReturnType<typeof startClickHouseHttp>>;
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  let remote: Store;
  let folder: string;
  beforeAll(async () => {
    [opened, double, directory] = [await temporaryStore(), await startClickHouseHttp(), await temporaryDirectory()];
    folder = directory.path;
    remote = await openStore({ ...defaultConfig().store, url: double.url }, folder);
    for (const { writer } of [opened.store, remote]) await writer.insert('predictions', [0, 1, 2].map(prediction));
  });
  afterAll(async () => {
    await remote.close();
    await double.stop();
    await directory.remove();
    await opened.remove();
  });
  const save = (engine: Engine, path: string) =>
    saveSnapshot(engine, REQUEST, { path, discard: () => rm(path, { force: true }) });
  const idsOf = async (path: string): Promise<string[]> => {
    const rows = await opened.store.watcher.rows<{ id: string }>(
      `SELECT prediction_id AS id FROM file({path:String}, 'Parquet') ORDER BY id`,
      { path },
    );
    return rows.map(({ id }) => id);
  };

  it('is the same from a server as from the embedded engine', async () => {
    const paths = ['embedded', 'server'].map((name) => join(folder, `${name}.parquet`));
    const saved = [await save(opened.store.watcher, paths[0] ?? ''), await save(remote.watcher, paths[1] ?? '')];
    expect(saved[1]).toEqual(saved[0]);
    expect(saved[0]).toMatchObject({ rows: 3, labelled: 0, sampledShare: 1 });
    expect(await idsOf(paths[0] ?? '')).toEqual(['p0', 'p1', 'p2']);
    expect(await idsOf(paths[1] ?? '')).toEqual(['p0', 'p1', 'p2']);
    expect((await readFile(paths[1] ?? '')).subarray(-4).toString()).toBe('PAR1');
  });

  it('is written again when rows arrived meanwhile, so that its counts are those of the file', async () => {
    const { watcher, writer } = opened.store;
    let late = 0;
    const busy: Engine = {
      ...watcher,
      save: async (...all) => {
        await watcher.save(...all);
        if (late++ === 0) await writer.insert('predictions', [prediction(3)]);
      },
    };
    const path = join(folder, 'busy.parquet');
    expect(await save(busy, path)).toMatchObject({ rows: 4 });
    expect(late).toBe(2);
    expect(await idsOf(path)).toHaveLength(4);
  });

  it('gives up, with a reason, where rows keep arriving', async () => {
    const { watcher, writer } = opened.store;
    let late = 10;
    const busy: Engine = {
      ...watcher,
      save: async (...all) => {
        await watcher.save(...all);
        await writer.insert('predictions', [prediction(late++)]);
      },
    };
    await expect(save(busy, join(folder, 'hopeless.parquet'))).rejects.toThrow('kept arriving');
  });
});

function prediction(n: number): object {
  const at = new Date(FROM + n).toISOString().replace('T', ' ').replace('Z', '');
  return {
    prediction_id: `p${n}`,
    timestamp: at,
    received_at: at,
    model: REQUEST.model,
    version: 'v',
    role: 'control',
  };
}
