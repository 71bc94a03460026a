import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startOtlpGrpc } from '../../daemon/ingest/doors/otlp-grpc.ts';
import { startOtlpHttp } from '../../daemon/ingest/doors/otlp-http.ts';
import type { OtlpListener } from '../../daemon/ingest/doors/otlp-listen.ts';
import { freeDoor } from '../support/otlp-doors.ts';
import { temporaryIngest, type TemporaryIngest } from '../support/temporary-ingest.ts';
import { installGo, installPython, runClient, type Client } from './install-client.ts';

const COLUMNS = `Timestamp, TraceId, SpanId, ParentSpanId, TraceState, SpanName, SpanKind, ServiceName, ResourceAttributes,
  ScopeName, ScopeVersion, SpanAttributes, Duration, StatusCode, StatusMessage, Events.Timestamp, Events.Name,
  Events.Attributes, Links.TraceId, Links.SpanId, Links.TraceState, Links.Attributes`;

/** Building takes its time. */
const INSTALL_MS = 600_000;

describe('what clients of other languages send', () => {
  let temporary: TemporaryIngest;
  let http: OtlpListener;
  let grpc: OtlpListener;
  beforeAll(async () => {
    temporary = await temporaryIngest();
    // Python and Go have the real time.
    temporary.clock.time = Date.now();
    http = await startOtlpHttp(temporary.ingest, freeDoor());
    grpc = await startOtlpGrpc(temporary.ingest, freeDoor());
  });
  afterAll(async () => {
    await http.close();
    await grpc.close();
    await temporary.remove();
  });
  const countOf = async (sql: string): Promise<number> =>
    (await temporary.rows<{ n: number }>(`SELECT count() AS n FROM ${sql}`))[0]?.n ?? 0;

  describe('the OpenTelemetry SDK for Python', () => {
    let python: Client;
    beforeAll(async () => {
      python = await installPython(['opentelemetry-sdk==1.45.0', 'opentelemetry-exporter-otlp==1.45.0']);
    }, INSTALL_MS);
    afterAll(() => python.remove());

    it('through gRPC and HTTP, packed or not, becomes the same rows, and each prediction once', async ({ skip }) => {
      skip(python.program === undefined, 'no Python SDK');
      const script = fileURLToPath(new URL('./python_sdk.py', import.meta.url));
      const said = await runClient(python.program!, [script, String(http.port), String(grpc.port)]);
      expect(said.match(/^(spans|logs) SUCCESS$/gm)).toHaveLength(6);
      await temporary.ingest.flush();
      expect((await temporary.ingest.counters()).rejected).toEqual({});
      const [counts] = await temporary.rows(
        `SELECT count() AS different, min(n) AS least, max(n) AS most FROM
           (SELECT count() AS n FROM {database}.otel_traces WHERE ServiceName = 'python' GROUP BY ${COLUMNS})`,
      );
      expect(counts).toEqual({ different: 400, least: 4, most: 4 });
      const [row] = await temporary.rows(
        `SELECT SpanAttributes, Links.TraceId, Events.Name FROM {database}.otel_traces
         WHERE ServiceName = 'python' AND SpanAttributes['n'] = '7' LIMIT 1`,
      );
      expect(row).toEqual({
        SpanAttributes: {
          n: '7',
          half: '3.5',
          yes: 'false',
          text: 'ä€\u{1F426}',
          list: '["a","b"]',
          large: String(2n ** 62n + 7n),
          empty: '',
          'otel.scope.team': 'ml',
        },
        'Links.TraceId': [`${'0'.repeat(31)}1`],
        'Events.Name': ['happened'],
      });
      expect(await countOf(`{database}.predictions WHERE version = 'py' AND prediction_id LIKE 'span-%'`)).toBe(200);
      expect(await countOf(`{database}.predictions WHERE version = 'py' AND prediction_id LIKE 'log-%'`)).toBe(100);
    });
  });

  describe('telemetrygen of the OpenTelemetry Collector', () => {
    let telemetrygen: Client;
    beforeAll(async () => {
      telemetrygen = await installGo(
        'github.com/open-telemetry/opentelemetry-collector-contrib/cmd/telemetrygen@v0.161.0',
      );
    }, INSTALL_MS);
    afterAll(() => telemetrygen.remove());

    it.for(['grpc', 'http'])('sends traces through %s that are all stored', async (door, { skip }) => {
      skip(telemetrygen.program === undefined, 'no telemetrygen');
      // More would fill its own queue of 2,048 spans, beyond which it drops.
      const service = `telemetrygen-${door}`;
      await runClient(telemetrygen.program!, [
        ...words('traces --otlp-insecure --traces 100 --child-spans 3 --span-links 2 --rate 0 --workers 4'),
        ...words(`--service ${service} --status-code Error --telemetry-attributes n=5`),
        ...target(door),
      ]);
      await temporary.ingest.flush();
      expect(await countOf(`{database}.otel_traces WHERE ServiceName = '${service}'`)).toBe(1600);
      expect(
        await countOf(
          `{database}.otel_traces WHERE ServiceName = '${service}' AND length(Links.TraceId) = 2 AND StatusCode = 'Error'`,
        ),
      ).toBeGreaterThan(0);
    });

    it.for(['grpc', 'http'])(
      'sends log records through %s that become predictions, each once',
      async (door, { skip }) => {
        skip(telemetrygen.program === undefined, 'no telemetrygen');
        const attributes = {
          'ml.model.name': '"fraud"',
          'ml.model.version': '"go"',
          'ml.prediction.id': `"go-${door}"`,
          'ml.feature.amount': '12',
          'ml.feature.known': 'true',
        };
        const before = (await temporary.ingest.counters()).duplicates;
        await runClient(telemetrygen.program!, [
          ...words('logs --otlp-insecure --logs 20 --rate 0'),
          ...Object.entries(attributes).flatMap(([key, value]) => ['--telemetry-attributes', `${key}=${value}`]),
          ...target(door),
          ...(door === 'http' ? ['--otlp-http-url-path', '/v1/logs'] : []),
        ]);
        await temporary.ingest.flush();
        expect((await temporary.ingest.counters()).duplicates - before).toBe(19);
        expect(
          await temporary.rows(
            `SELECT numbers, categories FROM {database}.predictions WHERE prediction_id = 'go-${door}'`,
          ),
        ).toEqual([{ numbers: { amount: 12 }, categories: { known: 'true' } }]);
      },
    );

    const words = (line: string): string[] => line.split(' ');
    const target = (door: string): string[] =>
      door === 'http'
        ? ['--otlp-http', '--otlp-endpoint', `127.0.0.1:${http.port}`]
        : ['--otlp-endpoint', `127.0.0.1:${grpc.port}`];
  });
});
