import type { Attributes } from '@opentelemetry/api';
import type { Payment } from './simulate-payment.ts';
import { THRESHOLD } from './train.ts';

export const MODEL = 'card-fraud';

/** A payment that was scored: what the service answers and reports. */
export interface ScoredPayment {
  readonly payment: Payment;
  readonly version: string;
  readonly score: number;
  readonly decision: 'approve' | 'decline';
  readonly latencyMs: number;
}

export function decide(score: number): 'approve' | 'decline' {
  return score >= THRESHOLD ? 'decline' : 'approve';
}

/** One line of NDJSON for `POST /v1/predictions`; `trace` links it to its spans. */
export function predictionLine(
  scored: ScoredPayment,
  trace?: { readonly traceId: string; readonly spanId: string },
): string {
  const { payment } = scored;
  return JSON.stringify({
    prediction_id: payment.id,
    model: MODEL,
    version: scored.version,
    timestamp: payment.at,
    features: payment.features,
    score: scored.score,
    decision: scored.decision,
    value: payment.value,
    latency_ms: scored.latencyMs,
    ...(trace === undefined ? {} : { trace_id: trace.traceId, span_id: trace.spanId }),
    tags: { region: payment.region, tier: payment.tier, simulated: 'true' },
  });
}

/** The same prediction as attributes of a span; time and latency are the span's. */
export function predictionAttributes(scored: ScoredPayment): Attributes {
  const { payment } = scored;
  const attributes: Attributes = {
    'ml.model.name': MODEL,
    'ml.model.version': scored.version,
    'ml.prediction.id': payment.id,
    'ml.prediction.score': scored.score,
    'ml.prediction.decision': scored.decision,
    'ml.prediction.value': payment.value,
    'ml.tag.region': payment.region,
    'ml.tag.tier': payment.tier,
    'ml.tag.simulated': 'true',
  };
  for (const [name, value] of Object.entries(payment.features))
    if (value !== null) attributes[`ml.feature.${name}`] = value;
  return attributes;
}
