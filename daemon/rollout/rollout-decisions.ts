import type { Decision } from '../../detectors/terms.ts';
import { eventsOf, judge, type EarlierLook, type GateAnswer, type GateInputs } from '../../shadow/gate/judge.ts';

/**
 * The verdict that the stored inputs of a decision lead to; it is the one that was given.
 * @throws when the decision holds no inputs of this gate
 */
export function recompute(decision: Decision): GateAnswer {
  return judge(inputsOf(decision));
}

/** What a decision says of the time at which it was made; the difference to a later look is the present rate. */
export function earlierLook(decision: Decision): EarlierLook {
  return {
    asOf: decision.asOf,
    events: eventsOf(inputsOf(decision).evidence),
    checks: decision.checks.map((check) => ({ name: check.name, slice: check.slice, events: check.events })),
  };
}

/** Whether two decisions rest on the same evidence and came to the same verdict. */
export function isSameDecision(one: Decision, other: Decision): boolean {
  return basisOf(one) === basisOf(other);
}

function basisOf(decision: Decision): string {
  const { evidence, qualityFailures } = inputsOf(decision);
  return JSON.stringify([decision.verdict, evidence, qualityFailures]);
}

function inputsOf({ id, inputs }: Decision): GateInputs {
  if (!isGateInputs(inputs)) throw new Error(`decision ${id} holds no evidence`);
  return inputs;
}

function isGateInputs(inputs: unknown): inputs is GateInputs {
  return typeof inputs === 'object' && inputs !== null && 'evidence' in inputs && 'guardrails' in inputs;
}
