import { join } from 'node:path';
import pino from 'pino';
import { defaultConfig, type Config } from '../../daemon/config/config.ts';
import { openIngest, type Ingest, type IngestOptions } from '../../daemon/ingest/ingest.ts';
import { temporaryStore } from './temporary.ts';

/** A time that tests set. */
export class SetClock {
  time: number;

  constructor(time: number) {
    this.time = time;
  }

  now(): number {
    return this.time;
  }
}

export interface TemporaryIngest {
  readonly opened: Awaited<ReturnType<typeof temporaryStore>>;
  readonly clock: SetClock;
  readonly directory: string;
  ingest: Ingest;
  /** Opens another intake on the same spool and store, as a restart does; the one before must be closed. */
  reopen(changes?: Partial<IngestOptions>, limits?: Partial<Config['ingest']>): Promise<Ingest>;
  rows<Row>(sql: string, parameters?: Readonly<Record<string, unknown>>): Promise<Row[]>;
  remove(): Promise<void>;
}

/** An intake in front of a real embedded store, at noon of today (UTC); segments turn only when a test flushes. */
export async function temporaryIngest(
  limits: Partial<Config['ingest']> = {},
  changes: Partial<IngestOptions> = {},
): Promise<TemporaryIngest> {
  const opened = await temporaryStore();
  const clock = new SetClock(noonToday());
  const directory = join(opened.directory, 'spool');
  const open = (more: Partial<IngestOptions> = {}, other: Partial<Config['ingest']> = {}): Promise<Ingest> =>
    openIngest({
      engine: opened.store.loader,
      directory,
      limits: { ...defaultConfig().ingest, segment_age: 3_600_000, ...limits, ...other },
      sliceTags: () => ['region'],
      clock,
      log: pino({ level: 'silent' }),
      ...changes,
      ...more,
    });
  const temporary: TemporaryIngest = {
    opened,
    clock,
    directory,
    ingest: await open(),
    async reopen(more, other) {
      temporary.ingest = await open(more, other);
      return temporary.ingest;
    },
    rows: (sql, parameters) => opened.store.watcher.rows(sql, parameters),
    async remove() {
      await temporary.ingest.close();
      await opened.remove();
    },
  };
  return temporary;
}

/** Tables forget by the real time, so a test may not live in the past. */
function noonToday(): number {
  return Math.floor(Date.now() / 86_400_000) * 86_400_000 + 43_200_000;
}

/** A time as the engine prints `DateTime64(3)`. */
export function engineTime(at: number): string {
  return new Date(at).toISOString().replace('T', ' ').slice(0, 23);
}

/** Records as an NDJSON body. */
export function lines(records: readonly unknown[]): Buffer {
  return Buffer.from(records.map((record) => JSON.stringify(record)).join('\n'));
}
