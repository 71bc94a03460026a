import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import pino from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { defaultConfig } from '../../../daemon/config/config.ts';
import type { Loaded } from '../../../daemon/ingest/ingest.ts';
import {
  startIngestThread,
  type IngestThread,
  type IngestThreadOptions,
} from '../../../daemon/ingest/ingest-thread.ts';
import { lines } from '../../support/temporary-ingest.ts';
import { temporaryStore } from '../../support/temporary.ts';

const HOST = '127.0.0.1';

describe('the ingest thread', () => {
  let opened: Awaited<ReturnType<typeof temporaryStore>>;
  let thread: IngestThread;
  let spools = 0;
  const loads: Loaded[] = [];

  const start = async (changes: Partial<IngestThreadOptions> = {}): Promise<IngestThread> => {
    thread = await startIngestThread({
      engine: opened.store.loader,
      directory: join(opened.directory, `spool-${spools++}`),
      limits: { ...defaultConfig().ingest, segment_age: 50 },
      spansPastMs: 86_400_000,
      sliceTags: { default: [], byModel: new Map([['cut', ['region']]]) },
      log: pino({ level: 'silent' }),
      onLoaded: (loaded) => loads.push(loaded),
      ...changes,
    });
    return thread;
  };
  const prediction = (id: string, model: string) => ({
    prediction_id: id,
    model,
    version: 'v1',
    timestamp: Date.now(),
    features: { amount: 12.5 },
    tags: { region: 'EU', tier: 'gold' },
  });
  const slicesOf = (model: string) =>
    opened.store.watcher
      .rows<{ slice: string }>(
        'SELECT DISTINCT slice FROM {database}.prediction_minutes WHERE model = {model:String} ORDER BY slice',
        { model },
      )
      .then((rows) => rows.map(({ slice }) => slice));

  beforeAll(async () => {
    opened = await temporaryStore();
  });
  afterEach(() => thread.close());
  afterAll(() => opened.remove());

  it('takes a body in parts as it takes it whole', async () => {
    await start();
    const body = Buffer.from(lines([prediction('in parts “é”', 'whole'), prediction('two', 'whole')]));
    const cut = body.indexOf('é') + 1;
    // One that is alone in its memory, which is handed over, and others that share theirs.
    const parts = [
      new Uint8Array(body.subarray(0, cut)),
      body.subarray(cut, cut),
      body.subarray(cut, -5),
      body.subarray(-5),
    ];
    expect(await thread.acceptParts('predictions', 'ndjson', parts)).toMatchObject({ accepted: 2, rejected: 0 });
    expect(parts[0]).toHaveLength(0);
    expect(await thread.accept('predictions', 'ndjson', body)).toMatchObject({ accepted: 2, rejected: 0 });
    // The same byte for byte.
    expect((await thread.counters()).bodies).toContainEqual(['predictions/ndjson', 'repeated', 1]);
  });

  it('takes bodies from this thread, loads them through it, and tells what it loaded', async () => {
    await start();
    const body = lines([prediction('one', 'moved'), { ...prediction('two', 'moved'), score: 'high' }]);
    const answer = await thread.accept('predictions', 'ndjson', body);
    expect(answer).toMatchObject({ accepted: 1, rejected: 1, errors: [{ line: 2, reason: 'not_a_number' }] });
    expect(body.byteLength).toBeGreaterThan(0);
    await thread.flush();
    const [row] = await opened.store.watcher.rows<{ count: number }>(
      "SELECT count() AS count FROM {database}.predictions WHERE model = 'moved'",
    );
    expect(row?.count).toBe(1);
    expect([...loads.at(-1)!.models.keys()]).toEqual(['moved']);
    expect(await thread.counters()).toMatchObject({ predictions: 1, rejected: { not_a_number: 1 } });
  });

  it('cuts rollups by the tags it was told, also when they change', async () => {
    await start();
    await thread.accept('predictions', 'ndjson', lines([prediction('a', 'cut'), prediction('a', 'whole')]));
    // A change holds from the next segment on.
    await thread.flush();
    await thread.cutBy('whole', ['tier']);
    await thread.accept('predictions', 'ndjson', lines([prediction('b', 'whole')]));
    await thread.flush();
    expect(await slicesOf('cut')).toEqual(['all', 'region=EU']);
    expect(await slicesOf('whole')).toEqual(['all', 'tier=gold']);
  });

  it('answers OTLP, and lets go of its ports', async () => {
    await start();
    const ports = await thread.listen(HOST, { http: 0, grpc: 0 });
    const post = () =>
      fetch(`http://${HOST}:${ports.http}/v1/traces`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{}',
      });
    expect((await post()).status).toBe(200);
    expect(ports.grpc).toBeGreaterThan(0);
    await thread.stopListening();
    await expect(post()).rejects.toThrow();
  });

  it('hands errors over with code, field and what to do', async () => {
    await start({ limits: { ...defaultConfig().ingest, spool_bytes: 10 } });
    await expect(thread.accept('predictions', 'ndjson', lines([prediction('x', 'm')]))).rejects.toMatchObject({
      name: 'SerinError',
      code: 'full',
      retryAfterSeconds: 5,
    });
    await expect(thread.accept('labels', 'json', Buffer.from('{'))).rejects.toMatchObject({ code: 'invalid_request' });
  });

  it('says which port is taken', async () => {
    const other = createServer().listen(0, HOST);
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    await start();
    await expect(thread.listen(HOST, { http: port, grpc: 0 })).rejects.toThrow(/listen\.otlp_http/);
    other.close();
  });

  it('tries again when the engine in this thread refuses', async () => {
    let refusals = 2;
    await start({
      engine: {
        insertBlocks: async (...given) => {
          if (refusals-- > 0) throw new Error('the engine is busy');
          await opened.store.loader.insertBlocks(...given);
        },
      },
    });
    await thread.accept('predictions', 'ndjson', lines([prediction('late', 'refused')]));
    await thread.flush();
    expect(await slicesOf('refused')).toEqual(['all']);
  });

  it('says why it could not start', async () => {
    await start();
    const running = thread;
    await expect(start({ directory: '/dev/null/spool' })).rejects.toThrow(/ENOTDIR/);
    thread = running;
  });
});
