import { context, SpanKind, SpanStatusCode, trace, type Attributes, type Tracer } from '@opentelemetry/api';
import { OTLPTraceExporter as GrpcExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
import { OTLPTraceExporter as ProtoExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { NodeSDK, resources, tracing } from '@opentelemetry/sdk-node';
import type { Random } from './random.ts';
import type { ScoredPayment } from './record.ts';

export interface Telemetry {
  readonly tracer: Tracer;
  /** Waits until every ended span was handed over. */
  flush(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * The OpenTelemetry SDK as any service sets it up. The resource says that everything here is made up.
 * @param endpoint OTLP/HTTP (`http://host:4318`) or OTLP/gRPC (`http://host:4317`), as `protocol` says
 */
export function startTelemetry(endpoint: string, protocol: 'http' | 'grpc'): Telemetry {
  const exporter =
    protocol === 'grpc' ? new GrpcExporter({ url: endpoint }) : new ProtoExporter({ url: `${endpoint}/v1/traces` });
  const processor = new tracing.BatchSpanProcessor(exporter, {
    maxQueueSize: 32_768,
    maxExportBatchSize: 1024,
    scheduledDelayMillis: 500,
  });
  const sdk = new NodeSDK({
    resource: resources.resourceFromAttributes({
      'service.name': 'payments',
      'service.version': '1.0.0',
      'deployment.environment.name': 'demo',
      simulated: true,
    }),
    autoDetectResources: false,
    instrumentations: [],
    metricReaders: [],
    logRecordProcessors: [],
    spanProcessors: [processor],
  });
  sdk.start();
  return {
    tracer: trace.getTracer('payments', '1.0.0'),
    flush: () => processor.forceFlush(),
    stop: () => sdk.shutdown(),
  };
}

/** How long the steps of one request take, in milliseconds. They are drawn, not waited for. */
export interface Steps {
  readonly lookupMs: number;
  readonly modelMs: number;
  readonly ledgerMs: number;
}

/** @param slowLedger share of requests whose ledger write takes ten times as long */
export function drawSteps(random: Random, slowLedger: number): Steps {
  const slow = random.chance(slowLedger) ? 10 : 1;
  return {
    lookupMs: random.logNormal(4, 0.35),
    modelMs: random.logNormal(3, 0.3),
    ledgerMs: random.logNormal(12, 0.3) * slow,
  };
}

/**
 * Spans of one request that ended at `payment.at`: `POST /score` with a child for each step.
 * @param modelAttributes go onto the step that scored
 * @returns where a prediction sent in another way can link to
 */
export function traceRequest(
  tracer: Tracer,
  scored: ScoredPayment,
  steps: Steps,
  modelAttributes: Attributes,
): { readonly traceId: string; readonly spanId: string } {
  const { payment, decision } = scored;
  const startMs = payment.at - steps.lookupMs - steps.modelMs - steps.ledgerMs - 1;
  const root = tracer.startSpan('POST /score', {
    kind: SpanKind.SERVER,
    startTime: startMs,
    attributes: {
      'http.request.method': 'POST',
      'http.route': '/score',
      'http.response.status_code': 200,
      'payment.id': payment.id,
      'payment.region': payment.region,
      'payment.decision': decision,
    },
  });
  const inside = trace.setSpan(context.active(), root);
  let atMs = startMs + 0.5;
  const step = (name: string, lastsMs: number, attributes: Attributes) => {
    const span = tracer.startSpan(name, { startTime: atMs, attributes }, inside);
    atMs += lastsMs;
    span.end(atMs);
    return span.spanContext();
  };
  step('feature lookup', steps.lookupMs, { 'db.system.name': 'redis' });
  const { traceId, spanId } = step('model score', steps.modelMs, modelAttributes);
  step('ledger write', steps.ledgerMs, { 'db.system.name': 'postgresql', 'db.operation.name': 'INSERT' });
  root.setStatus({ code: SpanStatusCode.UNSET });
  root.end(payment.at);
  return { traceId, spanId };
}
