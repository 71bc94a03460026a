import { answerPayments, type ServedModel } from './answer-payments.ts';
import { HEALTHY } from './breakage.ts';
import { labelLine, outcomeOf, type Delays } from './outcome.ts';
import { seededRandom } from './random.ts';
import { predictionLine } from './record.ts';
import { sendLines } from './send.ts';
import { simulatePayment } from './simulate-payment.ts';
import { traceRequest, type Telemetry } from './telemetry.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const BATCH = 2000;
/** Compressed: a real chargeback takes 30 to 120 days. */
const DELAYS: Delays = { chargebackMs: [6 * HOUR, 2 * DAY], cardholderMs: [HOUR / 6, 4 * HOUR] };

export interface BackfillOptions {
  readonly url: string;
  readonly seed: number;
  /** Unix milliseconds: the first payment, and the end of the history. */
  readonly from: number;
  readonly to: number;
  readonly payments: number;
  /** Every so many payments one is traced: spans of old requests, with their own times. */
  readonly traceEvery: number;
}

/**
 * Sends some weeks of healthy history: predictions as the model in charge scored them, spread evenly, labels with the
 * time when they became known (those still to come are not sent), and spans of a sample.
 */
export async function backfill(
  model: ServedModel,
  telemetry: Telemetry,
  options: BackfillOptions,
  progress: (sent: number) => void,
): Promise<{ readonly predictions: number; readonly labels: number }> {
  const random = seededRandom(options.seed);
  const stepMs = (options.to - options.from) / options.payments;
  let labels = 0;
  for (let start = 0; start < options.payments; start += BATCH) {
    const payments = Array.from({ length: Math.min(BATCH, options.payments - start) }, (_, index) => {
      const at = Math.floor(options.from + (start + index) * stepMs);
      return simulatePayment(random, `h${options.seed}-${start + index}`, at, HEALTHY);
    });
    const answers = answerPayments(model, payments, random, HEALTHY.slowLedger);
    const lines = answers.map(({ scored, steps }, index) => {
      const traced = (start + index) % options.traceEvery === 0;
      return predictionLine(scored, traced ? traceRequest(telemetry.tracer, scored, steps, {}) : undefined);
    });
    const known = answers
      .flatMap(({ scored }) => outcomeOf(random, scored, DELAYS) ?? [])
      .filter((outcome) => outcome.timestamp < options.to);
    await sendLines(options.url, 'predictions', lines);
    await sendLines(options.url, 'labels', known.map(labelLine));
    await telemetry.flush();
    labels += known.length;
    progress(start + payments.length);
  }
  return { predictions: options.payments, labels };
}
