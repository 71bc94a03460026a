import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { emptyWords } from '../../../support/words.ts';
import { KnownFeatures } from '../../../../daemon/ingest/rollups/known-features.ts';
import { Overflows } from '../../../../daemon/ingest/rollups/overflows.ts';
import { VersionRows } from '../../../../daemon/ingest/rollups/version-rows.ts';
import { attribute, field, span, traces } from '../../../support/protobuf.ts';
import { lines, temporaryIngest, type TemporaryIngest } from '../../../support/temporary-ingest.ts';

describe('more names than anybody should send', () => {
  let temporary: TemporaryIngest;
  beforeAll(async () => {
    temporary = await temporaryIngest({ max_versions: 50, max_operations: 100, max_features: 30 });
  });
  afterAll(() => temporary.remove());

  const overflows = async (): Promise<Record<string, number>> => {
    const { overflows: list } = await temporary.ingest.counters();
    return Object.fromEntries(list.map(({ kind, owner, times }) => [`${kind} ${owner}`.trim(), times]));
  };

  it('of models share "other" in the rollups beyond the limit, keep their rows, and are counted', async () => {
    const at = temporary.clock.now();
    for (let body = 0; body < 10; body++) {
      const records = Array.from({ length: 1000 }, (_, n) => ({
        prediction_id: `${body}-${n}`,
        model: `model ${body * 1000 + n}`,
        version: 'v1',
        timestamp: at,
        features: { amount: n },
        score: 0.5,
      }));
      expect(await temporary.ingest.accept('predictions', 'ndjson', lines(records))).toMatchObject({ accepted: 1000 });
    }
    await temporary.ingest.flush();
    const [row] = await temporary.rows(
      `SELECT (SELECT uniqExact(model) FROM {database}.predictions) AS models,
              uniqExact(model) AS counted, sum(count) AS records, sumIf(count, model = 'other') AS other
       FROM {database}.prediction_minutes WHERE kind = 'score'`,
    );
    expect(row).toEqual({ models: 10_000, counted: 51, records: 10_000, other: 9950 });
    expect((await overflows())['models']).toBe(9950);
    expect((await temporary.ingest.counters()).known.versions).toBe(51);
  });

  it('of spans and their attributes are bounded in the rollups and kept in the rows', async () => {
    const at = temporary.clock.now();
    for (let body = 0; body < 10; body++) {
      const spans = Array.from({ length: 500 }, (_, n) => {
        const key = `${body}-${n}`;
        // The last name on the wire counts.
        return span(at, { more: [field(5, `operation ${key}`), attribute(9, `key ${key}`, field(1, 'x'))] });
      });
      await temporary.ingest.acceptOtlp('traces', 'protobuf', traces('flood', ...spans));
    }
    await temporary.ingest.flush();
    const [row] = await temporary.rows(
      `SELECT (SELECT uniqExact(SpanName) FROM {database}.otel_traces) AS names,
              (SELECT uniqExactArray(mapKeys(SpanAttributes)) FROM {database}.otel_traces) AS keys,
              uniqExactIf(operation, service = 'flood') AS operations, sum(count) AS spans FROM {database}.span_minutes`,
    );
    expect(row).toEqual({ names: 5000, keys: 5000, operations: 101, spans: 5000 });
    expect((await overflows())['operations flood']).toBe(4900);
  });

  it('of features, slices and values of one model are counted by limit, under its name', async () => {
    const counts = new Overflows();
    const known = await KnownFeatures.open('/nowhere', 10, counts);
    const version = known.version('fraud', 'v1', 7);
    const words = emptyWords();
    const rows = new VersionRows({ maxFeatures: 3, maxSlices: 2, maxCategories: 2 }, known, version, words);
    expect(['a', 'b', 'c', 'd', 'e'].map((name) => rows.feature(words.names.place(name)))).toEqual([0, 1, 2, -1, -1]);
    expect(['x', 'y', 'z', 'x'].map((value) => rows.slice('region', value))).toEqual([
      'region=x',
      'region=y',
      'region=other',
      'region=x',
    ]);
    for (const value of ['p', 'q', 'r', 'p', 's']) rows.category(0, words.texts.place(value));
    expect(counts.list()).toEqual([
      { kind: 'features', owner: 'fraud', times: 2, lastAt: 7 },
      { kind: 'slices', owner: 'fraud', times: 1, lastAt: 7 },
      { kind: 'categories', owner: 'fraud', times: 2, lastAt: 7 },
    ]);
  });

  it('leave room for a million rows of rollups of all versions, and no more', async () => {
    const counts = new Overflows();
    const known = await KnownFeatures.open('/nowhere', 10_000, counts);
    let taken = 0;
    for (let version = 0; version < 600; version++) {
      const limits = { maxFeatures: 2000, maxSlices: 1, maxCategories: 1 };
      const words = emptyWords();
      const rows = new VersionRows(limits, known, known.version('m', `v${version}`, 1), words);
      for (let feature = 0; feature < 2000; feature++) if (rows.feature(words.names.place(`f${feature}`)) >= 0) taken++;
    }
    expect(taken).toBe(1_000_000);
    expect(counts.list()).toEqual([{ kind: 'features', owner: 'm', times: 200_000, lastAt: 1 }]);
  });
});
