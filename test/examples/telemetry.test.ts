import { tracing } from '@opentelemetry/sdk-node';
import { describe, expect, it } from 'vitest';
import { BROKEN, HEALTHY } from '../../examples/payments/breakage.ts';
import { seededRandom } from '../../examples/payments/random.ts';
import { predictionAttributes, type ScoredPayment } from '../../examples/payments/record.ts';
import { simulatePayment } from '../../examples/payments/simulate-payment.ts';
import { drawSteps, traceRequest } from '../../examples/payments/telemetry.ts';

const at = Date.parse('2026-03-01T12:00:00Z');

function scoredPayment(): ScoredPayment {
  const payment = simulatePayment(seededRandom(3), 'p-1', at, HEALTHY);
  return { payment, version: 'v1', score: 0.25, decision: 'approve', latencyMs: 3 };
}

describe('spans of a request', () => {
  const exporter = new tracing.InMemorySpanExporter();
  const provider = new tracing.BasicTracerProvider({ spanProcessors: [new tracing.SimpleSpanProcessor(exporter)] });
  const scored = scoredPayment();
  const steps = { lookupMs: 4, modelMs: 3, ledgerMs: 120 };
  const link = traceRequest(provider.getTracer('test'), scored, steps, predictionAttributes(scored));
  const spans = exporter.getFinishedSpans();
  const named = (name: string) => spans.find((span) => span.name === name);

  it('are one trace: a root and three steps, with times of their own', () => {
    const root = named('POST /score');
    expect(spans).toHaveLength(4);
    expect(new Set(spans.map((span) => span.spanContext().traceId)).size).toBe(1);
    for (const step of ['feature lookup', 'model score', 'ledger write'])
      expect(named(step)?.parentSpanContext?.spanId).toBe(root?.spanContext().spanId);
    expect(milliseconds(named('ledger write')?.duration ?? [0, 0])).toBeCloseTo(120, 3);
    expect(milliseconds(root?.endTime ?? [0, 0])).toBe(at);
    expect(milliseconds(root?.duration ?? [0, 0])).toBeCloseTo(128, 3);
  });

  it('carry the prediction on the step that scored, without what is missing', () => {
    const attributes = named('model score')?.attributes ?? {};
    expect(link.spanId).toBe(named('model score')?.spanContext().spanId);
    expect(attributes).toMatchObject({
      'ml.model.name': 'card-fraud',
      'ml.prediction.id': 'p-1',
      'ml.prediction.score': 0.25,
      'ml.feature.amount': scored.payment.features['amount'],
      'ml.tag.region': scored.payment.region,
    });
    const given = Object.values(scored.payment.features).filter((value) => value !== null).length;
    expect(Object.keys(attributes).filter((name) => name.startsWith('ml.feature.'))).toHaveLength(given);
  });
});

describe('durations of the ledger', () => {
  it('keep their median and grow a tail on the bad day', () => {
    const { slowLedger } = BROKEN;
    expect(quantile(slowLedger, 0.5) / quantile(0, 0.5)).toBeLessThan(1.2);
    expect(quantile(slowLedger, 0.95) / quantile(0, 0.95)).toBeGreaterThan(4);
  });
});

function milliseconds([seconds, nanoseconds]: [number, number]): number {
  return seconds * 1000 + nanoseconds / 1e6;
}

function quantile(slow: number, share: number): number {
  const random = seededRandom(11);
  const drawn = Array.from({ length: 10_000 }, () => drawSteps(random, slow).ledgerMs).sort((a, b) => a - b);
  return drawn[Math.floor(share * drawn.length)] ?? 0;
}
