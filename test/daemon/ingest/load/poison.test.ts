import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fixed64, field, span, traces } from '../../../support/protobuf.ts';
import { temporaryIngest, type TemporaryIngest } from '../../../support/temporary-ingest.ts';

/** Of each body, the poison among them. */
const RECORDS = 2000;

describe('one poison record among many costs itself', () => {
  let temporary: TemporaryIngest;
  let next = 0;
  let taken = 0;
  beforeAll(async () => {
    temporary = await temporaryIngest();
  });
  afterAll(() => temporary.remove());

  const good = (): Record<string, unknown> => ({
    prediction_id: `p${next++}`,
    model: 'm',
    version: 'v1',
    timestamp: temporary.clock.now(),
    score: 0.5,
  });
  const line = (changes: object): string => JSON.stringify({ ...good(), ...changes });
  /** What the engine's own parsers choke on, wrap, or take for something else. */
  const POISONS: readonly (readonly [what: string, line: () => string | Buffer])[] = [
    ['a time beyond 2^63', () => line({}).replace(/"timestamp":\d+/, '"timestamp":9223372036854775807')],
    ['a time below zero', () => line({ timestamp: -5 })],
    ['a time of 1999', () => line({ timestamp: Date.UTC(1999, 0) })],
    ['a number beyond float64', () => line({}).replace('0.5', '1e400')],
    ['NaN as a word', () => line({}).replace('0.5', 'NaN')],
    ['a latency below zero', () => line({ latency_ms: -1 })],
    ['a propensity of 2', () => line({ propensity: 2 })],
    ['a feature that is an object', () => line({ features: { a: { b: 1 } } })],
    ['an embedding beyond float32', () => line({ features: { a: [1e300] } })],
    ['no id', () => line({ prediction_id: '' })],
    ['an id of a kilobyte', () => line({ prediction_id: 'x'.repeat(1024) })],
    ['half a line', () => line({}).slice(0, 40)],
    ['bytes that are not UTF-8', () => Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])],
    ['a field that nobody knows', () => line({ scoer: 1 })],
    ['arrays a thousand deep', () => line({}).replace('0.5', `${'['.repeat(1000)}${']'.repeat(1000)}`)],
    ['an array in place of a record', () => '[1, 2]'],
    ['a trace id that is none', () => line({ trace_id: 'zz' })],
  ];

  it.each(POISONS)('of predictions: %s', async (_what, poison) => {
    const lines: (string | Buffer)[] = Array.from({ length: RECORDS - 1 }, () => JSON.stringify(good()));
    const place = Math.floor(RECORDS / 3);
    lines.splice(place, 0, poison());
    const body = Buffer.concat(lines.flatMap((one) => [Buffer.from(one), Buffer.from('\n')]));
    const answer = await temporary.ingest.accept('predictions', 'ndjson', body);
    expect(answer).toMatchObject({ accepted: RECORDS - 1, rejected: 1, errors: [{ line: place + 1 }] });
    expect(answer.errors[0]!.message.length).toBeGreaterThan(5);
    taken += RECORDS - 1;
  });

  it('of spans, each kind at once: the others are stored', async () => {
    const at = temporary.clock.now();
    const id = (bytes: number): Uint8Array => Buffer.alloc(bytes, 7);
    const poisons = [
      span(at, { start: 2n ** 63n - 1n }),
      span(at, { start: 2n ** 64n - 1n }),
      span(at, { start: 0n }),
      span(at, { end: 2n ** 63n }),
      ...[0, 7, 15, 17].map((bytes) => span(at, { traceId: id(bytes) })),
      span(at, { traceId: Buffer.alloc(16) }),
      span(at, { spanId: id(7) }),
      span(at, { parentId: id(3) }),
    ];
    const mended = [
      span(at, { end: BigInt(at - 1000) * 1_000_000n }),
      span(at, { more: [fixed64(7, BigInt(at) * 1_000_000n)] }),
    ];
    const spans = Array.from({ length: RECORDS }, () => span(at));
    const body = traces(
      's',
      ...spans.slice(0, 700),
      ...poisons,
      ...mended,
      field(2, field(5, 'no ids')),
      ...spans.slice(700),
    );
    const answer = await temporary.ingest.acceptOtlp('traces', 'protobuf', body);
    expect(answer).toMatchObject({ accepted: RECORDS + mended.length, rejected: poisons.length + 1 });
    await temporary.ingest.flush();
    const [row] = await temporary.rows(
      `SELECT (SELECT count() FROM {database}.otel_traces) AS spans, (SELECT max(Duration) < 1e10 FROM {database}.otel_traces) AS sane,
              (SELECT count() FROM {database}.predictions) AS predictions`,
    );
    expect(row).toEqual({ spans: RECORDS + mended.length, sane: 1, predictions: taken });
    expect(await temporary.ingest.counters()).toMatchObject({ loadFailures: 0, setAside: { segments: 0 } });
  });
});
