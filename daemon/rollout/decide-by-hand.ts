import { randomUUID } from 'node:crypto';
import type { Decision, Rollout } from '../../detectors/terms.ts';
import { takeLook, type LookOptions } from './look-at-rollout.ts';

/** How a person ends a rollout. */
export interface EndRequest {
  /** `rollback`: the candidate must go back, and whatever rolls back is told; `inconclusive`: it is closed without a verdict on it. */
  readonly verdict: 'rollback' | 'inconclusive';
  readonly by: string;
  readonly reason: string;
}

const WORDS = { rollback: 'rolled back', inconclusive: 'closed' } as const;

/**
 * The decision of a person: with the checks of the gate at that moment where they can be had, because whoever wants to
 * roll back must not wait for evidence.
 */
export async function decideByHand(
  options: LookOptions,
  rollout: Rollout,
  { verdict, by, reason }: EndRequest,
): Promise<Decision> {
  const look = await takeLook(options, rollout).catch(() => null);
  const judged = look === null ? null : { verdict: look.decision.verdict, reasons: look.decision.reasons };
  const gate =
    judged === null ? 'the gate could not judge it then' : `the verdict of the gate was ${judged.verdict} then`;
  return {
    id: randomUUID(),
    owner: rollout.id,
    model: rollout.model,
    stage: rollout.stage.index,
    verdict,
    reasons: [`${WORDS[verdict]} by ${by}: ${reason}`, gate],
    checks: look?.decision.checks ?? [],
    asOf: options.clock.now(),
    inputs: look?.decision.inputs ?? null,
    byHand: { by, reason, judged },
  };
}
