import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openClient } from '../../daemon/cli/client.ts';
import { breakThings, waitForAlert, waitForFindings, waitForMail } from './bad-day.ts';
import { freshDirectory } from './fresh-directory.ts';
import { startMailServer } from './mail-server.ts';
import { goLive, makeHistory, startDaemon } from './normal-life.ts';
import { openProcesses } from './processes.ts';
import { readBack } from './read-back.ts';
import { askVerdicts, makeBadCandidate, replayBadCandidate, waitForGoodReplay, waitForRetraining } from './recovery.ts';
import { choosePorts, writeSettings } from './settings.ts';
import { tellOn } from './tell.ts';
import { StoryFault, type World } from './world.ts';

/** A story that takes longer than this has failed. */
const DEADLINE_MS = 4 * 60_000;

const { values: options } = parseArgs({
  options: {
    data: { type: 'string', default: 'serin-demo-data' },
    exit: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});
process.exitCode = await demo();

/** Tells the whole story on a daemon of its own; 0 when every chapter came true. */
async function demo(): Promise<number> {
  // Standard output belongs to the JSON where that is asked for.
  const tell = tellOn(options.json ? process.stderr : process.stdout);
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort(signal));
  const deadline = setTimeout(
    () => stop.abort(new StoryFault(`the story is not over after ${DEADLINE_MS / 60_000} minutes`)),
    DEADLINE_MS,
  );
  const endings: (() => Promise<void>)[] = [];
  try {
    const world = await openWorld(tell, stop.signal, endings);
    await tellStory(world);
    clearTimeout(deadline);
    if (options.json) process.stdout.write(`${JSON.stringify(await readBack(world.client))}\n`);
    if (!options.exit) await stayUp(world);
    return 0;
  } catch (error) {
    if (stop.signal.aborted && typeof stop.signal.reason === 'string') return options.exit ? 130 : 0;
    process.stderr.write(`\nserin demo: ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  } finally {
    clearTimeout(deadline);
    for (const end of endings.reverse()) await end();
  }
}

async function openWorld(
  tell: World['tell'],
  signal: AbortSignal,
  endings: (() => Promise<void>)[],
): Promise<World & { readonly settings: string }> {
  tell.chapter('Serin demo. Every payment, card and customer here is SIMULATED.');
  const directory = await freshDirectory(options.data);
  await mkdir(join(directory, 'logs'));
  await mkdir(join(directory, 'models'));
  const mail = await startMailServer(join(directory, 'mails'));
  endings.push(() => mail.close());
  const processes = openProcesses(join(directory, 'logs'));
  endings.push(() => processes.stopAll());
  const ports = await choosePorts();
  const settings = await writeSettings(directory, ports, mail.port);
  const client = openClient(`http://127.0.0.1:${ports.api}`);
  return { directory, ports, mail, processes, client, tell, signal, settings };
}

async function tellStory(world: World & { readonly settings: string }): Promise<void> {
  await startDaemon(world, world.settings);
  await makeHistory(world);
  const live = await goLive(world);
  const brokenAt = Date.now();
  breakThings(live);
  // Waiting for windows to close leaves the processor free.
  const bad = makeBadCandidate(live).then(() => replayBadCandidate(live));
  bad.catch(ignore);
  await Promise.all([waitForFindings(live, brokenAt), waitForAlert(live)]);
  // Nobody has to wait for the other: the mail is on its way, the retraining runs, the bad candidate is replayed.
  const [good] = await Promise.all([waitForRetraining(live), waitForMail(live), bad]);
  await waitForGoodReplay(live, good);
  await askVerdicts(live, good);
  if (live.mail.mails.length !== 1)
    throw new StoryFault(`${live.mail.mails.length} mails arrived instead of one: ${live.mail.mails.join(', ')}`);
  live.tell.chapter('the story is told');
}

function ignore(): void {
  // Awaited later: without this the process would end when it fails before that.
}

async function stayUp({ client, tell, mail, signal, directory }: World): Promise<void> {
  tell.fact(`dashboard  ${client.url}`);
  tell.fact(`mail       ${mail.mails[0]}`);
  tell.fact(`logs       ${join(directory, 'logs')}`);
  tell.fact('Payments go on. Ctrl-C ends everything.');
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
