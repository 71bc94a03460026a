import type { Decision, Rollout } from '../../detectors/terms.ts';
import type { Clock } from '../clock.ts';
import { countAnswers, hasAnsweredLive } from '../store/rollout-facts.ts';
import type { Store } from '../store/store.ts';
import { inputsOf } from './rollout-decisions.ts';

/** Of so many answers that the candidate should have given it gives none with a chance of one in a million. */
const SURELY_SOME = 14;

interface StartOptions {
  readonly store: Store;
  readonly clock: Clock;
}

/**
 * Whether a candidate may get its first traffic although nothing is known of it: in the first stage, before it has answered live, and
 * while neither harm nor broken data is known. Flagger asks again when the answer, or another of its hooks, failed. Where it tells
 * the weight, that must still be 0; else the control must not have answered so often that a candidate with its share of the
 * traffic would have, too: then its answers do not arrive. When it did first is kept with the rollout.
 */
export async function mayStart({ store, clock }: StartOptions, rollout: Rollout, decision: Decision): Promise<boolean> {
  const { state, stage, stages, startedAt, model, control, candidate, openedAt, weight } = rollout;
  const now = clock.now();
  if (state !== 'open' || stage.index !== 0 || decision.stage !== 0) return false;
  if (decision.verdict !== 'hold' && decision.verdict !== 'promote') return false;
  if (inputsOf(decision).qualityFailures.length > 0) return false;
  if (weight !== undefined && weight > 0) return false;
  if (await hasAnsweredLive(store.reader, { model, candidate, since: openedAt })) return false;
  if (weight === undefined && startedAt !== undefined) {
    const answers = await countAnswers(store.reader, { model, version: control, since: startedAt });
    if (answers * (stages[0] ?? 1) > SURELY_SOME) return false;
  }
  if (startedAt === undefined) await store.documents<Rollout>('rollouts').put({ ...rollout, startedAt: now });
  return true;
}

/** Keeps with an open rollout what percent of the traffic its candidate gets. */
export async function noteWeight(
  { store }: Pick<StartOptions, 'store'>,
  rollout: Rollout,
  weight: number,
): Promise<void> {
  if (rollout.state === 'open' && rollout.weight !== weight)
    await store.documents<Rollout>('rollouts').put({ ...rollout, weight });
}
