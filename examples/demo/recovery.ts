import type { Replay, Rollout, VerdictAnswer } from '../../daemon/api/contract.ts';
import { VERDICT_EXIT_CODES } from '../../daemon/cli/verdict.ts';
import { FIRST_VERSION } from '../payments/first-model.ts';
import { MODEL } from '../payments/record.ts';
import { acknowledgeAlerts } from './bad-day.ts';
import { DAY, HISTORY_DAYS, runPayments } from './normal-life.ts';
import { waitUntil } from './wait-until.ts';
import { StoryFault, type World } from './world.ts';

const BAD_VERSION = 'one-row-off';
/** A verdict that holds is asked for again for so long: for somebody to look at the data, or for more timings on a busy machine. */
const PATIENCE_MS = 60_000;

/** The confirmed finding has started a retraining; its job trains, saves and calls back. */
export async function waitForRetraining(world: World): Promise<string> {
  const { client, tell } = world;
  let seen = 'none';
  const done = await waitUntil(
    world,
    'a new version is trained',
    150_000,
    async () => {
      const [retraining] = await client.retrainings(MODEL);
      if (retraining === undefined) return undefined;
      seen = retraining.state;
      if (retraining.state === 'failed') throw new StoryFault(`the retraining failed: ${retraining.error}`);
      return retraining.state === 'completed' ? retraining : undefined;
    },
    () => `retraining: ${seen}`,
  );
  const { version } = done;
  if (version === null) throw new StoryFault(`retraining ${done.id} completed without a version`);
  tell.chapter(`retrained by itself: ${version} (${done.trigger})`);
  if (done.snapshot !== null) {
    const frozen = await client.snapshot(done.snapshot);
    tell.fact(
      `from a frozen snapshot of ${frozen.rows} predictions, SHA-256 ${frozen.sha256.slice(0, 16)}…: ${frozen.path}`,
    );
  }
  return version;
}

/** A candidate with an ordinary mistake, registered like any other. */
export async function makeBadCandidate(world: World): Promise<void> {
  await runPayments(world, 'bad-candidate', ['--rows=15000', `--version=${BAD_VERSION}`]);
  world.tell.chapter(`a deliberately bad candidate: ${BAD_VERSION} learned from labels joined to the wrong payments`);
}

/** Somebody replays the bad candidate, and opens its rollout. */
export async function replayBadCandidate(world: World): Promise<void> {
  const { client } = world;
  const to = Date.now();
  const { id } = await client.startReplay({
    model: MODEL,
    candidate: BAD_VERSION,
    control: FIRST_VERSION,
    from: new Date(to - (HISTORY_DAYS + 1) * DAY).toISOString(),
    to: new Date(to).toISOString(),
  });
  tellReplay(world, await waitForReplay(world, BAD_VERSION, id));
  await client.openRollout({ model: MODEL, control: FIRST_VERSION, candidate: BAD_VERSION });
}

/** The daemon replays the retrained version by itself, and opens its rollout. */
export async function waitForGoodReplay(world: World, good: string): Promise<void> {
  tellReplay(world, await waitForReplay(world, good));
}

/** Asks for both verdicts as a deploy pipeline would: with the command line, by its exit code. */
export async function askVerdicts(world: World, good: string): Promise<void> {
  const { client, tell } = world;
  tell.chapter(`somebody on call acknowledges ${await acknowledgeAlerts(world)} alerts`);
  const ask = async (candidate: string, expected: 'promote' | 'rollback'): Promise<void> => {
    const rollout = await waitUntil(world, `a rollout of ${candidate}`, 60_000, async () =>
      (await client.rollouts(MODEL)).find((other) => other.candidate === candidate),
    );
    await askVerdict(world, rollout, expected);
  };
  await Promise.all([ask(good, 'promote'), ask(BAD_VERSION, 'rollback')]);
}

async function waitForReplay(world: World, candidate: string, id?: string): Promise<Replay> {
  let seen = 'not begun';
  return waitUntil(
    world,
    `${candidate} is replayed in shadow`,
    120_000,
    async () => {
      const replays = await world.client.replays(MODEL);
      const replay = replays.find((other) => (id === undefined ? other.candidate === candidate : other.id === id));
      if (replay === undefined) return undefined;
      seen = `${replay.replayed} of ${replay.recorded}`;
      if (replay.state === 'failed') throw new StoryFault(`the replay of ${candidate} failed: ${replay.error}`);
      return replay.state === 'done' ? replay : undefined;
    },
    () => seen,
  );
}

function tellReplay({ tell }: World, { candidate, replayed, recorded, comparison }: Replay): void {
  tell.chapter(`${candidate} replayed in shadow: ${replayed} of ${recorded} recorded predictions`);
  if (comparison === null) return;
  const { flips, labelled } = comparison;
  tell.fact(
    `flips: ${flips.to_decline} to decline (${Math.round(flips.value_to_decline)} EUR), ${flips.to_approve} to approve (${Math.round(flips.value_to_approve)} EUR)`,
  );
  tell.fact(`ROC-AUC on labels: ${auc(labelled.control_auc)} in charge, ${auc(labelled.candidate_auc)} the candidate`);
}

async function askVerdict(world: World, rollout: Rollout, expected: 'promote' | 'rollback'): Promise<void> {
  const { tell } = world;
  const until = Date.now() + PATIENCE_MS;
  for (;;) {
    const { code, answer } = await runVerdict(world, rollout);
    // On a bad day alerts about the data keep coming; whoever is on call looks at them too, and asks again.
    if (code === VERDICT_EXIT_CODES.hold && Date.now() < until) {
      await acknowledgeAlerts(world);
      continue;
    }
    tell.chapter(
      `serin verdict ${rollout.id}: ${answer?.verdict ?? 'none'} for ${rollout.candidate} (exit code ${code})`,
    );
    for (const reason of answer?.reasons.slice(0, 3) ?? []) tell.fact(reason);
    if (code === VERDICT_EXIT_CODES[expected]) return;
    throw new StoryFault(`${rollout.candidate} should end in ${expected}, not in ${answer?.verdict ?? 'a fault'}`);
  }
}

/** What the command line says of a rollout, and its exit code. */
async function runVerdict(
  { client, processes, tell, signal }: World,
  { id, candidate }: Rollout,
): Promise<{ readonly code: number; readonly answer: VerdictAnswer | undefined }> {
  let answer: VerdictAnswer | undefined;
  const argv = ['verdict', id, '--wait', '15s', '--json', '--url', client.url];
  tell.waiting(`serin ${argv.slice(0, 4).join(' ')}`);
  const code = await processes.run('serin', `verdict-${candidate}`, argv, (line) => {
    if (line.startsWith('{')) answer = JSON.parse(line) as VerdictAnswer;
  });
  signal.throwIfAborted();
  return { code, answer };
}

function auc(value: number | null): string {
  return value === null ? '-' : value.toFixed(3);
}
