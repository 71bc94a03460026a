import type { Random } from './random.ts';
import type { ScoredPayment } from './record.ts';

/** What becomes known of a payment, and when (Unix milliseconds). */
export interface Outcome {
  readonly predictionId: string;
  readonly label: '1';
  readonly timestamp: number;
  readonly source: 'chargeback' | 'cardholder';
}

/** How long it takes until fraud is known, in milliseconds: of an approved payment, and of a declined one. */
export interface Delays {
  readonly chargebackMs: readonly [shortest: number, longest: number];
  readonly cardholderMs: readonly [shortest: number, longest: number];
}

/** Share of declined frauds that the card holder confirms ("no, that was not me"). */
const CONFIRMED = 0.95;

/**
 * Fraud that was let through comes back as a chargeback; of what was declined, the card holder confirms most. Nothing is
 * ever heard of honest payments: without a label they count as good once they are mature.
 */
export function outcomeOf(random: Random, scored: ScoredPayment, delays: Delays): Outcome | undefined {
  const { payment, decision } = scored;
  if (!payment.fraud) return undefined;
  const declined = decision === 'decline';
  if (declined && !random.chance(CONFIRMED)) return undefined;
  const [shortest, longest] = declined ? delays.cardholderMs : delays.chargebackMs;
  return {
    predictionId: payment.id,
    label: '1',
    timestamp: Math.round(payment.at + shortest + random.next() * (longest - shortest)),
    source: declined ? 'cardholder' : 'chargeback',
  };
}

/** One line of NDJSON for `POST /v1/labels`. */
export function labelLine(outcome: Outcome): string {
  return JSON.stringify({
    prediction_id: outcome.predictionId,
    label: outcome.label,
    timestamp: outcome.timestamp,
    source: outcome.source,
  });
}
