import { SpanKind, SpanStatusCode, TraceFlags, type Attributes } from '@opentelemetry/api';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import { OTLPTraceExporter as GrpcExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { logs, resources, tracing } from '@opentelemetry/sdk-node';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startOtlpGrpc } from '../../../../daemon/ingest/doors/otlp-grpc.ts';
import { startOtlpHttp } from '../../../../daemon/ingest/doors/otlp-http.ts';
import type { OtlpListener } from '../../../../daemon/ingest/doors/otlp-listen.ts';
import { freeDoor } from '../../../support/otlp-doors.ts';
import { engineTime, lines, temporaryIngest, type TemporaryIngest } from '../../../support/temporary-ingest.ts';

const SPANS = 1000;
const GZIP = 'gzip' as never;

/** Finished spans of a real SDK, with all that a span can carry. */
function realSpans(at: number): tracing.ReadableSpan[] {
  const memory = new tracing.InMemorySpanExporter();
  const provider = new tracing.BasicTracerProvider({
    resource: resources.resourceFromAttributes({
      'service.name': 'checkout',
      'service.instance.id': 7,
      list: ['a', 'b'],
    }),
    spanProcessors: [new tracing.SimpleSpanProcessor(memory)],
  });
  const tracer = provider.getTracer('scope', '1.2.3');
  for (let n = 0; n < SPANS; n++) {
    const span = tracer.startSpan(`operation ${n % 5} \u{1F426}`, {
      kind: [SpanKind.INTERNAL, SpanKind.SERVER, SpanKind.CLIENT, SpanKind.PRODUCER, SpanKind.CONSUMER][n % 5]!,
      startTime: [Math.floor((at + n) / 1000), ((at + n) % 1000) * 1e6 + n],
      attributes: attributesOf(n),
      links:
        n % 4 === 0
          ? [
              {
                context: { traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: TraceFlags.SAMPLED },
                attributes: { 'link.n': n },
              },
            ]
          : [],
    });
    if (n % 3 === 0) span.addEvent('retry', { attempt: n, ok: false }, [Math.floor(at / 1000), n]);
    if (n % 7 === 0) span.setStatus({ code: SpanStatusCode.ERROR, message: `failed ${n}` });
    else if (n % 7 === 1) span.setStatus({ code: SpanStatusCode.OK });
    span.end([Math.floor((at + n + 25) / 1000), ((at + n + 25) % 1000) * 1e6 + n * 3]);
  }
  return memory.getFinishedSpans();
}

function attributesOf(n: number): Attributes {
  return {
    text: `value ${n} ä`,
    long: 'x'.repeat(n % 100),
    empty: '',
    whole: n - 500,
    large: Number.MAX_SAFE_INTEGER,
    broken: n / 7,
    tiny: 1e-9,
    flag: n % 2 === 0,
    list: ['a', 'b"c'],
    numbers: [1, 2.5],
  };
}

/** What makes a span or a log record a prediction. */
function ml(id: string): Attributes {
  return {
    'ml.model.name': 'fraud',
    'ml.model.version': 'v1',
    'ml.prediction.id': id,
    'ml.prediction.score': 0.25,
    'ml.prediction.decision': 'approve',
    'ml.prediction.value': 100,
    'ml.prediction.propensity': 1,
    'ml.prediction.role': 'control',
    'ml.feature.amount': 12.5,
    'ml.feature.count': 3,
    'ml.feature.country': 'DE',
    'ml.feature.known': true,
    'ml.feature.vector': [1, 0.5],
    'ml.tag.region': 'EU',
  };
}

function send<Item>(
  exporter: { export(items: Item[], done: (result: { code: number; error?: Error }) => void): void },
  items: Item[],
): Promise<void> {
  return new Promise((resolve, reject) => {
    exporter.export(items, ({ code, error }) => (code === 0 ? resolve() : reject(error ?? new Error('export failed'))));
  });
}

describe('what real OpenTelemetry exporters send', () => {
  let temporary: TemporaryIngest;
  let http: OtlpListener;
  let grpc: OtlpListener;
  beforeAll(async () => {
    temporary = await temporaryIngest();
    const listen = freeDoor();
    http = await startOtlpHttp(temporary.ingest, listen);
    grpc = await startOtlpGrpc(temporary.ingest, listen);
  });
  afterAll(async () => {
    await http.close();
    await grpc.close();
    await temporary.remove();
  });

  it('becomes the same rows through every door', async () => {
    const spans = realSpans(temporary.clock.now());
    const url = `http://127.0.0.1:${http.port}/v1/traces`;
    const grpcUrl = `http://127.0.0.1:${grpc.port}`;
    const exporters = [
      new ProtobufExporter({ url }),
      new ProtobufExporter({ url, compression: GZIP, headers: { other: 'body' } }),
      new JsonExporter({ url }),
      new JsonExporter({ url, compression: GZIP }),
      new GrpcExporter({ url: grpcUrl }),
      new GrpcExporter({ url: grpcUrl, compression: GZIP }),
    ];
    for (const [place, exporter] of exporters.entries()) {
      // A body alike another is not stored again, through whichever of the doors it comes: the order differs.
      await send(exporter, [...spans.slice(place), ...spans.slice(0, place)]);
      await exporter.shutdown();
    }
    await temporary.ingest.flush();
    expect((await temporary.ingest.counters()).rejected).toEqual({});
    const [counts] = await temporary.rows(
      `SELECT count() AS distinct_rows, min(n) AS least, max(n) AS most FROM (
         SELECT count() AS n FROM {database}.otel_traces GROUP BY Timestamp, TraceId, SpanId, ParentSpanId, TraceState, SpanName,
           SpanKind, ServiceName, ResourceAttributes, ScopeName, ScopeVersion, SpanAttributes, Duration, StatusCode,
           StatusMessage, Events.Timestamp, Events.Name, Events.Attributes, Links.TraceId, Links.SpanId, Links.TraceState,
           Links.Attributes)`,
    );
    expect(counts).toEqual({ distinct_rows: SPANS, least: 6, most: 6 });
  });

  it('becomes the rows that the OpenTelemetry ClickHouse exporter would write', async () => {
    const [row] = await temporary.rows(
      `SELECT *, toUnixTimestamp64Nano(Timestamp) % 1000000 AS nanoseconds FROM {database}.otel_traces
       WHERE SpanAttributes['whole'] = '-416' LIMIT 1`,
    );
    expect(row).toMatchObject({
      SpanName: 'operation 4 \u{1F426}',
      SpanKind: 'Consumer',
      ServiceName: 'checkout',
      ResourceAttributes: { 'service.name': 'checkout', 'service.instance.id': '7', list: '["a","b"]' },
      ScopeName: 'scope',
      ScopeVersion: '1.2.3',
      SpanAttributes: {
        text: 'value 84 ä',
        long: 'x'.repeat(84),
        empty: '',
        whole: '-416',
        large: '9007199254740991',
        broken: '12',
        tiny: '1e-9',
        flag: 'true',
        list: '["a","b\\"c"]',
        numbers: '[1,2.5]',
      },
      Duration: 25_000_168,
      StatusCode: 'Error',
      StatusMessage: 'failed 84',
      'Events.Name': ['retry'],
      'Events.Timestamp': [`${engineTime(temporary.clock.now())}000084`],
      'Events.Attributes': [{ attempt: '84', ok: 'false' }],
      'Links.TraceId': ['1'.repeat(32)],
      'Links.SpanId': ['2'.repeat(16)],
      'Links.Attributes': [{ 'link.n': '84' }],
      nanoseconds: 84,
    });
  });

  it('is counted by the minute as the rows say', async () => {
    const expected = await temporary.rows(
      `SELECT ServiceName AS service, SpanName AS operation, toStartOfMinute(Timestamp) AS bucket, count() AS count,
              countIf(StatusCode = 'Error') AS errors,
              sumMap(map(toInt32(bitShiftRight(reinterpretAsUInt64(Duration / 1e6), 47)), toUInt64(1))) AS durations
       FROM {database}.otel_traces GROUP BY ALL ORDER BY ALL`,
    );
    const counted = await temporary.rows(
      `SELECT service, operation, bucket, sum(count) AS count, sum(errors) AS errors, sumMap(durations) AS durations
       FROM {database}.span_minutes GROUP BY ALL HAVING count > 0 ORDER BY ALL`,
    );
    expect(counted.length).toBeGreaterThanOrEqual(5);
    expect(counted).toEqual(expected);
  });

  it('brings predictions on spans and on log records, once each', async () => {
    const at = temporary.clock.now();
    const memory = new tracing.InMemorySpanExporter();
    const provider = new tracing.BasicTracerProvider({ spanProcessors: [new tracing.SimpleSpanProcessor(memory)] });
    const span = provider.getTracer('ml').startSpan('score', { startTime: at, attributes: ml('on-span') });
    span.end(at + 12);
    provider
      .getTracer('ml')
      .startSpan('bad', { startTime: at, attributes: { ...ml('x'), 'ml.prediction.score': 'high' } })
      .end(at + 1);
    provider
      .getTracer('ml')
      .startSpan('context only', { startTime: at, attributes: { 'ml.model.name': 'fraud' } })
      .end(at + 1);
    for (const exporter of [
      new ProtobufExporter({ url: `http://127.0.0.1:${http.port}/v1/traces` }),
      new JsonExporter({ url: `http://127.0.0.1:${http.port}/v1/traces` }),
    ])
      await send(exporter, memory.getFinishedSpans());

    const records = new logs.InMemoryLogRecordExporter();
    const loggers = new logs.LoggerProvider({ processors: [new logs.SimpleLogRecordProcessor({ exporter: records })] });
    loggers.getLogger('ml').emit({ timestamp: at, attributes: ml('on-log'), body: 'scored' });
    loggers.getLogger('ml').emit({ timestamp: at, body: 'just a line' });
    await send(new OTLPLogExporter({ url: `http://127.0.0.1:${http.port}/v1/logs` }), records.getFinishedLogRecords());

    const same = { prediction_id: 'on-span', model: 'fraud', version: 'v1', timestamp: at, score: 0.25 };
    expect(await temporary.ingest.accept('predictions', 'ndjson', lines([same]))).toMatchObject({ accepted: 1 });
    await temporary.ingest.flush();
    const found = await temporary.rows(
      `SELECT prediction_id, model, version, role, timestamp, numbers, categories, embeddings, score, decision, value,
              propensity, latency_ms, trace_id, tags FROM {database}.predictions ORDER BY prediction_id DESC`,
    );
    const row = {
      model: 'fraud',
      version: 'v1',
      role: 'control',
      timestamp: engineTime(at),
      numbers: { amount: 12.5, count: 3 },
      categories: { country: 'DE', known: 'true' },
      embeddings: { vector: [1, 0.5] },
      score: 0.25,
      decision: 'approve',
      value: 100,
      propensity: 1,
      tags: { region: 'EU' },
    };
    expect(found).toEqual([
      { ...row, prediction_id: 'on-span', latency_ms: 12, trace_id: span.spanContext().traceId },
      { ...row, prediction_id: 'on-log', latency_ms: null, trace_id: '' },
    ]);
    expect(await temporary.ingest.counters()).toMatchObject({
      rejected: { not_a_number: 2, not_a_prediction: 1 },
      duplicates: 2,
      predictions: 2,
    });
  });
});
