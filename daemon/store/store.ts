import type { Config } from '../config/config.ts';
import { connect } from './client.ts';
import { documents, goOnAfterStored, type Collection, type Document, type Documents } from './documents.ts';
import type { Engine } from './engine.ts';
import { journal, type Journal, type JournalEntry, type JournalName } from './journal.ts';
import { migrate, type Retention } from './migrate.ts';

/** The store, opened: sessions for the parts that must not wait for each other, and the generic tables. */
export interface Store {
  readonly embedded: boolean;
  /** Loads segments; nothing else waits in this session. */
  readonly loader: Engine;
  /** Small writes: documents, journals, findings. */
  readonly writer: Engine;
  /** Reads of the watch. */
  readonly watcher: Engine;
  /** Replays and snapshots: what may take minutes, and keeps nobody waiting. */
  readonly bulk: Engine;
  /** Stores shadow scores, and reads what live shadows score. */
  readonly shadow: Engine;
  /** Answers people, a few at once: read-only, each with caps on time, memory and rows. */
  readonly reader: Engine;
  documents<T extends Document>(collection: Collection): Documents<T>;
  journal<T extends JournalEntry>(name: JournalName): Journal<T>;
  /** Rejects when the engine does not answer. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** Statements that answer people at once. */
const READERS = 3;

/**
 * Opens the store under `directory` (embedded) or at `settings.url`, and brings its schema up to date.
 * @throws when the engine cannot be opened or reached, or its schema is newer than this program
 */
export async function openStore(settings: Config['store'], directory: string): Promise<Store> {
  const retention: Retention = {
    spansDays: settings.spans_days,
    predictionsDays: settings.predictions_days,
    rollupsDays: settings.rollups_days,
    findingsDays: settings.findings_days,
  };
  const sessions = await connect(settings, directory);
  const writer = await sessions.open();
  await migrate(writer, retention, settings.cluster);
  const [loader, watcher, bulk, shadow, reader] = await Promise.all([
    sessions.open(),
    sessions.open(),
    sessions.open({ yields: true }),
    sessions.open({ yields: true }),
    sessions.open({ readOnly: true, atOnce: READERS }),
  ]);
  await goOnAfterStored(watcher);
  return {
    embedded: sessions.embedded,
    loader,
    writer,
    watcher,
    bulk,
    shadow,
    reader,
    documents: (collection) => documents(writer, reader, collection),
    journal: (name) => journal(writer, reader, name),
    ping: async () => {
      await reader.rows('SELECT 1 AS alive');
    },
    close: async () => {
      for (const engine of [loader, watcher, bulk, shadow, reader, writer]) await engine.close();
    },
  };
}
