import { nextMicrosecond } from './documents.ts';
import type { Engine } from './engine.ts';

/** Tables of what never changes once written. */
export type JournalName = 'alert_changes' | 'decisions';

export interface JournalEntry {
  readonly id: string;
  /** The alert, or the rollout, that the entry belongs to. */
  readonly owner: string;
  readonly model: string;
}

/** Entries of one journal; `T` must survive JSON. */
export interface Journal<T extends JournalEntry> {
  append(entries: readonly T[]): Promise<void>;
  get(owner: string, id: string): Promise<T | undefined>;
  /**
   * The newest `limit` entries of one owner (or of all, for an empty owner), oldest first.
   * @param before id of an entry: only what was written before it
   */
  list(owner: string, limit?: number, before?: string): Promise<T[]>;
}

export function journal<T extends JournalEntry>(writer: Engine, reader: Engine, name: JournalName): Journal<T> {
  return {
    async append(entries) {
      await writer.insert(
        name,
        entries.map((entry) => ({
          id: entry.id,
          owner: entry.owner,
          model: entry.model,
          at: nextMicrosecond(),
          body: JSON.stringify(entry),
        })),
      );
    },
    async get(owner, id) {
      const [row] = await reader.rows<{ body: string }>(
        `SELECT body FROM {database}.${name} FINAL WHERE owner = {owner:String} AND id = {id:String}`,
        { owner, id },
      );
      return row === undefined ? undefined : (JSON.parse(row.body) as T);
    },
    async list(owner, limit = 1000, before) {
      const earlier = `AND at < (SELECT min(at) FROM {database}.${name} FINAL WHERE ({owner:String} = '' OR owner = {owner:String}) AND id = {before:String})`;
      const found = await reader.rows<{ body: string }>(
        `SELECT body FROM {database}.${name} FINAL WHERE ({owner:String} = '' OR owner = {owner:String}) ${before === undefined ? '' : earlier}
         ORDER BY at DESC LIMIT {limit:UInt32}`,
        { owner, limit, ...(before === undefined ? {} : { before }) },
      );
      return found.reverse().map((row) => JSON.parse(row.body) as T);
    },
  };
}
