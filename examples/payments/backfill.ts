import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Input } from '../../daemon/api/contract.ts';
import { HEALTHY } from './breakage.ts';
import { FIRST_VERSION } from './first-model.ts';
import { labelLine, outcomeOf, type Delays } from './outcome.ts';
import { seededRandom } from './random.ts';
import { decide, predictionLine, type ScoredPayment } from './record.ts';
import { sendLines } from './send.ts';
import { simulatePayment } from './simulate-payment.ts';
import { drawSteps, traceRequest, type Telemetry } from './telemetry.ts';
import { scoreRows } from './train.ts';

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
  model: { readonly network: LayersModel; readonly inputs: readonly Input[] },
  telemetry: Telemetry,
  options: BackfillOptions,
  progress: (sent: number) => void,
): Promise<{ readonly predictions: number; readonly labels: number }> {
  const random = seededRandom(options.seed);
  const stepMs = (options.to - options.from) / options.payments;
  let labels = 0;
  for (let start = 0; start < options.payments; start += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, options.payments - start) }, (_, index) => {
      const at = Math.floor(options.from + (start + index) * stepMs);
      return simulatePayment(random, `h${options.seed}-${start + index}`, at, HEALTHY);
    });
    const scores = scoreRows(
      model.network,
      model.inputs,
      batch.map((payment) => payment.features),
    );
    const scored = batch.map((payment, index): ScoredPayment & { readonly line: string } => {
      const score = scores[index] ?? Number.NaN;
      const steps = drawSteps(random, HEALTHY.slowLedger);
      const answer = { payment, version: FIRST_VERSION, score, decision: decide(score), latencyMs: steps.modelMs };
      const traced = (start + index) % options.traceEvery === 0;
      const link = traced ? traceRequest(telemetry.tracer, answer, steps, {}) : undefined;
      return { ...answer, line: predictionLine(answer, link) };
    });
    const known = scored
      .map((answer) => outcomeOf(random, answer, DELAYS))
      .filter((outcome) => outcome !== undefined && outcome.timestamp < options.to);
    await Promise.all([
      sendLines(
        options.url,
        'predictions',
        scored.map((answer) => answer.line),
      ),
      sendLines(options.url, 'labels', known.filter((outcome) => outcome !== undefined).map(labelLine)),
      telemetry.flush(),
    ]);
    labels += known.length;
    progress(start + batch.length);
  }
  return { predictions: options.payments, labels };
}
