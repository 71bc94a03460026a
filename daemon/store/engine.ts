import type { SegmentTraces } from './segment-traces.ts';

/** Values that may stand for a `{name:Type}` placeholder. User text reaches SQL in no other way. */
export type Parameters = Readonly<Record<string, unknown>>;

/**
 * One session with ClickHouse, embedded or a server. A session runs one statement at a time; two sessions run side by side.
 * `{database}` in a statement stands for the configured database.
 */
export interface Engine {
  /** Over tables of copies, which stay as they were made. */
  readonly frozen?: true;
  /** Rows of a SELECT as objects. 64-bit integers come as numbers, NaN as null, DateTime64 as text in UTC. */
  rows<Row>(sql: string, parameters?: Parameters): Promise<Row[]>;
  /** Bytes of a SELECT that names its own FORMAT, such as `RowBinary`. */
  bytes(sql: string, parameters?: Parameters): Promise<Uint8Array>;
  /** Writes a SELECT to a new file in a format such as `Parquet`, without holding it in memory. */
  save(sql: string, format: 'Parquet' | 'Native', file: string, parameters?: Parameters): Promise<void>;
  /** A statement without an answer. */
  run(sql: string, parameters?: Parameters): Promise<void>;
  /** A few rows; for many, see `insertBlocks`. */
  insert(table: string, rows: readonly object[]): Promise<void>;
  /**
   * Inserts a file of one `Native` block with a deduplication token: the same token a second time stores nothing, as long as
   * the engine remembers it. Rejects when the engine has not confirmed.
   * @param doubtful the segment whose rows these are, where the store may have some of them already, however long ago: only
   *   those that it lacks are inserted
   * @param asTheyAre leaves repeats within the file to merges and to reads that look for them, which loads twice as fast
   */
  insertBlocks(
    table: string,
    columns: readonly string[],
    file: string,
    token: string,
    doubtful?: SegmentTraces,
    asTheyAre?: boolean,
  ): Promise<void>;
  close(): Promise<void>;
}
