import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startOtlpHttp } from '../../../../daemon/ingest/doors/otlp-http.ts';
import type { OtlpListener } from '../../../../daemon/ingest/doors/otlp-listen.ts';
import { freeDoor } from '../../../support/otlp-doors.ts';
import { attribute, double, field, fixed64, span, traces, whole } from '../../../support/protobuf.ts';
import { temporaryIngest, type TemporaryIngest } from '../../../support/temporary-ingest.ts';

describe('values that came by OTLP', () => {
  let temporary: TemporaryIngest;
  let http: OtlpListener;
  let at = 0;
  beforeAll(async () => {
    temporary = await temporaryIngest();
    at = temporary.clock.now();
    http = await startOtlpHttp(temporary.ingest, freeDoor());
  });
  afterAll(async () => {
    await http.close();
    await temporary.remove();
  });
  const post = (body: string): Promise<Response> =>
    fetch(`http://127.0.0.1:${http.port}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
  const stored = async (service: string): Promise<Record<string, unknown>[]> => {
    await temporary.ingest.flush();
    return temporary.rows('SELECT * FROM {database}.otel_traces WHERE ServiceName = {service:String}', { service });
  };

  it('are read alike in protobuf and JSON, 64-bit integers exactly', async () => {
    const values = [
      attribute(9, 'min', whole(3, -(2n ** 63n))),
      attribute(9, 'max', whole(3, 2n ** 63n - 1n)),
      attribute(9, 'minus', whole(3, -1)),
      attribute(9, 'half', double(4, 0.5)),
      attribute(9, 'nan', double(4, NaN)),
      attribute(9, 'bytes', field(7, Buffer.from([1, 2, 255]))),
      attribute(9, 'map', field(6, attribute(1, 'a', field(5, field(1, whole(3, 2n ** 60n)), field(1, whole(2, 1)))))),
      attribute(9, 'none'),
    ];
    await temporary.ingest.acceptOtlp('traces', 'protobuf', traces('values', span(at, { more: values })));
    const attributes = [
      { key: 'min', value: { intValue: '-9223372036854775808' } },
      { key: 'max', value: { intValue: 'LITERAL' } },
      { key: 'minus', value: { intValue: -1 } },
      { key: 'half', value: { doubleValue: 0.5 } },
      { key: 'nan', value: { doubleValue: 'NaN' } },
      { key: 'bytes', value: { bytesValue: 'AQL/' } },
      {
        key: 'map',
        value: {
          kvlistValue: {
            values: [
              { key: 'a', value: { arrayValue: { values: [{ intValue: String(2n ** 60n) }, { boolValue: true }] } } },
            ],
          },
        },
      },
      { key: 'none', value: {} },
    ];
    const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'values' } }] };
    const one = {
      traceId: '1'.repeat(32),
      spanId: '2'.repeat(16),
      startTimeUnixNano: at * 1e6,
      endTimeUnixNano: at * 1e6,
      attributes,
    };
    const json = JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans: [one] }] }] }).replace(
      '"LITERAL"',
      '9223372036854775807',
    );
    expect((await post(json)).status).toBe(200);
    const expected = {
      min: '-9223372036854775808',
      max: '9223372036854775807',
      minus: '-1',
      half: '0.5',
      nan: 'NaN',
      bytes: 'AQL/',
      map: '{"a":[1152921504606846976,true]}',
      none: '',
    };
    expect((await stored('values')).map((row) => row['SpanAttributes'])).toEqual([expected, expected]);
  });

  it('counts a kind or status that is none of the enum as unspecified, through both forms', async () => {
    const spans = [-5, 0.5, 99, 2 ** 40].map((kind, n) => ({
      traceId: '1'.repeat(32),
      spanId: `${n + 1}`.repeat(16),
      startTimeUnixNano: `${at}000000`,
      kind,
      status: { code: kind },
    }));
    const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'enums' } }] };
    const body = JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans }] }] });
    expect(await (await post(body)).json()).toEqual({});
    const odd = [whole(6, -5), field(15, whole(3, -5))];
    expect(
      await temporary.ingest.acceptOtlp('traces', 'protobuf', traces('enums', span(at, { more: odd }))),
    ).toMatchObject({ accepted: 1 });
    const rows = await stored('enums');
    expect(rows.map((row) => [row['SpanKind'], row['StatusCode']])).toEqual(
      spans.concat(spans[0]!).map(() => ['Unspecified', 'Unset']),
    );
  });

  it('refuses a JSON value of another type than its name says, and takes null as none', async () => {
    const body = (value: unknown): string =>
      JSON.stringify({ resourceSpans: [{ resource: { attributes: [{ key: 'a', value }] } }] });
    for (const wrong of [
      { stringValue: 5 },
      { boolValue: 1 },
      { intValue: 1.5 },
      { intValue: 1e19 },
      { intValue: -1e300 },
      { doubleValue: 'x y' },
      { arrayValue: 5 },
    ])
      expect((await post(body(wrong))).status, JSON.stringify(wrong)).toBe(400);
    for (const right of [null, {}, { stringValue: null }, { intValue: null, boolValue: false }, { arrayValue: {} }])
      expect((await post(body(right))).status, JSON.stringify(right)).toBe(200);
  });

  it('keeps a span whose prediction cannot be kept, and says why; names that mean harm are plain names', async () => {
    const ml = (key: string, ...value: readonly Uint8Array[]) => attribute(9, `ml.${key}`, ...value);
    const answer = await temporary.ingest.acceptOtlp(
      'traces',
      'protobuf',
      traces(
        'riders',
        ...[NaN, Infinity, -Infinity, 1e308, -0].map((amount, n) =>
          span(at, {
            more: [
              ml('model.name', field(1, 'riders')),
              ml('model.version', field(1, 'v')),
              ml('prediction.id', field(1, `rider-${n}`)),
              ml('feature.amount', double(4, amount)),
              ml('feature.__proto__', whole(3, 5)),
              ml('feature.constructor', field(1, 'c')),
              ml('feature.mixed', n === 3 ? field(1, 'text') : whole(2, 1)),
              ml('tag.__proto__', field(1, 't')),
            ],
          }),
        ),
      ),
    );
    expect(answer).toMatchObject({ accepted: 5, rejected: 0 });
    expect(answer.message).toContain('3 prediction refused (not_finite, features.amount)');
    expect(await stored('riders')).toHaveLength(5);
    expect(
      await temporary.rows(
        `SELECT prediction_id, toString(numbers) AS numbers, toString(categories) AS categories, toString(tags) AS tags
         FROM {database}.predictions WHERE model = 'riders' ORDER BY prediction_id`,
      ),
    ).toEqual([
      {
        prediction_id: 'rider-3',
        numbers: "{'amount':1e308,'__proto__':5}",
        categories: "{'constructor':'c','mixed':'text'}",
        tags: "{'__proto__':'t'}",
      },
      {
        prediction_id: 'rider-4',
        numbers: "{'amount':-0,'__proto__':5}",
        categories: "{'constructor':'c','mixed':'true'}",
        tags: "{'__proto__':'t'}",
      },
    ]);
  });

  it('says of times and ids of spans what they look like', async () => {
    const now = BigInt(at);
    for (const [start, message] of [
      [now / 1000n, 'it looks like seconds, nanoseconds are expected'],
      [now, 'it looks like milliseconds, nanoseconds are expected'],
      [now * 1000n, 'it looks like microseconds, nanoseconds are expected'],
    ] as const)
      expect(
        (await temporary.ingest.acceptOtlp('traces', 'protobuf', traces('units', span(at, { start })))).message,
      ).toContain(message);
    for (const [traceId, found] of [
      ['', 'missing'],
      ['00', '1 bytes long'],
      ['AQIDBAUGBwgJCgsMDQ4PEA==', 'not hexadecimal'],
      ['0'.repeat(32), 'all zero'],
    ] as const) {
      const one = { traceId, spanId: '2'.repeat(16), startTimeUnixNano: `${at}000000` };
      const answer = await post(JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [one] }] }] }));
      expect(await answer.text()).toContain(`this one is ${found}`);
    }
    const end = BigInt(at + 30 * 86_400_000) * 1_000_000n;
    const late = await temporary.ingest.acceptOtlp('traces', 'protobuf', traces('late end', span(at, { end })));
    expect(late.message).toContain(`${new Date(at + 30 * 86_400_000).toISOString()} lies further ahead`);
  });

  it('takes a resource that comes after its spans, and fields it does not know', async () => {
    const resource = field(1, attribute(1, 'service.name', field(1, 'late')), whole(2, 5));
    const unknown = [fixed64(1000, 5n), field(1001, 'x'), Buffer.from([0x9d, 0x3f, 1, 2, 3, 4])];
    const body = field(1, field(2, span(at, { more: unknown }), field(1, field(1, 's'), field(2, '1'))), resource);
    expect(await temporary.ingest.acceptOtlp('traces', 'protobuf', body)).toMatchObject({ accepted: 1, rejected: 0 });
    expect(await stored('late')).toMatchObject([{ ScopeName: 's', ScopeVersion: '1' }]);
  });
});
