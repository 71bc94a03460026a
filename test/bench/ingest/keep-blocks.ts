import { linkSync, mkdirSync, readdirSync, readFileSync, watch } from 'node:fs';
import { join } from 'node:path';
import type { TimedFile } from './engine-work.ts';

/** Blocks as a daemon sealed them, and how many rows of each table they hold. */
export interface KeptBlocks {
  readonly files: readonly TimedFile[];
  readonly rows: Readonly<Record<string, number>>;
}

interface Sealed {
  readonly tables: readonly {
    readonly table: string;
    readonly columns: readonly string[];
    readonly rows: number;
    readonly file: string;
  }[];
}

/** Gives every block that appears in a spool a second name in `folder`, before the daemon removes the first. */
export function keepBlocks(spool: string, folder: string): { end(): Promise<KeptBlocks> } {
  mkdirSync(folder, { recursive: true });
  const files: TimedFile[] = [];
  const rows: Record<string, number> = {};
  const seen = new Set<string>();
  let began: number | undefined;
  const keep = (name: string): void => {
    if (!name.endsWith('.ready') || seen.has(name)) return;
    try {
      const { tables } = JSON.parse(readFileSync(join(spool, name), 'utf8')) as Sealed;
      const linked = tables.map((entry) => {
        const file = join(folder, `${name}.${entry.table}`);
        linkSync(entry.file, file);
        return { ...entry, file };
      });
      seen.add(name);
      began ??= performance.now();
      const atMs = performance.now() - began;
      for (const { table, columns, file, rows: more } of linked) {
        files.push({ atMs, table, columns, file });
        rows[table] = (rows[table] ?? 0) + more;
      }
    } catch {
      // Loaded and removed before it was seen: one block less to compare with.
    }
  };
  const look = (): void => readdirSync(spool).forEach(keep);
  const watcher = watch(spool, (_event, name) => {
    if (name !== null) keep(name);
  });
  const timer = setInterval(look, 50);
  return {
    end: async () => {
      clearInterval(timer);
      look();
      watcher.close();
      return { files, rows };
    },
  };
}
