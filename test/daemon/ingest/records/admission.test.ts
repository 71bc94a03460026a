import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { REASONS } from '../../../../daemon/ingest/records/admission.ts';
import type { Admission } from '../../../../daemon/ingest/ingest.ts';
import { PREDICTION_FIELDS } from '../../../../daemon/ingest/records/read-fields.ts';
import { parseTime } from '../../../../daemon/ingest/records/read-time.ts';
import { engineTime, lines, temporaryIngest, type TemporaryIngest } from '../../../support/temporary-ingest.ts';

const DAY = 86_400_000;

describe('what is admitted, and what is dropped', () => {
  let temporary: TemporaryIngest;
  let next = 0;
  const good = (changes: object = {}): object => ({
    prediction_id: `a${next++}`,
    model: 'fraud',
    version: 'v1',
    timestamp: temporary.clock.now(),
    ...changes,
  });
  const send = (...records: unknown[]): Promise<Admission> =>
    temporary.ingest.accept('predictions', 'ndjson', lines(records));
  const refused = async (changes: object): Promise<Admission['errors'][number] | undefined> =>
    (await send(good(changes))).errors[0];

  const isoNow = (): string => new Date(temporary.clock.now()).toISOString();

  beforeAll(async () => {
    temporary = await temporaryIngest({ max_features: 50 });
  });
  afterAll(async () => {
    await temporary.remove();
  });

  it.each([
    ['prediction_id', { prediction_id: '' }, 'missing'],
    ['prediction_id', { prediction_id: null }, 'missing'],
    ['prediction_id', { prediction_id: 7 }, 'not_text'],
    ['prediction_id', { prediction_id: 'ä'.repeat(129) }, 'too_long'],
    ['model', { model: undefined }, 'missing'],
    ['version', { version: undefined }, 'missing'],
    ['timestamp', { timestamp: undefined }, 'missing'],
    ['timestamp', { timestamp: 'yesterday' }, 'bad_time'],
    ['timestamp', { timestamp: 1.5 }, 'bad_time'],
    ['timestamp', { timestamp: '2026-02-30T00:00:00Z' }, 'bad_time'],
    ['timestamp', { timestamp: 0 }, 'too_old'],
    ['timestamp', { timestamp: 1_795_521_600 }, 'too_old'],
    ['timestamp', { timestamp: new Date(Date.now() + 3 * DAY).toISOString() }, 'too_far_ahead'],
    ['timestamp', { timestamp: Number.MAX_SAFE_INTEGER }, 'too_far_ahead'],
    ['score', { score: '0.5' }, 'not_a_number'],
    ['propensity', { propensity: 0 }, 'out_of_range'],
    ['propensity', { propensity: 1.01 }, 'out_of_range'],
    ['latency_ms', { latency_ms: -1 }, 'out_of_range'],
    ['role', { role: 'canary' }, 'unknown_role'],
    ['trace_id', { trace_id: 'abc' }, 'bad_trace_id'],
    ['trace_id', { trace_id: '0'.repeat(32) }, 'bad_trace_id'],
    ['span_id', { span_id: 'g'.repeat(16) }, 'bad_span_id'],
    ['features', { features: [1] }, 'bad_type'],
    ['features.deep', { features: { deep: { a: 1 } } }, 'bad_type'],
    ['features.vector', { features: { vector: [1, 'x'] } }, 'not_a_number'],
    ['features.vector', { features: { vector: [1e300] } }, 'not_finite'],
    ['tags.region', { tags: { region: 5 } }, 'not_text'],
    ['scores.a', { scores: { a: 'high' } }, 'not_a_number'],
    ['scores.b', { scores: { a: 0, b: 2 } }, 'out_of_range'],
    ['scores.a', { scores: { a: -0.1, b: 1 } }, 'out_of_range'],
    ['scor', { scor: 0.5 }, 'unknown_field'],
  ])('refuses %s of %j: %s', async (field, changes, reason) => {
    expect(await refused(changes)).toMatchObject({ line: 1, field, reason });
    expect(Object.keys(REASONS)).toContain(reason);
  });

  it('names the nearest known field', async () => {
    expect((await refused({ scor: 0.5 }))?.message).toContain('did you mean "score"?');
    expect((await refused({ zzzzzzzz: 1 }))?.message).toContain(PREDICTION_FIELDS.join(', '));
  });

  it('does not let ids meet that are half a character each', async () => {
    const bodies = ['\\ud800', '\\udfff'].map((half) =>
      JSON.stringify(good({ prediction_id: 'HALF' })).replace('HALF', half),
    );
    expect(await temporary.ingest.accept('predictions', 'ndjson', Buffer.from(bodies.join('\n')))).toMatchObject({
      accepted: 0,
      errors: [1, 2].map((line) => ({ line, field: 'prediction_id', reason: 'bad_utf8' })),
    });
    expect(await send(good({ prediction_id: '\u{1F426}', decision: 'x\ud800' }))).toMatchObject({ accepted: 1 });
    const label = Buffer.from('{"prediction_id":"\\ud800","label":1}');
    expect((await temporary.ingest.accept('labels', 'ndjson', label)).errors[0]).toMatchObject({ reason: 'bad_utf8' });
  });

  it('says field, value and limit, and what a wrong value looks like', async () => {
    const now = temporary.clock.now();
    for (const [changes, message] of [
      [{ version: 'v'.repeat(300) }, 'version is 300 bytes long, at most 256'],
      [{ decision: 'ä'.repeat(200) }, 'decision is 400 bytes long, at most 256'],
      [{ tags: { region: 'r'.repeat(257) } }, 'tags.region is 257 bytes long, at most 256'],
      [{ features: { deep: { a: 1 } } }, 'not an object'],
      [{ timestamp: now * 1000 }, 'it looks like microseconds'],
      [{ timestamp: Math.floor(now / 1000) }, 'it looks like seconds'],
      [{ timestamp: now * 1e6 }, `${now * 1e6} is not a time`],
      [{ trace_id: 'abc' }, 'not all zero, not "abc"'],
      [{ features: { '': 1 } }, 'the name of a feature is empty'],
      [{ features: { ['n'.repeat(300)]: 1 } }, 'the name of a feature is 300 bytes long, at most 256'],
      [{ features: { vector: [1e300] } }, 'features.vector must hold finite float32, not 1e+300'],
      [{ tags: { '': 'a' } }, 'the name of a tag is empty'],
    ] as const)
      expect((await refused(changes))?.message).toContain(message);
    const infinite = Buffer.from('{"prediction_id":"a","label":1e999}');
    expect((await temporary.ingest.accept('labels', 'ndjson', infinite)).errors[0]?.message).toContain('not Infinity');
    expect((await send([good()], 5)).errors.map(({ message }) => message)).toEqual([
      'a record is a JSON object, not an array; send arrays as application/json',
      'a record is a JSON object, not 5',
    ]);
  });

  it('says of a body that is packed that nothing says so', async () => {
    for (const [kind, form] of [
      ['predictions', 'ndjson'],
      ['labels', 'json'],
    ] as const)
      await expect(temporary.ingest.accept(kind, form, gzipSync(lines([good()])))).rejects.toThrow('packed with gzip');
  });

  it('refuses numbers that JSON can write and a double cannot hold', async () => {
    const body = Buffer.from(JSON.stringify(good({ score: 5 })).replace(':5', ':1e999'));
    expect((await temporary.ingest.accept('predictions', 'ndjson', body)).errors[0]).toMatchObject({
      reason: 'not_finite',
      field: 'score',
    });
  });

  it('refuses more features than allowed', async () => {
    const features = Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`f${n}`, n]));
    expect(await refused({ features })).toMatchObject({ reason: 'too_many_features' });
  });

  it('takes what lies on the edge', async () => {
    const edge = [
      good({ prediction_id: 'x'.repeat(256) }),
      good({ timestamp: temporary.clock.now() - 400 * DAY }),
      good({ timestamp: temporary.clock.now() + DAY }),
      good({ propensity: 1, latency_ms: 0, score: -0, role: 'candidate' }),
      good({ score: null, decision: null, features: { a: null }, tags: { region: null } }),
      good({ timestamp: `${isoNow().slice(0, 19)}.123456789+01:00`, features: { big: 1e308, small: -1e-308 } }),
      good({ trace_id: 'ABCDEF'.padEnd(32, '1'), span_id: 'F'.repeat(16) }),
    ];
    expect(await send(...edge)).toEqual({ accepted: edge.length, rejected: 0, errors: [] });
  });

  it('loses only the bad lines of a body, and names each', async () => {
    const body = Buffer.concat([
      lines([good(), good()]),
      Buffer.from('\n{"broken\n\n[1]\n"text"\r\n'),
      Buffer.from([0x7b, 0xff, 0x7d, 0x0a]),
      lines([good()]),
    ]);
    const answer = await temporary.ingest.accept('predictions', 'ndjson', body);
    expect(answer).toMatchObject({ accepted: 3, rejected: 4 });
    expect(answer.errors.map(({ line, reason }) => [line, reason])).toEqual([
      [3, 'bad_json'],
      [5, 'not_an_object'],
      [6, 'not_an_object'],
      [7, 'bad_utf8'],
    ]);
  });

  it('keeps one poison record among many from costing the others', async () => {
    const records = Array.from({ length: 1000 }, (_, n) => good(n === 500 ? { latency_ms: -5 } : {}));
    expect(await send(...records)).toMatchObject({ accepted: 999, rejected: 1, errors: [{ line: 501 }] });
  });

  it('takes __proto__ and constructor as plain names of features and tags', async () => {
    const record = JSON.stringify(good({ prediction_id: 'proto', features: {}, tags: {} }))
      .replace('"features":{}', '"features":{"__proto__":1,"constructor":"c","toString":true}')
      .replace('"tags":{}', '"tags":{"__proto__":"t"}');
    expect(await temporary.ingest.accept('predictions', 'ndjson', Buffer.from(record))).toMatchObject({ accepted: 1 });
    await temporary.ingest.flush();
    const [row] = await temporary.rows(
      `SELECT toString(numbers) AS numbers, toString(categories) AS categories, toString(tags) AS tags
       FROM {database}.predictions WHERE prediction_id = 'proto'`,
    );
    expect(row).toEqual({
      numbers: "{'__proto__':1}",
      categories: "{'constructor':'c','toString':'true'}",
      tags: "{'__proto__':'t'}",
    });
    const unknown = Buffer.from('{"__proto__":{"model":"m"}}');
    expect(await temporary.ingest.accept('predictions', 'ndjson', unknown)).toMatchObject({
      errors: [{ reason: 'unknown_field', field: '__proto__' }],
    });
  });

  it('takes an array, one object, a byte-order mark; refuses a body that is neither', async () => {
    const array = Buffer.from(`\u{FEFF}${JSON.stringify([good(), 5, good()])}`);
    expect(await temporary.ingest.accept('predictions', 'json', array)).toMatchObject({
      accepted: 2,
      errors: [{ line: 2, reason: 'not_an_object' }],
    });
    const one = Buffer.from(JSON.stringify(good()));
    expect(await temporary.ingest.accept('predictions', 'json', one)).toMatchObject({ accepted: 1 });
    for (const bad of ['', '{"a":', '5', 'null', '\xff'])
      await expect(temporary.ingest.accept('predictions', 'json', Buffer.from(bad, 'latin1'))).rejects.toMatchObject({
        code: 'invalid_request',
      });
  });

  it('takes labels that are numbers or texts, at the time of receipt where none is given', async () => {
    const answer = await temporary.ingest.accept(
      'labels',
      'ndjson',
      lines([
        { prediction_id: 'l1', label: 1 },
        { prediction_id: 'l2', label: 'fraud', timestamp: isoNow(), source: 'chargeback' },
        { prediction_id: 'l3', label: 0.5, timestamp: temporary.clock.now() - DAY },
        { prediction_id: 'l4', label: true },
        { prediction_id: 'l5' },
        { label: 1 },
        { prediction_id: 'l6', lable: 1 },
      ]),
    );
    expect(answer.errors.map(({ line, reason, field }) => [line, reason, field])).toEqual([
      [4, 'bad_type', 'label'],
      [5, 'missing', 'label'],
      [6, 'missing', 'prediction_id'],
      [7, 'unknown_field', 'lable'],
    ]);
    await temporary.ingest.flush();
    expect(
      await temporary.rows('SELECT prediction_id, label, source, timestamp FROM {database}.labels ORDER BY 1'),
    ).toEqual([
      { prediction_id: 'l1', label: '1', source: '', timestamp: engineTime(temporary.clock.now()) },
      { prediction_id: 'l2', label: 'fraud', source: 'chargeback', timestamp: engineTime(temporary.clock.now()) },
      { prediction_id: 'l3', label: '0.5', source: '', timestamp: engineTime(temporary.clock.now() - DAY) },
    ]);
  });

  it('keeps the lines of labels apart that end before a long number', async () => {
    const broken = Buffer.from('{"prediction_id":"n1","label":\n1234567890123456}\n{"prediction_id":"n2"}\n');
    const { accepted, errors } = await temporary.ingest.accept('labels', 'ndjson', broken);
    expect([accepted, errors.map(({ line, reason }) => [line, reason])]).toEqual([
      0,
      [
        [1, 'bad_json'],
        [2, 'bad_json'],
        [3, 'missing'],
      ],
    ]);
  });

  it('reads times as RFC 3339 has them', () => {
    expect(parseTime('2026-11-24T12:00:00Z')).toBe(Date.UTC(2026, 10, 24, 12));
    expect(parseTime('2024-02-29t23:59:60.999z')).toBe(Date.UTC(2024, 2, 1, 0, 0, 0, 999));
    expect(parseTime('2026-01-01T00:30:00-01:30')).toBe(Date.UTC(2026, 0, 1, 2));
    for (const wrong of [
      '2023-02-29T00:00:00Z',
      '2026-13-01T00:00:00Z',
      '2026-01-01T24:00:00Z',
      '2026-01-01',
      '2026-04-31T00:00:00Z',
      '',
    ])
      expect(parseTime(wrong), wrong).toBeUndefined();
  });

  it('has a message for every reason, and every reason is given somewhere', async () => {
    const sources = await Promise.all(
      [
        'records/admission',
        'records/read-fields',
        'records/read-time',
        'records/log-sink',
        'records/ml-attributes',
        'decode/records',
      ].map((name) => readFile(new URL(`../../../../daemon/ingest/${name}.ts`, import.meta.url), 'utf8')),
    );
    const given = new Set([...sources.join('\n').matchAll(/refuse\(\s*'([a-z_0-9]+)'/g)].map((found) => found[1]));
    expect(given).toEqual(new Set(Object.keys(REASONS)));
  });
});
