import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultConfig } from '../../../daemon/config/config.ts';
import { openLoads, type Loads } from '../../../daemon/store/loads.ts';
import { openStore, type Store } from '../../../daemon/store/store.ts';
import { startClickHouseHttp } from '../../support/clickhouse-http.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

describe('what daemons tell each other of their loads', () => {
  let server: Awaited<ReturnType<typeof startClickHouseHttp>>;
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  let store: Store;
  let elapsed = 0;
  beforeAll(async () => {
    [server, directory] = [await startClickHouseHttp(), await temporaryDirectory()];
    store = await openStore({ ...defaultConfig().store, url: server.url }, directory.path);
  });
  afterAll(async () => {
    await store.close();
    await server.stop();
    await directory.remove();
  });
  const open = (writer = store.writer): Loads => openLoads(writer, store.watcher, () => elapsed);

  it('is heard once, and again by one that begins anew', async () => {
    const [one, other] = [open(), open()];
    await one.note({ models: new Map([['fraud', { from: 1001, to: 2000 }]]), labels: 3 });
    await one.note({ models: new Map([['fraud', { from: 5, to: 1500 }]]), labels: 2 });
    const all = { models: new Map([['fraud', { from: 5, to: 2000 }]]), labels: 5 };
    expect(await other.hear()).toEqual(all);
    expect(await other.hear()).toEqual({ models: new Map(), labels: 0 });
    elapsed += 10_000;
    await one.note({ models: new Map([['spam', { from: 7, to: 8 }]]), labels: 0 });
    expect(await other.hear()).toEqual({ models: new Map([['spam', { from: 7, to: 8 }]]), labels: 0 });
    other.forget();
    expect(await other.hear()).toEqual({ models: new Map([...all.models, ['spam', { from: 7, to: 8 }]]), labels: 5 });
  });

  it('waits while the store does not take it', async () => {
    let away = true;
    const lame = open({
      ...store.writer,
      insert: (...given) => (away ? Promise.reject(new Error('away')) : store.writer.insert(...given)),
    });
    const heard = open();
    await heard.hear();
    await expect(lame.note({ models: new Map([['late', { from: 1, to: 2 }]]), labels: 1 })).rejects.toThrow('away');
    await expect(lame.note({ models: new Map([['late', { from: 2, to: 9 }]]), labels: 1 })).rejects.toThrow('away');
    away = false;
    await lame.flush();
    expect(await heard.hear()).toEqual({ models: new Map([['late', { from: 1, to: 9 }]]), labels: 2 });
  });
});
