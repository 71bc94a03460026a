import type { Retraining } from '../../detectors/terms.ts';
import { SerinError } from '../errors.ts';
import { takeTurns } from '../in-turn.ts';
import type { Documents } from '../store/documents.ts';

/** A retraining as stored: with who does it and how far handing it over has come. */
export interface RetrainingRecord extends Retraining {
  readonly executor: 'command' | 'webhook' | 'none';
  /** The daemon whose child process does the work; another daemon leaves it alone. */
  readonly runner: string;
  /** Of a webhook: whether it took the job, how often it was asked, and when it is asked next. */
  readonly taken: boolean;
  readonly attempts: number;
  readonly nextAttemptAt: number;
  readonly metrics: Readonly<Record<string, number>> | null;
}

/** Retrainings as stored, changed one at a time: a call-back, the end of a process and a time-out may come together. */
export interface RetrainingRecords {
  list(model?: string): Promise<RetrainingRecord[]>;
  /** Those that still go on. */
  open(model?: string): Promise<RetrainingRecord[]>;
  /** @throws SerinError `unknown_id` */
  get(id: string): Promise<RetrainingRecord>;
  /** Adds what `make` gives, unless it gives nothing. */
  add(make: () => Promise<RetrainingRecord | undefined>): Promise<RetrainingRecord | undefined>;
  /** Stores what `change` makes of the newest row; the same object means no change. */
  change(
    id: string,
    change: (record: RetrainingRecord) => RetrainingRecord | Promise<RetrainingRecord>,
  ): Promise<RetrainingRecord>;
}

export function openRetrainingRecords(documents: Documents<RetrainingRecord>): RetrainingRecords {
  const inTurn = takeTurns();
  const get = async (id: string): Promise<RetrainingRecord> => {
    const record = await documents.get(id);
    if (record === undefined)
      throw new SerinError('unknown_id', `There is no retraining ${JSON.stringify(id)}.`, { field: 'id' });
    return record;
  };
  return {
    list: (model) => documents.list({ model, limit: 10_000 }),
    open: async (model) => [
      ...(await documents.list({ model, state: 'snapshotting' })),
      ...(await documents.list({ model, state: 'running' })),
    ],
    get,
    add: (make) =>
      inTurn(async () => {
        const record = await make();
        if (record !== undefined) await documents.put(record);
        return record;
      }),
    change: (id, change) =>
      inTurn(async () => {
        const before = await get(id);
        const after = await change(before);
        if (after !== before) await documents.put(after);
        return after;
      }),
  };
}

export function isOpen({ state }: Retraining): boolean {
  return state === 'snapshotting' || state === 'running';
}
