import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readStoredMonths, rebuildRollups } from '../../../../daemon/store/rebuild-rollups.ts';
import { lines, temporaryIngest, type TemporaryIngest } from '../../../support/temporary-ingest.ts';

const MINUTE = 60_000;
const HOUR = 3_600_000;

/** What the rollups must hold, out of the raw rows. */
const FROM_ROWS = `
  WITH sliced AS (
    SELECT *, numbers, if(toUnixTimestamp64Milli(received_at) - toUnixTimestamp64Milli(timestamp) > 7200000,
                 toStartOfHour(timestamp), toStartOfMinute(timestamp)) AS bucket,
           arrayJoin(arrayConcat(['all'], if(mapContains(tags, 'region'), [concat('region=', tags['region'])], []))) AS slice
    FROM {database}.predictions),
  counted AS (
    SELECT model, version, slice, bucket, 'feature' AS kind, feature.1 AS name, code(feature.2) AS code, '' AS category
      FROM sliced ARRAY JOIN CAST(numbers, 'Array(Tuple(String, Float64))') AS feature
    UNION ALL SELECT model, version, slice, bucket, 'feature', feature.1, NULL, feature.2
      FROM sliced ARRAY JOIN CAST(categories, 'Array(Tuple(String, String))') AS feature
    UNION ALL SELECT model, version, slice, bucket, 'score', '', code(assumeNotNull(score)), '' FROM sliced WHERE score IS NOT NULL
    UNION ALL SELECT model, version, slice, bucket, 'score', feature.1, code(feature.2), ''
      FROM sliced ARRAY JOIN CAST(scores, 'Array(Tuple(String, Float64))') AS feature
    UNION ALL SELECT model, version, slice, bucket, 'latency', '', code(assumeNotNull(latency_ms)), '' FROM sliced WHERE latency_ms IS NOT NULL
    UNION ALL SELECT model, version, slice, bucket, 'decision', '', NULL, decision FROM sliced WHERE decision != '')
  SELECT model, version, slice, bucket, kind, name, count() AS present,
         sumMapIf(map(toInt32(assumeNotNull(code)), toUInt64(1)), code IS NOT NULL) AS numbers,
         sumMapIf(map(category, toUInt64(1)), code IS NULL) AS categories
  FROM counted GROUP BY ALL ORDER BY ALL`.replaceAll(
  /code\((assumeNotNull\([a-z_]+\)|feature\.2)\)/g,
  'toNullable(bitShiftRight(reinterpretAsUInt64(if($1 = 0, 0., $1)), 47))',
);

const MARKS = `SELECT bucket, arraySort(mapKeys(sumMap(numbers))) AS segments, arrayMax(mapValues(sumMap(numbers))) AS most
  FROM {database}.prediction_minutes WHERE kind = 'segment' GROUP BY bucket ORDER BY bucket`;

const ROLLED_UP = `
  SELECT model, version, slice, bucket, kind, name, sum(count) - sum(missing) AS present, sumMap(numbers) AS numbers,
         sumMap(categories) AS categories
  FROM {database}.prediction_minutes GROUP BY ALL HAVING present > 0 ORDER BY ALL`;

describe('rollups counted at the door', () => {
  let temporary: TemporaryIngest;
  beforeAll(async () => {
    temporary = await temporaryIngest({ max_slices: 3, max_categories: 4 });
  });
  afterAll(async () => {
    await temporary.remove();
  });
  const send = (...records: unknown[]) => temporary.ingest.accept('predictions', 'ndjson', lines(records));

  it('equal what the engine counts over the raw rows, over segments, versions, late records and a restart', async () => {
    let seed = 11;
    const random = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
    const record = (n: number): object => ({
      prediction_id: `r${n}`,
      model: n % 5 === 0 ? 'other "model"' : 'fraud',
      version: n % 2 === 0 ? 'v1' : 'v2',
      timestamp: temporary.clock.now() - Math.floor(random() * (n % 3 === 0 ? 100 : 0.05) * HOUR),
      features: {
        amount: (random() - 0.3) * 10 ** Math.floor(random() * 12 - 4),
        zero: n % 2 === 0 ? 0 : -0,
        country: ['DE', 'FR', ''][n % 3],
        flag: n % 2 === 0,
        ...(n % 4 === 0 ? {} : { sometimes: random() }),
        ...(n % 6 === 0 ? { empty: null } : {}),
        mixed: n % 3 === 0 ? random() : 'text',
        vector: [random(), random()],
      },
      ...(n % 7 === 0 ? {} : { score: random() }),
      ...(n % 3 === 0 ? { scores: { a: random(), b: random() } } : {}),
      decision: ['approve', 'decline'][n % 2],
      latency_ms: random() * 100,
      tags: n % 8 === 0 ? {} : { region: ['EU', 'US', "it's"][n % 3], ignored: `t${n}` },
    });
    // Every version is heard of in full before counting starts, so that missing is exact from the first record on.
    const all = Array.from({ length: 1200 }, (_, n) => record(n));
    await send(...all.slice(0, 300));
    await send(...all.slice(300, 600));
    await temporary.ingest.flush();
    await send(...all.slice(600, 900));
    await temporary.ingest.close();
    await temporary.reopen();
    temporary.clock.time += 5 * MINUTE;
    await send(...all.slice(900));
    await temporary.ingest.flush();

    const expected = await temporary.rows(FROM_ROWS);
    const counted = await temporary.rows(ROLLED_UP);
    expect(counted.length).toBeGreaterThan(1000);
    expect(counted).toEqual(expected);
    const marks = await temporary.rows(MARKS);
    expect(marks.length).toBeGreaterThan(3);
    for (const { month } of await readStoredMonths(temporary.opened.store.writer))
      await rebuildRollups(temporary.opened.store.writer, month, () => ['region']);
    expect(await temporary.rows(ROLLED_UP)).toEqual(expected);
    // A retry of a segment must find them after that too.
    expect(await temporary.rows(MARKS)).toEqual(marks);
    const [uneven] = await temporary.rows<{ n: number }>(
      `SELECT count() AS n FROM (
         SELECT model, version, slice, bucket, uniqExact(n) AS counts FROM (
           SELECT model, version, slice, bucket, kind, name, sum(count) AS n FROM {database}.prediction_minutes
           WHERE name NOT IN ('empty') GROUP BY ALL) GROUP BY ALL HAVING counts > 1)`,
    );
    expect(uneven!.n).toBe(0);
    const [total] = await temporary.rows(
      `SELECT sum(count) AS n, sum(missing) AS missing FROM {database}.prediction_minutes WHERE slice = 'all' AND kind = 'score' AND name = ''`,
    );
    expect(total).toEqual({ n: 1200, missing: all.filter((_, n) => n % 7 === 0).length });
  });

  it('count a feature that stops coming as missing, null from the first time, and an embedding not at all', async () => {
    const base = { model: 'gone', version: 'v1', timestamp: temporary.clock.now(), score: 1 };
    await send({ ...base, prediction_id: 'g1', features: { a: 1, b: 'x', n: null, e: [1] } });
    await temporary.ingest.flush();
    await temporary.ingest.close();
    await temporary.reopen();
    await send({ ...base, prediction_id: 'g2', features: { b: [1, 2] } }, { ...base, prediction_id: 'g3' });
    await temporary.ingest.flush();
    expect(
      await temporary.rows(
        `SELECT name, sum(count) AS count, sum(missing) AS missing FROM {database}.prediction_minutes
         WHERE model = 'gone' AND kind = 'feature' GROUP BY name ORDER BY name`,
      ),
    ).toEqual([
      { name: 'a', count: 3, missing: 2 },
      { name: 'b', count: 2, missing: 1 },
      { name: 'n', count: 3, missing: 3 },
    ]);
  });

  it('cut slices by a categorical feature and by where a number lies', async () => {
    await temporary.ingest.close();
    await temporary.reopen({ sliceTags: () => ['tier', 'amount>=300', 'amount<150'] });
    const records = Array.from({ length: 12 }, (_, n) => ({
      prediction_id: `c${n}`,
      model: 'cut',
      version: 'v1',
      timestamp: temporary.clock.now(),
      // The order of features changes, and one record has the number as text.
      features: n % 2 === 0 ? { amount: n === 4 ? '400' : n * 100, tier: 'gold' } : { tier: 'tin', amount: n * 100 },
      tags: n < 2 ? { tier: 'of the tag' } : {},
    }));
    await send(...records);
    await temporary.ingest.flush();
    const slices = await temporary.rows(
      `SELECT slice, sum(count) AS n FROM {database}.prediction_minutes WHERE model = 'cut' AND kind = 'score' GROUP BY slice ORDER BY slice`,
    );
    expect(slices).toEqual([
      { slice: 'all', n: 12 },
      { slice: 'amount<150', n: 2 },
      { slice: 'amount>=300', n: 8 },
      { slice: 'tier=gold', n: 5 },
      { slice: 'tier=of the tag', n: 2 },
      { slice: 'tier=tin', n: 5 },
    ]);
    await temporary.ingest.close();
    await temporary.reopen();
  });

  it('put slices and categories above their limits under "other"', async () => {
    const records = Array.from({ length: 20 }, (_, n) => ({
      prediction_id: `o${n}`,
      model: 'wide',
      version: 'v1',
      timestamp: temporary.clock.now(),
      features: { id: `user ${n}`, long: 'x'.repeat(300) },
      tags: { region: `r${n % 10}` },
    }));
    await send(...records);
    await temporary.ingest.flush();
    const slices = await temporary.rows(
      `SELECT slice, sum(count) AS n FROM {database}.prediction_minutes WHERE model = 'wide' AND kind = 'score' GROUP BY slice ORDER BY slice`,
    );
    expect(slices).toEqual([
      { slice: 'all', n: 20 },
      { slice: 'region=other', n: 14 },
      { slice: 'region=r0', n: 2 },
      { slice: 'region=r1', n: 2 },
      { slice: 'region=r2', n: 2 },
    ]);
    const [ids] = await temporary.rows(
      `SELECT sumMap(categories) AS categories FROM {database}.prediction_minutes WHERE model = 'wide' AND slice = 'all' AND name = 'id'`,
    );
    expect(ids).toEqual({ categories: { 'user 0': 1, 'user 1': 1, 'user 2': 1, 'user 3': 1, other: 16 } });
  });
});
