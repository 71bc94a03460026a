import { answerPayments, type Answer, type ServedModel } from './answer-payments.ts';
import type { Breakage } from './breakage.ts';
import { labelLine, outcomeOf, type Delays, type Outcome } from './outcome.ts';
import { seededRandom } from './random.ts';
import { predictionAttributes, predictionLine } from './record.ts';
import { sendLines } from './send.ts';
import { simulatePayment } from './simulate-payment.ts';
import { traceRequest, type Telemetry } from './telemetry.ts';

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
}

/**
 * Live payments until `signal` aborts. Every second prediction rides on its span; the others go as NDJSON that links to
 * the span. Labels follow when they are due.
 */
export async function sendTraffic(
  model: ServedModel,
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
    const breakage = options.breakage();
    const payments = Array.from({ length: Math.max(0, due) }, (_, index) =>
      simulatePayment(random, `p${startedAt}-${answered + index}`, now, breakage),
    );
    const answers = answerPayments(model, payments, random, breakage.slowLedger);
    answered += answers.length;
    waiting.push(...answers.flatMap(({ scored }) => outcomeOf(random, scored, DELAYS) ?? []));
    const known = waiting.filter((outcome) => outcome.timestamp <= now);
    waiting = waiting.filter((outcome) => outcome.timestamp > now);
    await sendLines(options.url, 'predictions', report(answers, telemetry));
    await sendLines(options.url, 'labels', known.map(labelLine));
    await pause(Math.max(0, TICK_MS - (Date.now() - now)), signal);
  }
}

/** Traces every answer; every second one has its prediction on the span, the others come back as lines to send. */
function report(answers: readonly Answer[], { tracer }: Telemetry): string[] {
  return answers.flatMap(({ scored, steps }, index) => {
    if (index % 2 === 1) {
      traceRequest(tracer, scored, steps, predictionAttributes(scored));
      return [];
    }
    return [predictionLine(scored, traceRequest(tracer, scored, steps, {}))];
  });
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
