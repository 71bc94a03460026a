import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Decision, Rollout } from '../../detectors/terms.ts';
import { GATE_METHOD, judgeGivingWay, type GateInputs } from '../../shadow/gate/judge.ts';
import type { Clock } from '../clock.ts';
import type { ModelSettings } from '../config/config.ts';
import type { Store } from '../store/store.ts';
import { gatherEvidence } from './evidence.ts';
import { earlierLook, inputsOf } from './rollout-decisions.ts';

export interface LookOptions {
  readonly store: Store;
  readonly clock: Clock;
  modelSettings(model: string): ModelSettings | Promise<ModelSettings>;
  openQualityFailures(model: string): Promise<readonly string[]>;
}

/** What was last seen of a rollout; `given` once it is stored. */
export interface Look {
  readonly decision: Decision;
  readonly given: boolean;
  readonly freshUntil: number;
  /** After this no hold is answered any more while the next look is under way. */
  readonly usableUntil: number;
  /** It ends the rollout. */
  readonly isFinal: boolean;
}

/**
 * A look at the evidence costs the store more than a poll is worth: within this time, or this many times what the look
 * took, the last one is answered.
 */
const SAME_LOOK_MS = 2000;
const SAME_LOOK_COSTS = 5;

/** The present rate is measured from the oldest of this many decisions. */
const RECENT = 20;

/** Gathers the evidence of the present stage and judges it; nothing is stored. */
export async function takeLook(options: LookOptions, rollout: Rollout): Promise<Look> {
  const decision = await lookAtRollout(options, rollout);
  const { asOf, verdict } = decision;
  const freshMs = Math.max(SAME_LOOK_MS, SAME_LOOK_COSTS * (options.clock.now() - asOf));
  const isLast = rollout.stage.index === rollout.stages.length - 1;
  return {
    decision,
    given: false,
    freshUntil: asOf + freshMs,
    usableUntil: asOf + 2 * freshMs,
    isFinal: verdict === 'rollback' || verdict === 'inconclusive' || (verdict === 'promote' && isLast),
  };
}

/** Whether a look is young enough to be the answer. */
export function isFresh({ decision, freshUntil }: Look, now: number): boolean {
  return now >= decision.asOf && now < freshUntil;
}

/** Whether somebody has dealt with alerts about the data that a look held for: it is of no use any more. */
export async function isCleared(
  { openQualityFailures }: Pick<LookOptions, 'openQualityFailures'>,
  { decision }: Look,
): Promise<boolean> {
  const { qualityFailures } = inputsOf(decision);
  if (qualityFailures.length === 0) return false;
  return (await openQualityFailures(decision.model)).length < qualityFailures.length;
}

async function lookAtRollout(options: LookOptions, rollout: Rollout): Promise<Decision> {
  const { store, clock } = options;
  const settings = await options.modelSettings(rollout.model);
  const asOf = clock.now();
  const recent = await store.journal<Decision>('decisions').list(rollout.id, RECENT);
  const earlier = recent.find((decision) => decision.asOf < asOf && decision.stage === rollout.stage.index);
  const inputs: GateInputs = {
    method: GATE_METHOD,
    alpha: rollout.alpha,
    guardrails: rollout.guardrails,
    minimumEvents: rollout.minimumEvents,
    minimumDurationMs: rollout.minimumDurationMs,
    maximumDurationMs: rollout.maximumDurationMs,
    stages: rollout.stages.length,
    largestWeight: rollout.largestWeight,
    openedAt: rollout.stage.openedAt,
    asOf,
    evidence: await gatherEvidence(store, rollout, settings, asOf),
    qualityFailures: await options.openQualityFailures(rollout.model),
    earlier: earlier === undefined ? null : earlierLook(earlier),
  };
  const { verdict, reasons, checks } = await judgeGivingWay(inputs, () => nextTurn());
  const { id: owner, model, stage } = rollout;
  return { id: randomUUID(), owner, model, stage: stage.index, verdict, reasons, checks, asOf, inputs };
}
