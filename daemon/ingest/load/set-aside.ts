import type { Load } from './load.ts';
import type { LoadFailure } from '../../store/store-fault.ts';

/** A segment that the store refused so often that it waits for a command. Its bodies and blocks stay in the spool. */
export interface SetAside {
  readonly segment: string;
  /** Unix milliseconds. */
  readonly setAsideAt: number;
  /** When its first body was received, in Unix milliseconds. */
  readonly firstReceivedAt: number;
  readonly tries: number;
  /** Of its blocks. */
  readonly bytes: number;
  readonly tables: readonly SetAsideTable[];
}

export interface SetAsideTable {
  readonly table: string;
  readonly rows: number;
  readonly state: 'loaded' | 'refused';
  /** ClickHouse's number of the error; null where it gave none, or the store has the rows. */
  readonly code: number | null;
  /** Null where the store has the rows. */
  readonly reason: string | null;
}

/** What came of a try by command. */
export interface Retried {
  readonly segment: string;
  readonly state: 'loaded' | 'refused';
  readonly tables: readonly SetAsideTable[];
}

export function toSetAside(load: Load): SetAside {
  const { sealed, tries, setAsideAt } = load;
  const { name: segment, firstReceivedAt, bytes } = sealed;
  return { segment, setAsideAt: setAsideAt ?? 0, firstReceivedAt, tries, bytes, tables: tablesOf(load) };
}

export function tablesOf({ sealed, confirmed, failures }: Load): SetAsideTable[] {
  return sealed.tables.map(({ table, rows }) => {
    if (confirmed.has(table)) return { table, rows, state: 'loaded', code: null, reason: null };
    const { code, reason }: LoadFailure = failures.get(table) ?? { code: null, reason: 'not offered yet' };
    return { table, rows, state: 'refused', code, reason };
  });
}

/** How many segments are set aside, and how many rows of each table the store lacks because of it. */
export function countSetAside(all: readonly SetAside[]): { segments: number; rows: Record<string, number> } {
  const rows: Record<string, number> = {};
  for (const { tables } of all)
    for (const { table, state, rows: count } of tables)
      if (state === 'refused') rows[table] = (rows[table] ?? 0) + count;
  return { segments: all.length, rows };
}
