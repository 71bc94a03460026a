import type { Decision, Rollout } from '../../detectors/terms.ts';
import type { Clock } from '../clock.ts';
import { hasAnsweredLive } from '../store/rollout-facts.ts';
import type { Store } from '../store/store.ts';
import { inputsOf } from './rollout-decisions.ts';

/** A caller that lost the answer asks again within this time; Flagger's next turn is at least 10 s later. */
const AGAIN_MS = 5_000;

interface StartOptions {
  readonly store: Store;
  readonly clock: Clock;
}

/**
 * Whether a candidate may get its first traffic although nothing is known of it: once, in the first stage, before it has
 * answered live, and while neither harm nor broken data is known. That it did is kept with the rollout.
 */
export async function mayStart({ store, clock }: StartOptions, rollout: Rollout, decision: Decision): Promise<boolean> {
  const { state, stage, startedAt, model, candidate, openedAt } = rollout;
  const now = clock.now();
  if (state !== 'open' || stage.index !== 0 || decision.stage !== 0) return false;
  if (decision.verdict !== 'hold' && decision.verdict !== 'promote') return false;
  if (inputsOf(decision).qualityFailures.length > 0) return false;
  if (startedAt !== undefined && now - startedAt > AGAIN_MS) return false;
  if (await hasAnsweredLive(store.reader, { model, candidate, since: openedAt })) return false;
  if (startedAt === undefined) await store.documents<Rollout>('rollouts').put({ ...rollout, startedAt: now });
  return true;
}
