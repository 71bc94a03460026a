import { credentials, Client, Metadata, type ServiceError } from '@grpc/grpc-js';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SerinError } from '../../../../daemon/errors.ts';
import type { Ingest } from '../../../../daemon/ingest/ingest.ts';
import { startOtlpGrpc } from '../../../../daemon/ingest/doors/otlp-grpc.ts';
import { startOtlpHttp } from '../../../../daemon/ingest/doors/otlp-http.ts';
import type { OtlpListener } from '../../../../daemon/ingest/doors/otlp-listen.ts';
import { freeDoor } from '../../../support/otlp-doors.ts';
import { attribute, field, span, traces, whole } from '../../../support/protobuf.ts';
import { temporaryIngest, type TemporaryIngest } from '../../../support/temporary-ingest.ts';

const MAX_BODY = 1 << 20;
const PROTOBUF = 'application/x-protobuf';
const JSON_TYPE = 'application/json';
const DAY = 86_400_000n * 1_000_000n;

const identity = (bytes: Buffer): Buffer => bytes;

describe('the doors of OTLP', () => {
  let temporary: TemporaryIngest;
  let http: OtlpListener;
  let grpc: OtlpListener;
  let at = 0;
  const listen = freeDoor({ max_body_bytes: MAX_BODY });

  beforeAll(async () => {
    temporary = await temporaryIngest(
      { max_attributes: 20, max_attribute_bytes: 1000 },
      { spansPastMs: 29.4 * 86_400_000 },
    );
    at = temporary.clock.now();
    http = await startOtlpHttp(temporary.ingest, listen);
    grpc = await startOtlpGrpc(temporary.ingest, listen);
  });
  afterAll(async () => {
    await http.close();
    await grpc.close();
    await temporary.remove();
  });

  const post = (
    body: Uint8Array | string,
    headers: Record<string, string> = {},
    path = '/v1/traces',
    port = http.port,
  ): Promise<Response> =>
    fetch(`http://127.0.0.1:${port}${path}`, {
      method: 'POST',
      headers: { 'content-type': PROTOBUF, ...headers },
      body: typeof body === 'string' ? body : new Uint8Array(body),
    });
  const call = (body: Buffer, port = grpc.port, path = 'trace.v1.TraceService/Export'): Promise<Buffer> => {
    const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
    return new Promise<Buffer>((resolve, reject) => {
      client.makeUnaryRequest(
        `/opentelemetry.proto.collector.${path}`,
        identity,
        identity,
        body,
        new Metadata(),
        (error, answer) => (error === null ? resolve(answer ?? Buffer.alloc(0)) : reject(error)),
      );
    }).finally(() => client.close());
  };
  const stored = async (service: string): Promise<Record<string, unknown>[]> => {
    await temporary.ingest.flush();
    return temporary.rows(
      'SELECT * FROM {database}.otel_traces WHERE ServiceName = {service:String} ORDER BY Timestamp',
      {
        service,
      },
    );
  };

  it('answers 200 with an empty message in the type of the caller', async () => {
    const answer = await post(traces('plain', span(at)));
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, PROTOBUF]);
    expect((await answer.arrayBuffer()).byteLength).toBe(0);
    const json = await post('{"resourceSpans":[]}', { 'content-type': 'Application/JSON; charset=utf-8' });
    expect([json.status, await json.json()]).toEqual([200, {}]);
    expect((await post(Buffer.alloc(0))).status).toBe(200);
    expect(await call(traces('plain', span(at)))).toEqual(Buffer.alloc(0));
  });

  it('says what is wrong with the path, the method, the type and the encoding', async () => {
    const metrics = await post('{}', { 'content-type': JSON_TYPE }, '/v1/metrics');
    expect([metrics.status, await metrics.json()]).toEqual([
      404,
      {
        code: 5,
        message: 'metrics are not taken here; the paths are /v1/traces, /v1/logs, /v1/predictions, /v1/labels',
      },
    ]);
    const get = await fetch(`http://127.0.0.1:${http.port}/v1/traces`);
    expect([get.status, get.headers.get('allow')]).toEqual([405, 'POST']);
    expect((await post('x', { 'content-type': 'text/plain' })).status).toBe(415);
    expect((await post('x', { 'content-encoding': 'br' })).status).toBe(415);
    expect((await post('x', { 'content-encoding': 'gzip, gzip' })).status).toBe(415);
  });

  it('refuses what it cannot read with a Status in the type of the caller, and stores nothing of it', async () => {
    const half = traces('half', span(at), span(at));
    const cut = await post(half.subarray(0, half.length - 3));
    expect([cut.status, cut.headers.get('content-type')]).toEqual([400, PROTOBUF]);
    const status = Buffer.from(await cut.arrayBuffer());
    expect(status.subarray(0, 2)).toEqual(Buffer.from([0x08, 3]));
    expect(status.toString()).toContain('longer than its message');
    const json = await post('{"resourceSpans":5}', { 'content-type': JSON_TYPE });
    const message = 'resourceSpans must be an array, not 5';
    const details = [
      {
        '@type': 'type.googleapis.com/google.rpc.BadRequest',
        fieldViolations: [{ field: 'body', description: message }],
      },
    ];
    expect([json.status, await json.json()]).toEqual([400, { code: 3, message, details }]);
    expect((await post('not gzip', { 'content-encoding': 'gzip' })).status).toBe(400);
    await expect(call(half.subarray(0, half.length - 3))).rejects.toMatchObject({ code: 3 });
    expect(await stored('half')).toEqual([]);
  });

  it('says what a body looks like that is sent as something else', async () => {
    const packed = await post(gzipSync(traces('half', span(at))));
    expect([packed.status, await packed.text()]).toEqual([400, expect.stringContaining('no content encoding says so')]);
    const json = await post('{"resourceSpans":[]}');
    expect([json.status, await json.text()]).toEqual([400, expect.stringContaining('send it as application/json')]);
  });

  it('warns of JSON that has all there is under another name, which OTLP has it ignore', async () => {
    const type = { 'content-type': JSON_TYPE };
    const warning = (name: string, wanted: string): object => ({
      errorMessage: `nothing was taken: the body has "${name}" and no "${wanted}"; names are in lowerCamelCase, spans go to /v1/traces, log records to /v1/logs`,
    });
    expect(await (await post('{"resource_spans":[]}', type)).json()).toEqual({
      partialSuccess: { rejectedSpans: '0', ...warning('resource_spans', 'resourceSpans') },
    });
    expect(await (await post('{"resourceSpans":[]}', type, '/v1/logs')).json()).toEqual({
      partialSuccess: { rejectedLogRecords: '0', ...warning('resourceSpans', 'resourceLogs') },
    });
    for (const [body, found, wanted] of [
      ['{"resourceSpans":[{"resource":{},"scope_spans":[{}]}]}', 'scope_spans', 'scopeSpans'],
      ['{"resourceSpans":[{},{"instrumentationLibrarySpans":[{}]}]}', 'instrumentationLibrarySpans', 'scopeSpans'],
      ['{"resourceSpans":[{"scopeSpans":[{"scope":{},"Spans":[{}]}]}]}', 'Spans', 'spans'],
    ] as const)
      expect(await (await post(body, type)).json()).toEqual({
        partialSuccess: { rejectedSpans: '0', ...warning(found, wanted) },
      });
    const log = '{"resourceLogs":[{"scopeLogs":[{"log_records":[{}]}]}]}';
    expect(await (await post(log, type, '/v1/logs')).json()).toMatchObject({
      partialSuccess: warning('log_records', 'logRecords'),
    });
    for (const body of [
      '{}',
      '{"resourceSpans":null}',
      '{"resourceSpans":[],"more":1}',
      '{"resourceSpans":[{"resource":{},"schemaUrl":"u"},{"scopeSpans":[{"scope":{}}]}]}',
    ])
      expect(await (await post(body, type)).json()).toEqual({});
  });

  it('refuses bodies above the limit, also when they only grow after decompression', async () => {
    const large = traces('large', span(at, { more: [field(99, 'x'.repeat(MAX_BODY))] }));
    for (const [body, headers] of [
      [large, {}],
      [gzipSync(Buffer.alloc(64 * MAX_BODY)), { 'content-encoding': 'gzip' }],
    ] as const) {
      const answer = await post(body, headers);
      expect(answer.status).toBe(413);
      expect(answer.headers.get('retry-after')).toBeNull();
    }
    await expect(call(large)).rejects.toMatchObject({ code: 8 });
  });

  it('stores the good spans of a request and tells of the others', async () => {
    const bad = [0, 7, 15, 17].map((size) => span(at, { traceId: Buffer.alloc(size, 1) }));
    const body = traces('partial', ...bad, span(at), span(at, { spanId: Buffer.alloc(8) }), span(at));
    const answer = Buffer.from(await (await post(body)).arrayBuffer());
    expect(answer.subarray(3, 5)).toEqual(Buffer.from([0x08, 5]));
    expect(answer.toString()).toContain('4 refused (bad_trace_id, trace_id)');
    expect(answer.toString()).toContain('1 refused (bad_span_id, span_id)');
    expect(await stored('partial')).toHaveLength(2);
    const json = {
      resourceSpans: [
        {
          scopeSpans: [
            {
              spans: [{ traceId: 'ABCDEF00'.repeat(4), spanId: 'AB'.repeat(8), startTimeUnixNano: `${at}000000` }, {}],
            },
          ],
        },
      ],
    };
    const said = await (await post(JSON.stringify(json), { 'content-type': JSON_TYPE })).json();
    expect(said).toMatchObject({
      partialSuccess: { rejectedSpans: '1', errorMessage: expect.stringContaining('bad_trace_id') },
    });
    const [upper] = await stored('');
    expect(upper).toMatchObject({ TraceId: 'abcdef00'.repeat(4), SpanId: 'ab'.repeat(8), Duration: 0 });
  });

  it('takes a parent of zeros for none, whichever form it comes in', async () => {
    const roots = traces('roots', span(at, { parentId: Buffer.alloc(8) }), span(at, { parentId: Buffer.alloc(8, 9) }));
    expect((await post(roots)).status).toBe(200);
    const attributes = [{ key: 'service.name', value: { stringValue: 'roots' } }];
    const inner = {
      traceId: '01'.repeat(16),
      spanId: '02'.repeat(8),
      parentSpanId: '0'.repeat(16),
      startTimeUnixNano: `${at}000000`,
    };
    const json = { resourceSpans: [{ resource: { attributes }, scopeSpans: [{ spans: [inner] }] }] };
    expect((await post(JSON.stringify(json), { 'content-type': JSON_TYPE })).status).toBe(200);
    const parents = (await stored('roots')).map((row) => row['ParentSpanId']);
    expect(parents.filter((parent) => parent === '')).toHaveLength(2);
    expect(parents).toContain('09'.repeat(8));
  });

  it('keeps impossible times out, and clamps a span that ends before it starts', async () => {
    const now = BigInt(at) * 1_000_000n;
    const wrong = [
      { start: 0n },
      { start: 2n ** 63n - 1n },
      { start: 2n ** 64n - 1n },
      { start: 915_148_800n * 1_000_000_000n },
      { start: now + 2n * DAY },
      { start: now, end: 2n ** 64n - 1n },
    ];
    const answer = await temporary.ingest.acceptOtlp(
      'traces',
      'protobuf',
      traces(
        'times',
        ...wrong.map((times) => span(at, times)),
        span(at, { start: now, end: now - 5n }),
        span(at, { end: 0n }),
      ),
    );
    expect(answer).toMatchObject({ accepted: 2, rejected: 6 });
    expect((await stored('times')).map((row) => row['Duration'])).toEqual([0, 0]);
    expect((await temporary.ingest.counters()).rejected).toMatchObject({ too_old: 2, too_far_ahead: 4 });
    expect((await temporary.ingest.counters()).mended['duration_clamped']).toBeGreaterThanOrEqual(2);
  });

  it('takes 200 days in one request, and refuses what the store would forget at once', async () => {
    const days = Array.from({ length: 200 }, (_, day) =>
      span(at, { start: BigInt(at) * 1_000_000n - BigInt(day) * DAY }),
    );
    const answer = await temporary.ingest.acceptOtlp('traces', 'protobuf', traces('days', ...days));
    expect(answer).toMatchObject({ accepted: 30, rejected: 170, message: expect.stringContaining('too_old') });
    expect((await stored('days')).length).toBe(30);
  });

  it('bounds attributes: number, length, depth', async () => {
    let deep: Uint8Array = field(1, 'bottom');
    for (let level = 0; level < 10_000; level++) deep = field(5, field(1, deep));
    const many = Array.from({ length: 1000 }, (_, n) => attribute(9, `key${n}`, whole(3, n)));
    const long = attribute(9, 'long', field(1, `${'ä'.repeat(499)}xäää`));
    const cutBefore = (await temporary.ingest.counters()).mended['key_cut'] ?? 0;
    const answer = await temporary.ingest.acceptOtlp(
      'traces',
      'protobuf',
      traces(
        'bounds',
        span(at, { more: [attribute(9, 'deep', deep)] }),
        span(at, { more: [long] }),
        span(at, { more: many }),
        span(at, { more: [attribute(9, 'k'.repeat(257), whole(3, 1))] }),
      ),
    );
    expect(answer).toMatchObject({ accepted: 3, rejected: 1, message: expect.stringContaining('too_deep') });
    expect((await temporary.ingest.counters()).mended['key_cut']).toBe(cutBefore + 1);
    const rows = await stored('bounds');
    const attributes = rows.map((row) => row['SpanAttributes'] as Record<string, string>);
    expect(new Set(attributes.map((all) => Object.keys(all).length))).toEqual(new Set([1, 20]));
    expect(attributes.find((all) => 'long' in all)).toEqual({ long: `${'ä'.repeat(499)}x` });
    expect(await temporary.ingest.counters()).toMatchObject({
      mended: { attribute_dropped: 980, attribute_cut: 1 },
      rejected: { too_deep: 1 },
    });
    const json = `{"a":${'['.repeat(100_000)}`;
    expect((await post(json, { 'content-type': JSON_TYPE })).status).toBe(400);
    const nested = `{"resourceSpans":[{"scopeSpans":[{"spans":[{"attributes":[{"key":"a","value":${'{"arrayValue":{"values":['.repeat(5000)}${']}}'.repeat(5000)}}]}]}]}]}`;
    expect(await (await post(nested, { 'content-type': JSON_TYPE })).json()).toMatchObject({
      partialSuccess: { rejectedSpans: '1' },
    });
  });

  it('takes the whole address in place of the path, as a proxy may send it', async () => {
    const answer = await new Promise<string>((resolve) => {
      let got = '';
      const head = `Host: a\r\nContent-Type: ${JSON_TYPE}\r\nContent-Length: 2\r\nConnection: close`;
      const socket = connect(http.port, '127.0.0.1', () =>
        socket.write(`POST http://a:4318/v1/traces?x HTTP/1.1\r\n${head}\r\n\r\n{}`),
      );
      socket.on('data', (data) => (got += data.toString()));
      socket.on('close', () => resolve(got));
    });
    expect(answer).toMatch(/^HTTP\/1.1 200/);
  });

  it('answers malformed HTTP with 400 and lives on', async () => {
    const answer = await new Promise<string>((resolve) => {
      let got = '';
      const socket = connect(http.port, '127.0.0.1', () => socket.write('GET http://\tx HTTP/9.9\r\n\r\n'));
      socket.on('data', (data) => (got += data.toString()));
      socket.on('close', () => resolve(got));
    });
    expect(answer).toMatch(/^HTTP\/1.1 400/);
    expect((await post(Buffer.alloc(0))).status).toBe(200);
  });

  it('pushes back with the time to wait, and never asks to resend what cannot be taken', async () => {
    let error: unknown = new Error('a defect with secrets');
    const refusing = {
      acceptOtlp: () => Promise.reject(error),
      take: (_door, _body, answered) => {
        if (!(error instanceof SerinError)) throw error;
        answered(error);
      },
    } as Partial<Ingest> as Ingest;
    const otherHttp = await startOtlpHttp(refusing, listen);
    const otherGrpc = await startOtlpGrpc(refusing, listen);
    const cases = [
      [new SerinError('full', 'full', { retryAfterSeconds: 7 }), 429, '7', 8],
      [new SerinError('not_durable', 'no disk', { retryAfterSeconds: 3 }), 503, '3', 14],
      [new SerinError('unavailable', 'stopping'), 503, '5', 14],
      [new SerinError('invalid_request', 'bad'), 400, null, 3],
      [new Error('a defect with secrets'), 500, null, 13],
    ] as const;
    for (const [thrown, status, retry, code] of cases) {
      error = thrown;
      const answer = await post('{}', { 'content-type': JSON_TYPE }, '/v1/traces', otherHttp.port);
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([status, retry]);
      const body = (await answer.json()) as { code: number; message: string; details?: unknown[] };
      expect(body.code).toBe(code);
      expect(body.message).not.toContain('secrets');
      expect(body.details?.[0]).toEqual(
        retry === null ? undefined : { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: `${retry}s` },
      );
      const failure = await call(Buffer.alloc(0), otherGrpc.port).then(
        () => undefined,
        (given: unknown) => given as ServiceError,
      );
      expect(failure?.code).toBe(code);
      const details = Buffer.concat((failure?.metadata.get('grpc-status-details-bin') ?? []) as Buffer[]);
      expect(details.includes('google.rpc.RetryInfo')).toBe(retry !== null);
    }
    await otherHttp.close();
    await otherGrpc.close();
  });

  it('says which port is taken, and by which setting it is chosen', async () => {
    await expect(startOtlpHttp(temporary.ingest, { ...listen, port: http.port })).rejects.toThrow(
      `port ${http.port} on 127.0.0.1 is taken by another program: stop it, or set listen.otlp_http to a free port`,
    );
    await expect(startOtlpGrpc(temporary.ingest, { ...listen, port: grpc.port })).rejects.toThrow(
      `port ${grpc.port} on 127.0.0.1 is taken by another program: stop it, or set listen.otlp_grpc to a free port`,
    );
  });
});
