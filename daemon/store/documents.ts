import type { Engine } from './engine.ts';

/** Tables that hold documents: small things with a life, one row a change, the latest counts. */
const COLLECTIONS = [
  'models',
  'versions',
  'alerts',
  'silences',
  'deliveries',
  'replays',
  'rollouts',
  'retrainings',
  'snapshots',
  'shadows',
  'impacts',
  'references',
] as const;

export type Collection = (typeof COLLECTIONS)[number];

export interface Document {
  readonly id: string;
  readonly model: string;
  readonly state: string;
}

/** What a list of documents is narrowed by; all given conditions hold. */
export interface DocumentFilter {
  readonly model?: string | undefined;
  readonly state?: string | undefined;
  readonly limit?: number | undefined;
}

/** Documents of one collection, newest change first. `T` must survive JSON. */
export interface Documents<T extends Document> {
  /** Stores the document; resolves when the engine has it. */
  put(document: T): Promise<void>;
  putAll(documents: readonly T[]): Promise<void>;
  get(id: string): Promise<T | undefined>;
  list(filter?: DocumentFilter): Promise<T[]>;
}

export function documents<T extends Document>(writer: Engine, reader: Engine, collection: Collection): Documents<T> {
  const parse = (row: { body: string }): T => JSON.parse(row.body) as T;
  const putAll = async (all: readonly T[]): Promise<void> => {
    await writer.insert(
      collection,
      all.map((document) => ({
        id: document.id,
        model: document.model,
        state: document.state,
        updated_at: nextMicrosecond(),
        body: JSON.stringify(document),
      })),
    );
  };
  return {
    put: (document) => putAll([document]),
    putAll,
    async get(id) {
      const found = await reader.rows<{ body: string }>(
        `SELECT body FROM {database}.${collection} FINAL WHERE id = {id:String}`,
        { id },
      );
      return found[0] === undefined ? undefined : parse(found[0]);
    },
    async list(filter = {}) {
      const found = await reader.rows<{ body: string }>(
        `SELECT body FROM {database}.${collection} FINAL
         WHERE ({model:String} = '' OR model = {model:String}) AND ({state:String} = '' OR state = {state:String})
         ORDER BY updated_at DESC LIMIT {limit:UInt32}`,
        { model: filter.model ?? '', state: filter.state ?? '', limit: filter.limit ?? 1000 },
      );
      return found.map(parse);
    },
  };
}

let lastMicrosecond = 0;

/** Lets changes from now on be later than all that are stored: the clock may have been set back since. */
export async function goOnAfterStored(reader: Engine): Promise<void> {
  const latest = COLLECTIONS.map((table) => `SELECT max(updated_at) AS at FROM {database}.${table}`).join(
    ' UNION ALL ',
  );
  const [found] = await reader.rows<{ latest: number }>(
    `SELECT toUnixTimestamp64Micro(max(at)) AS latest FROM (${latest})`,
  );
  lastMicrosecond = Math.max(lastMicrosecond, found?.latest ?? 0);
}

/** The time now in microseconds as text, never the same twice, so that the later of two changes in one millisecond wins. */
export function nextMicrosecond(): string {
  lastMicrosecond = Math.max(lastMicrosecond + 1, Date.now() * 1000);
  return (
    new Date(Math.floor(lastMicrosecond / 1000)).toISOString().replace('T', ' ').slice(0, 23) +
    String(lastMicrosecond % 1000).padStart(3, '0')
  );
}
