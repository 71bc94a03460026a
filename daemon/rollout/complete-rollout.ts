import type { Guardrail, Rollout } from '../../detectors/terms.ts';

/** What rollouts did not say before there were stages. */
type Early = Partial<Pick<Rollout, 'minimumDurationMs' | 'stages' | 'stage' | 'largestWeight' | 'action'>> & {
  readonly guardrails: readonly (Omit<Guardrail, 'required' | 'watched'> & Partial<Guardrail>)[];
};

/** A stored rollout, with what an earlier version of the daemon left unsaid: one stage of all traffic. */
export function completeRollout(stored: Omit<Rollout, keyof Early> & Early): Rollout {
  return {
    ...stored,
    minimumDurationMs: stored.minimumDurationMs ?? 0,
    stages: stored.stages ?? [1],
    stage: stored.stage ?? { index: 0, openedAt: stored.openedAt },
    largestWeight: stored.largestWeight ?? 1,
    action: stored.action ?? null,
    guardrails: stored.guardrails.map((guardrail) => ({
      ...guardrail,
      required: guardrail.required ?? true,
      watched: guardrail.watched ?? [],
    })),
  };
}
