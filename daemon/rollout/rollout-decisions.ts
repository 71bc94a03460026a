import type { Decision } from '../../detectors/terms.ts';
import {
  eventsOf,
  GATE_METHOD,
  judge,
  type EarlierLook,
  type GateAnswer,
  type GateInputs,
} from '../../shadow/gate/judge.ts';
import { SerinError } from '../errors.ts';
import type { Journal } from '../store/journal.ts';

/** A decision, judged again from its stored inputs. */
export interface Recomputed {
  /** Whether verdict, reasons and every number of every check are the same. */
  readonly equal: boolean;
  readonly answer: Pick<GateAnswer, 'verdict' | 'reasons' | 'checks'>;
}

/**
 * The verdict that the stored inputs of a decision lead to, and whether it is the one that was given.
 * @throws SerinError `conflict` when the decision holds no inputs of this gate, or was made by another method
 */
export function recompute(decision: Decision): Recomputed {
  const inputs = inputsOf(decision);
  if (inputs.method !== GATE_METHOD)
    throw new SerinError(
      'conflict',
      `decision ${decision.id} was made by method ${inputs.method} of the gate; this one has method ${GATE_METHOD}`,
      { field: 'decision' },
    );
  const { verdict, reasons, checks } = judge(inputs);
  // Of what a person decided, what the gate said then.
  const { byHand } = decision;
  const said = byHand === undefined ? decision : byHand.judged;
  const given = [said?.verdict, said?.reasons, decision.checks];
  return {
    equal: JSON.stringify([verdict, reasons, checks]) === JSON.stringify(given),
    answer: { verdict, reasons, checks },
  };
}

/** What a decision says of the time at which it was made; the difference to a later look is the present rate. */
export function earlierLook(decision: Decision): EarlierLook {
  return {
    asOf: decision.asOf,
    events: eventsOf(inputsOf(decision).evidence),
    checks: decision.checks.map(({ name, class: ofClass, slice, events }) => ({
      name,
      ...(ofClass === undefined ? {} : { class: ofClass }),
      slice,
      events,
    })),
  };
}

/** Stores a decision, unless the newest stored one of its rollout came to the same verdict on the same evidence: that is it then. */
export async function storeUnlessSame(journal: Journal<Decision>, decision: Decision): Promise<Decision> {
  const [newest] = await journal.list(decision.owner, 1);
  if (newest !== undefined && isSameDecision(newest, decision)) return { ...newest, asOf: decision.asOf };
  await journal.append([decision]);
  return decision;
}

/** Whether two decisions rest on the same evidence and came to the same verdict. */
function isSameDecision(one: Decision, other: Decision): boolean {
  return basisOf(one) === basisOf(other);
}

function basisOf(decision: Decision): string {
  const { evidence, qualityFailures, openedAt } = inputsOf(decision);
  return JSON.stringify([decision.verdict, evidence, qualityFailures, openedAt]);
}

export function inputsOf({ id, inputs }: Decision): GateInputs {
  if (!isGateInputs(inputs)) throw new SerinError('conflict', `decision ${id} holds no evidence`);
  return inputs;
}

function isGateInputs(inputs: unknown): inputs is GateInputs {
  return typeof inputs === 'object' && inputs !== null && 'evidence' in inputs && 'guardrails' in inputs;
}
