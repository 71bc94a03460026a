import { formatDuration } from '../../config/duration.ts';
import type {
  Check as InsideCheck,
  Decision as InsideDecision,
  EndedByHand,
  Rollout as InsideRollout,
  Verdict,
} from '../../../detectors/terms.ts';
import type { ArgoAnswer, Check, Decision, Rollout, VerdictAnswer } from '../contract.ts';
import { edge, finite, finiteInterval } from './numbers.ts';
import { toTime, toTimeOrNull } from './time.ts';

export function toRollout(rollout: InsideRollout): Rollout {
  return {
    id: rollout.id,
    model: rollout.model,
    control: rollout.control,
    candidate: rollout.candidate,
    state: rollout.state,
    alpha: rollout.alpha,
    minimum_events: rollout.minimumEvents,
    minimum_duration: formatDuration(rollout.minimumDurationMs),
    maximum_duration: formatDuration(rollout.maximumDurationMs),
    stages: [...rollout.stages],
    stage: {
      index: rollout.stage.index,
      of: rollout.stages.length,
      share: rollout.stages[rollout.stage.index] ?? 1,
      opened_at: toTime(rollout.stage.openedAt),
    },
    rollback:
      rollout.action === null
        ? null
        : { state: rollout.action.state, attempts: rollout.action.attempts, error: rollout.action.error },
    guardrails: rollout.guardrails.map((guardrail) => ({
      ...guardrail,
      slices: [...guardrail.slices],
      watched: [...guardrail.watched],
    })),
    opened_at: toTime(rollout.openedAt),
    decided_at: toTimeOrNull(rollout.decidedAt),
    verdict: rollout.verdict,
  };
}

export function toVerdict(decision: InsideDecision, link: (path: string) => string): VerdictAnswer {
  return {
    verdict: decision.verdict,
    reasons: [...decision.reasons],
    checks: decision.checks.map(toCheck),
    stage: decision.stage,
    ...(decision.byHand === undefined ? {} : { by_hand: toByHand(decision.byHand) }),
    decision: decision.id,
    as_of: toTime(decision.asOf),
    evidence_url: link(`/rollouts/${encodeURIComponent(decision.owner)}`),
  };
}

function toByHand({ by, reason, judged }: EndedByHand): NonNullable<VerdictAnswer['by_hand']> {
  return { by, reason, judged: judged?.verdict ?? null };
}

export function toDecision(decision: InsideDecision, link: (path: string) => string): Decision {
  return { ...toVerdict(decision, link), id: decision.id, rollout: decision.owner, inputs: decision.inputs };
}

function toCheck(check: InsideCheck): Check {
  return {
    name: check.name,
    ...(check.class === undefined ? {} : { class: check.class }),
    slice: check.slice,
    harm: finite(check.harm),
    margin: check.margin,
    interval: finiteInterval(check.interval),
    e_value: finite(check.eValue === null ? null : edge(check.eValue)),
    events: check.events,
    events_needed: finite(check.eventsNeeded),
    state: check.state,
    reason: check.reason,
  };
}

/**
 * The verdict in the words of an Argo Rollouts web metric: a measurement that meets neither `result == "pass"` nor
 * `result == "fail"` is inconclusive there, which pauses the rollout and neither promotes nor aborts it.
 */
export function toArgo(verdict: Verdict): ArgoAnswer {
  const words = { promote: 'pass', rollback: 'fail', hold: 'inconclusive', inconclusive: 'inconclusive' } as const;
  return { data: { verdict: words[verdict] } };
}
