import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Input } from '../../daemon/api/contract.ts';
import { FIRST_VERSION } from './first-model.ts';
import type { Random } from './random.ts';
import { decide, type ScoredPayment } from './record.ts';
import type { Payment } from './simulate-payment.ts';
import { drawSteps, type Steps } from './telemetry.ts';
import { scoreRows } from './train.ts';

/** The model in charge, as the service loads it. */
export interface ServedModel {
  readonly network: LayersModel;
  readonly inputs: readonly Input[];
}

/** An answer of the service, and how long its steps took. */
export interface Answer {
  readonly scored: ScoredPayment;
  readonly steps: Steps;
}

/** Scores payments with the model in charge and decides on each. */
export function answerPayments(
  model: ServedModel,
  payments: readonly Payment[],
  random: Random,
  slowLedger: number,
): Answer[] {
  const scores = scoreRows(
    model.network,
    model.inputs,
    payments.map((payment) => payment.features),
  );
  return payments.map((payment, index) => {
    const score = scores[index] ?? Number.NaN;
    const steps = drawSteps(random, slowLedger);
    return {
      scored: { payment, version: FIRST_VERSION, score, decision: decide(score), latencyMs: steps.modelMs },
      steps,
    };
  });
}
