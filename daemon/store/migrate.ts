import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Engine } from './engine.ts';

export interface Retention {
  readonly spansDays: number;
  readonly predictionsDays: number;
  readonly rollupsDays: number;
  readonly findingsDays: number;
}

const FOLDER = fileURLToPath(new URL('./migrations', import.meta.url));

/**
 * Brings the schema to the newest numbered migration; each statement is safe to run twice, so a kill in the middle is.
 * @returns the numbers that were applied now
 * @throws when the stored schema is newer than this program
 */
export async function migrate(engine: Engine, retention: Retention, cluster?: string): Promise<number[]> {
  const onCluster = cluster === undefined ? '' : `ON CLUSTER '${cluster}'`;
  await engine.run(`CREATE DATABASE IF NOT EXISTS {database} ${onCluster}`);
  await engine.run(
    `CREATE TABLE IF NOT EXISTS {database}.migrations ${onCluster} (number UInt32, name String, applied_at DateTime DEFAULT now())
     ENGINE = ${cluster === undefined ? 'MergeTree' : 'ReplicatedMergeTree'} ORDER BY number`,
  );
  const applied = new Set(
    (await engine.rows<{ number: number }>('SELECT number FROM {database}.migrations')).map((row) => row.number),
  );
  const known = await migrations();
  const newest = known.at(-1)?.number ?? 0;
  const ahead = Math.max(0, ...applied);
  if (ahead > newest) {
    throw new Error(
      `the stored schema is at migration ${ahead}, this program knows ${newest}: start the newer version of Serin, or use another --data directory`,
    );
  }
  const done: number[] = [];
  for (const { number, name, file } of known) {
    if (applied.has(number)) continue;
    for (const statement of completeStatements(await readFile(file, 'utf8'), retention, cluster))
      await engine.run(statement);
    await engine.insert('migrations', [{ number, name }]);
    done.push(number);
  }
  return done;
}

async function migrations(): Promise<{ number: number; name: string; file: string }[]> {
  const files = (await readdir(FOLDER)).filter((name) => name.endsWith('.sql')).sort();
  return files.map((name) => ({
    number: Number(name.slice(0, 4)),
    name: name.slice(5, -4),
    file: `${FOLDER}/${name}`,
  }));
}

/** The statements of a migration: one set of SQL, whose placeholders make it fit one machine or a cluster. */
export function completeStatements(sql: string, retention: Retention, cluster?: string): string[] {
  const replicated = cluster !== undefined;
  const onCluster = replicated ? `ON CLUSTER '${cluster}'` : '';
  const engine = (name: string): string => (replicated ? `Replicated${name}` : name);
  const filled = sql
    .replaceAll('{on_cluster}', onCluster)
    .replaceAll('{deduplication_window}', `${replicated ? '' : 'non_'}replicated_deduplication_window`)
    .replaceAll('{MergeTree}', engine('MergeTree'))
    .replaceAll('{ReplacingMergeTree}', engine('ReplacingMergeTree'))
    .replaceAll('{AggregatingMergeTree}', engine('AggregatingMergeTree'))
    .replaceAll('{spans_days}', String(retention.spansDays))
    .replaceAll('{predictions_days}', String(retention.predictionsDays))
    .replaceAll('{rollups_days}', String(retention.rollupsDays))
    .replaceAll('{findings_days}', String(retention.findingsDays));
  return filled
    .split(/;\s*$/m)
    .map((statement) => statement.replaceAll(/^--.*$/gm, '').trim())
    .filter((statement) => statement !== '');
}
