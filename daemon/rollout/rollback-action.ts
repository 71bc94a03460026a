import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Decision, RollbackAction, Rollout } from '../../detectors/terms.ts';
import type { Clock } from '../clock.ts';
import type { Config } from '../config/config.ts';
import { checkCommand, runCommand } from '../run-command.ts';
import type { Store } from '../store/store.ts';
import { postWebhook, type Outcome } from '../http/webhook.ts';

export interface RollbackOptions {
  readonly store: Store;
  readonly settings: Config['rollouts']['on_rollback'];
  /** Where the logs of commands are kept, one file a rollout. */
  readonly folder: string;
  readonly clock: Clock;
  readonly log: Logger;
}

/** What a rollback sets in motion: tried until it is done or hopeless, also across restarts. */
export interface RollbackActions {
  /** What is still to be done for a decision that rolls back; null when nothing is configured. */
  planned(decision: Decision): RollbackAction | null;
  /** Tries whatever is waiting and due; resolves when the attempts have ended. */
  tick(): Promise<void>;
}

const FIRST_PAUSE_MS = 5000;
const LONGEST_PAUSE_MS = 600_000;

/** What a command is told, by placeholder. */
const FACTS = ['rollout', 'model', 'control', 'candidate', 'stage', 'decision'];

/** @throws when the configured command is empty or has an unknown placeholder */
export function openRollbackActions(options: RollbackOptions): RollbackActions {
  const { store, settings, clock, log } = options;
  if (settings.command !== undefined) checkCommand('rollouts.on_rollback.command', settings.command, FACTS);
  const rollouts = store.documents<Rollout>('rollouts');
  let underWay: Promise<void> | undefined;

  const attempt = async (rollout: Rollout, action: RollbackAction): Promise<void> => {
    const outcome = await act(options, rollout, action);
    const attempts = action.attempts + 1;
    const isHopeless = !outcome.accepted && (!outcome.retry || attempts >= settings.attempts);
    const after: RollbackAction = {
      ...action,
      attempts,
      state: outcome.accepted ? 'done' : isHopeless ? 'failed' : 'waiting',
      error: outcome.accepted ? null : outcome.error,
      nextAttemptAt: clock.now() + Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** action.attempts),
    };
    await rollouts.put({ ...rollout, action: after });
    const said = { rollout: rollout.id, model: rollout.model, attempts, error: after.error };
    if (after.state === 'done') log.info(said, 'the rollback was handed over');
    else if (after.state === 'failed') log.error(said, 'the rollback could not be handed over and is given up');
    else log.warn(said, 'the rollback could not be handed over yet');
  };
  const tryAll = async (): Promise<void> => {
    const rolledBack = await rollouts.list({ state: 'rolled_back', limit: 200 });
    for (const rollout of rolledBack) {
      const { action } = rollout;
      if (action?.state === 'waiting' && action.nextAttemptAt <= clock.now()) await attempt(rollout, action);
    }
  };

  return {
    planned: (decision) =>
      settings.command === undefined && settings.webhook === undefined
        ? null
        : { state: 'waiting', attempts: 0, nextAttemptAt: decision.asOf, error: null, decision: decision.id },
    tick: () => {
      underWay ??= tryAll().finally(() => {
        underWay = undefined;
      });
      return underWay;
    },
  };
}

/** One attempt; never rejects. */
async function act(options: RollbackOptions, rollout: Rollout, action: RollbackAction): Promise<Outcome> {
  const { settings, clock, store } = options;
  try {
    if (settings.command !== undefined) return await command(options, settings.command, rollout, action);
    if (settings.webhook === undefined)
      return { accepted: false, retry: false, error: 'rollouts.on_rollback has neither command nor webhook any more' };
    const decision = await store.journal<Decision>('decisions').get(rollout.id, action.decision);
    return await postWebhook(settings.webhook, action.decision, payloadOf(rollout, action, decision), clock.now());
  } catch (error) {
    return { accepted: false, retry: true, error: error instanceof Error ? error.message : String(error) };
  }
}

function payloadOf(rollout: Rollout, action: RollbackAction, decision: Decision | undefined): unknown {
  const { index } = rollout.stage;
  return {
    type: 'rollout.rolled_back',
    timestamp: new Date(rollout.decidedAt ?? action.nextAttemptAt).toISOString(),
    data: {
      rollout: rollout.id,
      model: rollout.model,
      control: rollout.control,
      candidate: rollout.candidate,
      stage: { index, share: rollout.stages[index] ?? 1 },
      decision: action.decision,
      reasons: decision?.reasons ?? [],
    },
  };
}

async function command(
  { settings, folder }: RollbackOptions,
  words: readonly string[],
  rollout: Rollout,
  action: RollbackAction,
): Promise<Outcome> {
  await mkdir(folder, { recursive: true });
  const { id, model, control, candidate, stage } = rollout;
  const facts = { rollout: id, model, control, candidate, stage: String(stage.index), decision: action.decision };
  const job = await runCommand(words, facts, join(folder, `${id}.log`));
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    job.stop();
  }, settings.timeout);
  const reason = await job.ended;
  clearTimeout(timer);
  if (reason === undefined) return { accepted: true };
  return {
    accepted: false,
    retry: true,
    error: isLate ? `ended after ${settings.timeout / 1000} s: ${reason}` : reason,
  };
}
