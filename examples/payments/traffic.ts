import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Input } from '../../daemon/api/contract.ts';
import type { Breakage } from './breakage.ts';
import { FIRST_VERSION } from './first-model.ts';
import { labelLine, outcomeOf, type Delays, type Outcome } from './outcome.ts';
import { seededRandom } from './random.ts';
import { decide, predictionAttributes, predictionLine, type ScoredPayment } from './record.ts';
import { sendLines } from './send.ts';
import { simulatePayment } from './simulate-payment.ts';
import { drawSteps, traceRequest, type Telemetry } from './telemetry.ts';
import { scoreRows } from './train.ts';

/** A demo has no months to wait: outcomes are known within seconds. */
const DELAYS: Delays = { chargebackMs: [4000, 15_000], cardholderMs: [1500, 5000] };
const TICK_MS = 200;

export interface TrafficOptions {
  readonly url: string;
  readonly seed: number;
  /** Payments a second. */
  readonly rate: number;
  /** Asked at each tick. */
  breakage(): Breakage;
  /** Told how many payments were answered in all. */
  progress(answered: number): void;
}

/**
 * Live payments until `signal` aborts. Every second prediction rides on its span; the others go as NDJSON that links to
 * the span. Labels follow when they are due.
 */
export async function sendTraffic(
  model: { readonly network: LayersModel; readonly inputs: readonly Input[] },
  telemetry: Telemetry,
  options: TrafficOptions,
  signal: AbortSignal,
): Promise<void> {
  const random = seededRandom(options.seed);
  let waiting: Outcome[] = [];
  let answered = 0;
  const startedAt = Date.now();
  while (!signal.aborted) {
    const now = Date.now();
    // What the rate asks for by now; after a stall not more than a second's worth at once.
    const due = Math.min(Math.floor(((now - startedAt) / 1000) * options.rate) - answered, options.rate);
    const payments = Array.from({ length: Math.max(0, due) }, (_, index) =>
      simulatePayment(random, `p${startedAt}-${answered + index}`, now, options.breakage()),
    );
    const scores = scoreRows(
      model.network,
      model.inputs,
      payments.map((payment) => payment.features),
    );
    const lines: string[] = [];
    for (const [index, payment] of payments.entries()) {
      const score = scores[index] ?? Number.NaN;
      const steps = drawSteps(random, options.breakage().slowLedger);
      const scored: ScoredPayment = {
        payment,
        version: FIRST_VERSION,
        score,
        decision: decide(score),
        latencyMs: steps.modelMs,
      };
      const rides = (answered + index) % 2 === 0;
      const link = traceRequest(telemetry.tracer, scored, steps, rides ? predictionAttributes(scored) : {});
      if (!rides) lines.push(predictionLine(scored, link));
      const outcome = outcomeOf(random, scored, DELAYS);
      if (outcome !== undefined) waiting.push(outcome);
    }
    answered += payments.length;
    const known = waiting.filter((outcome) => outcome.timestamp <= now);
    waiting = waiting.filter((outcome) => outcome.timestamp > now);
    await Promise.all([
      sendLines(options.url, 'predictions', lines),
      sendLines(options.url, 'labels', known.map(labelLine)),
    ]);
    options.progress(answered);
    await pause(Math.max(0, TICK_MS - (Date.now() - now)), signal);
  }
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener('abort', done, { once: true });
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
  });
}
