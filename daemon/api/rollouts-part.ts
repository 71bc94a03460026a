import type { Decision, Rollout } from '../../detectors/terms.ts';

/** Rollouts, as the API needs them. */
export interface RolloutsPart {
  open(request: {
    readonly model: string;
    readonly control: string;
    readonly candidate: string;
    readonly guardrails?: readonly {
      readonly name: string;
      readonly margin?: number;
      readonly slices?: readonly string[];
      readonly required?: boolean;
    }[];
    readonly alpha?: number;
    readonly minimumEvents?: number;
    readonly minimumDurationMs?: number;
    readonly maximumDurationMs?: number;
    readonly stages?: readonly number[];
  }): Promise<Rollout>;
  get(id: string): Promise<Rollout>;
  list(model?: string): Promise<Rollout[]>;
  /** Judges now; every verdict given is stored as a decision. */
  verdict(id: string): Promise<Decision>;
  decisions(id: string, page?: { readonly limit?: number; readonly before?: string }): Promise<Decision[]>;
  /** Begins the next stage when the verdict is promote; a stage that is over already changes nothing. */
  advance(id: string, from?: number): Promise<Rollout>;
  /** Ends an open rollout because a person says so. */
  end(
    id: string,
    request: { readonly verdict: 'rollback' | 'inconclusive'; readonly by: string; readonly reason: string },
  ): Promise<Rollout>;
  /** Takes note of the weight that Flagger tells of, in percent of the traffic. */
  weigh(id: string, weight: number): Promise<void>;
  /** Lets the first traffic go to the candidate without a verdict; false where that may not be. */
  start(id: string, decision: Decision): Promise<boolean>;
  /** Judges a stored decision again from its inputs. */
  recompute(
    id: string,
    decision: string,
  ): Promise<{
    readonly decision: Decision;
    readonly equal: boolean;
    readonly answer: Pick<Decision, 'verdict' | 'reasons' | 'checks'>;
  }>;
}
