import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import type { Logger } from 'pino';
import type { Alert, ModelInput, Retraining, Snapshot } from '../../detectors/terms.ts';
import type { Clock } from '../clock.ts';
import type { Config, ModelSettings } from '../config/config.ts';
import { SerinError } from '../errors.ts';
import type { Store } from '../store/store.ts';
import { openJobs, type Jobs } from './jobs.ts';
import { isOpen, openRetrainingRecords, type RetrainingRecord, type RetrainingRecords } from './retraining-record.ts';
import { checkCommand } from '../run-command.ts';

export interface RetrainingOptions {
  readonly store: Store;
  readonly settings: Config['retraining'];
  /** The data directory; snapshots live in `<directory>/snapshots`. */
  readonly directory: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** Where a job reports: it POSTs to this address followed by `/complete` or `/fail`. */
  callbackUrl(id: string): string;
  modelSettings(model: string): ModelSettings | Promise<ModelSettings>;
  register(model: string, registration: Registration): Promise<unknown>;
  onCompleted?(retraining: Retraining): void;
}

/** What the command is told, by placeholder: paths of snapshot and manifest, names, and where the job reports. */
const JOB_FACTS = ['snapshot', 'manifest', 'model', 'retraining', 'callback'];

export interface Registration {
  readonly version: string;
  readonly path: string;
  readonly inputs: readonly ModelInput[];
  readonly threshold?: number;
}

/** What a job says when it is done; `path` and `inputs` together register the new version. */
export interface Completion extends Partial<Registration> {
  readonly version: string;
  readonly metrics?: Readonly<Record<string, number>>;
}

export interface Retrainings {
  /** Starts a retraining for a firing alert of a configured detector, unless the model cools down or is retrained already. */
  consider(alert: Alert): Promise<Retraining | undefined>;
  /** Ends what took too long and asks the webhook again where it did not answer; called at each tick. */
  tick(): Promise<void>;
  list(model?: string): Promise<Retraining[]>;
  /**
   * Starts a retraining by hand; the snapshot is taken after the answer.
   * @throws SerinError `conflict` while another retraining of the model goes on
   */
  start(model: string, reason: string): Promise<Retraining>;
  /**
   * The job is done. The same version a second time is fine.
   * @throws SerinError `conflict` when the retraining has ended otherwise; what `register` throws, and then it goes on
   */
  complete(id: string, completion: Completion): Promise<Retraining>;
  /** The job failed, or somebody stops it; its process is ended. */
  fail(id: string, reason: string): Promise<Retraining>;
  snapshot(id: string): Promise<Snapshot>;
  /** Resolves when no snapshot is being taken and no process or request of a job is under way. */
  settled(): Promise<void>;
  /** Ends the processes; snapshots not finished are taken anew at the next start. */
  close(): Promise<void>;
}

/**
 * Opens the retrainings and takes up what a restart interrupted: snapshots are taken anew, a webhook's jobs are waited
 * for, a process of this daemon is lost and its retraining has failed.
 * @throws when `retraining.command` has a placeholder that does not exist
 */
export async function openRetraining(options: RetrainingOptions): Promise<Retrainings> {
  const { store, settings, clock } = options;
  if (settings.command !== undefined) checkCommand('retraining.command', settings.command, JOB_FACTS);
  const records = openRetrainingRecords(store.documents<RetrainingRecord>('retrainings'));
  const snapshots = store.documents<Snapshot>('snapshots');
  const runner = `${hostname()}:${resolve(options.directory)}`;
  const folder = join(resolve(options.directory), 'snapshots');
  const jobs = openJobs({ ...options, records, snapshots, folder });
  for (const record of await records.open()) {
    if (record.runner !== runner) continue;
    if (record.state === 'snapshotting') jobs.begin(record);
    else if (record.executor === 'command')
      await jobs.fail(record.id, 'the daemon was stopped while the command ran, and the command with it');
  }
  return {
    consider: (alert) => consider(options, records, jobs, runner, alert),
    async start(model, reason) {
      const started = await begin(options, records, jobs, runner, { model, trigger: reason, finding: null });
      if (started === undefined)
        throw new SerinError('conflict', `A retraining of ${model} goes on already; wait for its end, or fail it.`);
      return started;
    },
    async tick() {
      for (const record of await records.open()) {
        if (clock.now() - record.startedAt >= settings.timeout)
          await jobs.fail(record.id, `the job has not called back within ${settings.timeout / 60_000} minutes`);
        else jobs.ask(record);
      }
    },
    list: (model) => records.list(model),
    complete: (id, completion) => complete(options, records, id, completion),
    async fail(id, reason) {
      const failed = await jobs.fail(id, reason);
      if (failed.state !== 'failed') throw new SerinError('conflict', `The retraining is ${failed.state} already.`);
      return failed;
    },
    async snapshot(id) {
      const found = await snapshots.get(id);
      if (found === undefined)
        throw new SerinError('unknown_id', `There is no snapshot ${JSON.stringify(id)}.`, { field: 'id' });
      return found;
    },
    settled: () => jobs.settled(),
    close: () => jobs.close(),
  };
}

async function consider(
  options: RetrainingOptions,
  records: RetrainingRecords,
  jobs: Jobs,
  runner: string,
  alert: Alert,
): Promise<Retraining | undefined> {
  const { settings, clock } = options;
  if (alert.state !== 'firing' || alert.silenced || !settings.detectors.includes(alert.detector)) return undefined;
  const newest = Math.max(...(await records.list(alert.model)).map((record) => record.startedAt));
  if (clock.now() - newest < settings.cool_down) return undefined;
  const subject = alert.subject === '' ? alert.model : alert.subject;
  const trigger = `${subject} in ${alert.slice}: ${alert.reason}`;
  return begin(options, records, jobs, runner, { model: alert.model, trigger, finding: alert.finding });
}

/** Undefined while another retraining of the model goes on. */
async function begin(
  { settings, clock }: RetrainingOptions,
  records: RetrainingRecords,
  jobs: Jobs,
  runner: string,
  asked: Pick<Retraining, 'model' | 'trigger' | 'finding'>,
): Promise<Retraining | undefined> {
  const record = await records.add(async () => {
    if ((await records.open(asked.model)).length > 0) return undefined;
    const now = clock.now();
    return {
      ...asked,
      id: `retraining-${new Date(now).toISOString().slice(0, 19).replaceAll(/\D/g, '')}-${randomBytes(5).toString('hex')}`,
      state: 'snapshotting',
      snapshot: null,
      version: null,
      error: null,
      startedAt: now,
      finishedAt: null,
      executor: settings.command !== undefined ? 'command' : settings.webhook !== undefined ? 'webhook' : 'none',
      runner,
      taken: false,
      attempts: 0,
      nextAttemptAt: now,
      metrics: null,
    };
  });
  if (record !== undefined) jobs.begin(record);
  return record;
}

async function complete(
  options: RetrainingOptions,
  records: RetrainingRecords,
  id: string,
  completion: Completion,
): Promise<Retraining> {
  const { version, path, inputs, threshold, metrics } = completion;
  if ((path === undefined) !== (inputs === undefined))
    throw new SerinError('invalid_request', 'Give `path` and `inputs` together, or neither of them.', {
      field: path === undefined ? 'path' : 'inputs',
    });
  let isNew = false;
  const completed = await records.change(id, async (record) => {
    if (record.state === 'completed' && record.version === version) return record;
    if (!isOpen(record)) throw new SerinError('conflict', sayEnd(record));
    if (record.state === 'snapshotting')
      throw new SerinError('conflict', 'The snapshot is still being taken: no job can have ended.');
    if (path !== undefined && inputs !== undefined)
      await options.register(record.model, {
        version,
        path,
        inputs,
        ...(threshold === undefined ? {} : { threshold }),
      });
    isNew = true;
    return { ...record, state: 'completed', version, metrics: metrics ?? null, finishedAt: options.clock.now() };
  });
  if (isNew) {
    options.log.info({ retraining: id, model: completed.model, version }, 'a retraining is completed');
    options.onCompleted?.(completed);
  }
  return completed;
}

function sayEnd({ state, version, error }: RetrainingRecord): string {
  if (state === 'completed') return `The retraining is completed already, with version ${version ?? ''}.`;
  return `The retraining has failed already: ${error ?? ''}`;
}
