import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Snapshot } from '../../detectors/terms.ts';
import { atMost } from '../at-most.ts';
import type { Documents } from '../store/documents.ts';
import { postWebhook } from '../http/webhook.ts';
import { freezeSnapshot } from './freeze-snapshot.ts';
import { isOpen, type RetrainingRecord, type RetrainingRecords } from './retraining-record.ts';
import type { RetrainingOptions } from './retraining.ts';
import { runCommand, type Job } from '../run-command.ts';

export interface JobsOptions extends RetrainingOptions {
  readonly records: RetrainingRecords;
  readonly snapshots: Documents<Snapshot>;
  /** Where each retraining has a folder of its own. */
  readonly folder: string;
}

/** The work behind retrainings: snapshots, processes and requests, all in the background. */
export interface Jobs {
  /** Takes the snapshot, then starts the job. */
  begin(record: RetrainingRecord): void;
  /** Asks the webhook, if it is its turn and the time has come. */
  ask(record: RetrainingRecord): void;
  /** Marks as failed what still goes on and ends its process; a retraining that has ended stays as it is. */
  fail(id: string, reason: string): Promise<RetrainingRecord>;
  settled(): Promise<void>;
  close(): Promise<void>;
}

const FIRST_PAUSE_MS = 10_000;
const LONGEST_PAUSE_MS = 600_000;
/** Processes get 3 s to end by themselves; after this the daemon no longer waits for anything. */
const FAREWELL_MS = 5000;

export function openJobs(options: JobsOptions): Jobs {
  const { records, log, clock } = options;
  const running = new Map<string, Job>();
  const working = new Map<string, Promise<void>>();
  let closing = false;

  const work = (id: string, task: () => Promise<void>): void => {
    if (working.has(id) || closing) return;
    const done = task()
      .catch((error: unknown) => endWith(id, error))
      .catch((error: unknown) => log.error({ err: error, retraining: id }, 'the state of a retraining is not stored'))
      .finally(() => working.delete(id));
    working.set(id, done);
  };
  const endWith = async (id: string, error: unknown): Promise<void> => {
    // What the end of the daemon interrupted is taken up at its next start.
    if (!closing) await fail(id, error instanceof Error ? error.message : String(error));
  };
  const fail = async (id: string, reason: string): Promise<RetrainingRecord> => {
    const failed = await records.change(id, (record) =>
      isOpen(record) ? { ...record, state: 'failed', error: reason, finishedAt: clock.now() } : record,
    );
    if (failed.state === 'failed') {
      log.warn({ retraining: id, model: failed.model }, `a retraining has failed: ${failed.error ?? ''}`);
      running.get(id)?.stop();
    }
    return failed;
  };
  const follow = async (id: string, job: Job): Promise<void> => {
    running.set(id, job);
    const reason = await job.ended;
    running.delete(id);
    // Once the job has reported, this changes nothing: only what still goes on can fail.
    if (reason !== undefined) await endWith(id, new Error(reason));
  };

  return {
    begin: (record) =>
      work(record.id, async () => {
        const ready = await takeSnapshot(options, record);
        if (ready.state !== 'running') return;
        if (ready.executor === 'none')
          throw new Error('no executor is configured: set retraining.command or retraining.webhook');
        if (ready.executor === 'webhook') await askWebhook(options, ready);
        else if (!closing) await follow(record.id, await startCommand(options, ready));
      }),
    ask: (record) => {
      const isDue = record.executor === 'webhook' && !record.taken && record.nextAttemptAt <= clock.now();
      if (record.state === 'running' && isDue) work(record.id, () => askWebhook(options, record));
    },
    fail,
    settled: async () => {
      await Promise.all(working.values());
    },
    async close() {
      closing = true;
      for (const job of running.values()) job.stop();
      await atMost(FAREWELL_MS, Promise.all(working.values()));
    },
  };
}

async function takeSnapshot(options: JobsOptions, record: RetrainingRecord): Promise<RetrainingRecord> {
  const { store, settings, clock, log, snapshots, records } = options;
  const { snapshot } = await freezeSnapshot({
    engine: store.bulk,
    folder: join(options.folder, record.id),
    retraining: record,
    window: { from: record.startedAt - settings.lookback, to: record.startedAt },
    maxRows: settings.max_rows,
    settings: await options.modelSettings(record.model),
    now: clock.now(),
  });
  await snapshots.put(snapshot);
  const { rows, labelled, bytes } = snapshot;
  log.info({ retraining: record.id, model: record.model, rows, labelled, bytes }, 'a training snapshot is frozen');
  return records.change(record.id, (newest) =>
    newest.state === 'snapshotting' ? { ...newest, state: 'running', snapshot: snapshot.id } : newest,
  );
}

function startCommand(options: JobsOptions, record: RetrainingRecord): Promise<Job> {
  const own = join(options.folder, record.id);
  const facts = {
    snapshot: join(own, 'data.parquet'),
    manifest: join(own, 'manifest.json'),
    model: record.model,
    retraining: record.id,
    callback: options.callbackUrl(record.id),
  };
  return runCommand(options.settings.command ?? [], facts, join(own, 'job.log'));
}

/** Asked until it takes the job, with growing pauses; the time-out of the retraining ends it. */
async function askWebhook(options: JobsOptions, record: RetrainingRecord): Promise<void> {
  const { settings, clock, log, records } = options;
  if (settings.webhook === undefined) throw new Error('retraining.webhook is no longer configured');
  const manifest: unknown = JSON.parse(await readFile(join(options.folder, record.id, 'manifest.json'), 'utf8'));
  const { id, model, trigger } = record;
  const payload = {
    type: 'retraining.requested',
    timestamp: new Date(record.startedAt).toISOString(),
    data: { retraining: id, model, trigger, callback: options.callbackUrl(id), manifest },
  };
  const outcome = await postWebhook(settings.webhook, id, payload, clock.now());
  if (!outcome.accepted && !outcome.retry) throw new Error(`the webhook refused the job: ${outcome.error}`);
  if (!outcome.accepted) log.warn({ retraining: id, model, error: outcome.error }, 'the webhook is asked again');
  await records.change(id, (newest) => {
    if (newest.state !== 'running') return newest;
    const attempts = newest.attempts + 1;
    const pause = Math.min(FIRST_PAUSE_MS * 2 ** newest.attempts, LONGEST_PAUSE_MS);
    return { ...newest, attempts, taken: outcome.accepted, nextAttemptAt: clock.now() + pause };
  });
}
