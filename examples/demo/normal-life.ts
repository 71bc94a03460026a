import { join } from 'node:path';
import { FIRST_VERSION } from '../payments/first-model.ts';
import { MODEL } from '../payments/record.ts';
import { waitUntil } from './wait-until.ts';
import { StoryFault, type LiveWorld, type World } from './world.ts';

export const DAY = 86_400_000;
export const HISTORY_DAYS = 21;
const HISTORY_PAYMENTS = 60_000;
const HEALTHY_MS = 12_000;

/** Starts the daemon as anybody would, and waits until it is ready. */
export async function startDaemon(world: World, settings: string): Promise<void> {
  const { processes, client, directory, ports, tell } = world;
  const daemon = processes.start('serin', 'daemon', ['start', '--config', settings, '--data', directory]);
  let ended: number | undefined;
  void daemon.ended.then((code) => (ended = code));
  await waitUntil(world, 'the daemon starts', 30_000, async () => {
    if (ended !== undefined)
      throw new StoryFault(`the daemon ended with ${ended}; see ${join(directory, 'logs', 'daemon.log')}`);
    try {
      return (await client.notReady()).length === 0 ? true : undefined;
    } catch {
      return undefined;
    }
  });
  tell.chapter('the daemon is ready');
  if (ports.taken.length > 0) tell.fact(`(ports ${ports.taken.join(', ')} were taken: free ones serve instead)`);
  tell.fact(`dashboard and API  ${client.url}`);
  tell.fact(`OTLP/HTTP          http://127.0.0.1:${ports.otlpHttp}`);
  tell.fact(`OTLP/gRPC          http://127.0.0.1:${ports.otlpGrpc}`);
  tell.fact(`data               ${directory}`);
  tell.fact(`mail server        127.0.0.1:${world.mail.port}, mails in ${join(directory, 'mails')}`);
}

/** Options that every process of the payments service takes. */
export function addresses({ client, ports, directory }: World): string[] {
  return [
    `--url=${client.url}`,
    `--otlp=http://127.0.0.1:${ports.otlpHttp}`,
    `--grpc=http://127.0.0.1:${ports.otlpGrpc}`,
    `--models=${join(directory, 'models')}`,
  ];
}

/** Runs one command of the payments service to its end; its last line tells how it went. */
export async function runPayments(world: World, name: string, argv: readonly string[]): Promise<string> {
  let last = '';
  const code = await world.processes.run('payments', name, [name, ...addresses(world), ...argv], (line) => {
    last = line.replace(/^payments \(simulated\): /, '');
    world.tell.waiting(last);
  });
  world.signal.throwIfAborted();
  if (code !== 0) throw new StoryFault(`"${name}" of the payments service failed: ${last}`);
  return last;
}

/** The model in charge, and weeks in which all was well; they become the reference. */
export async function makeHistory(world: World): Promise<void> {
  const { client, tell } = world;
  tell.chapter(`the first model: ${await runPayments(world, 'first-model', ['--rows=30000'])}`);
  const to = Date.now();
  const from = to - HISTORY_DAYS * DAY;
  const times = [`--from=${new Date(from).toISOString()}`, `--to=${new Date(to).toISOString()}`];
  const told = await runPayments(world, 'backfill', [...times, `--payments=${HISTORY_PAYMENTS}`]);
  tell.chapter(`${HISTORY_DAYS} days of ${told}`);
  await waitUntil(world, 'the history is stored', 30_000, async () =>
    (await client.status()).stored.predictions >= HISTORY_PAYMENTS ? true : undefined,
  );
  await client.pinReference(MODEL, {
    version: FIRST_VERSION,
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
  });
  tell.chapter('the history is stored, and pinned as the reference');
}

/** Live payments with nothing wrong: nobody may be told anything. */
export async function goLive(world: World): Promise<LiveWorld> {
  const { client, mail, processes, tell } = world;
  const service = processes.start('payments', 'serve', ['serve', ...addresses(world)]);
  const from = Date.now();
  await waitUntil(world, 'payments are scored live, and all is well', HEALTHY_MS + 20_000, async () =>
    Date.now() - from >= HEALTHY_MS ? true : undefined,
  );
  const firing = (await client.alerts()).filter((alert) => alert.state === 'firing').length;
  tell.chapter(`live for ${HEALTHY_MS / 1000} s: ${firing} alerts firing, ${mail.mails.length} mails`);
  return { ...world, service };
}
