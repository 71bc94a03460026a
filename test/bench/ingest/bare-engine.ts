/** The engine without the daemon. As a program: reads an `EngineWork` from standard input, prints an `EngineResult`. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { defaultConfig } from '../../../daemon/config/config.ts';
import type { Engine } from '../../../daemon/store/engine.ts';
import { openStore } from '../../../daemon/store/store.ts';
import { temporaryDirectory } from '../../support/temporary.ts';
import { contents } from './bodies.ts';
import type { EngineResult, EngineWork, TimedFile } from './engine-work.ts';
import { calm, cpuSeconds } from './process-cost.ts';

const COLUMNS: Readonly<Record<string, string>> = {
  timestamp: 'Int64',
  model: 'LowCardinality(String)',
  version: 'LowCardinality(String)',
  role: 'LowCardinality(String)',
  prediction_id: 'String',
  numbers: 'Map(LowCardinality(String), Float64)',
  categories: 'Map(LowCardinality(String), String)',
  score: 'Nullable(Float64)',
  decision: 'LowCardinality(String)',
  value: 'Nullable(Float64)',
  latency_ms: 'Nullable(Float64)',
  tags: 'Map(LowCardinality(String), String)',
  received_at: 'Int64',
  segment: 'UInt64',
};

const work = (await json(process.stdin)) as EngineWork;
const temporary = await temporaryDirectory();
const store = await openStore(defaultConfig().store, work.kind === 'look' ? work.directory : temporary.path);
const { loader } = store;
let cost = 0;
if (work.kind === 'blocks') cost = await costOf(() => insertAll(work.files));
else if (work.kind === 'json') {
  const files = await writeJson(work.rowsPerSecond, work.seconds);
  await createViews(loader);
  cost = await costOf(() => insertJson(files));
}
const tables = await look(loader);
await temporary.remove();
process.stdout.write(JSON.stringify({ cpuSeconds: cost, tables } satisfies EngineResult), () => process.exit(0));

async function costOf(act: () => Promise<void>): Promise<number> {
  const before = cpuSeconds(process.pid);
  await act();
  return (await calm(process.pid)) - before;
}

async function insertAll(files: readonly TimedFile[]): Promise<void> {
  const began = performance.now();
  for (const [number, { atMs, table, columns, file }] of files.entries()) {
    await sleep(Math.max(0, began + atMs - performance.now()));
    await loader.insertBlocks(table, columns, file, `bare-${number}`);
  }
}

/** A file a second; the features are told apart for the engine already, which the door does by itself. */
async function writeJson(rowsPerSecond: number, seconds: number): Promise<string[]> {
  const rows = contents(Math.min(rowsPerSecond, 2000), 1).map(({ numbers, texts, region, latencyMs, ...answer }) =>
    JSON.stringify({
      ...answer,
      model: 'card-fraud',
      version: 'v1',
      role: 'control',
      latency_ms: latencyMs,
      numbers,
      categories: texts,
      tags: { region },
    }).slice(1),
  );
  const files = [];
  for (let second = 0; second < seconds; second++) {
    const now = Date.now() + second * 1000;
    const file = join(temporary.path, `rows-${second}.json`);
    const lines = Array.from({ length: rowsPerSecond }, (_, at) => {
      const id = String(second * rowsPerSecond + at).padStart(16, '0');
      return `{"prediction_id":"${id}","timestamp":${now},"received_at":${now},"segment":${second},${rows[at % rows.length]!}\n`;
    });
    await writeFile(file, lines.join(''));
    files.push(file);
  }
  return files;
}

async function insertJson(files: readonly string[]): Promise<void> {
  const names = Object.keys(COLUMNS);
  const into = names.map((name) => (name === 'numbers' ? 'numbers_given' : name));
  const structure = names.map((name) => `${name} ${COLUMNS[name]}`).join(', ');
  const values = names.map((name) =>
    COLUMNS[name] === 'Int64' ? `fromUnixTimestamp64Milli(${name}, 'UTC') AS ${name}_` : name,
  );
  const began = performance.now();
  for (const [second, file] of files.entries()) {
    await sleep(Math.max(0, began + second * 1000 - performance.now()));
    await loader.run(
      `INSERT INTO {database}.predictions (${into.join(', ')})
       SELECT ${values.join(', ')} FROM file('${file}', 'JSONEachRow', '${structure}')`,
    );
  }
}

/** The rollups of the door, without what is missing: counted by bin first, then put into one map a minute. */
async function createViews(engine: Engine): Promise<void> {
  const bin = (value: string): string => `toInt32(bitShiftRight(reinterpretAsUInt64(${value}), 47))`;
  const kinds = {
    numbers: [
      'feature',
      'name',
      bin('feature'),
      "ARRAY JOIN arrayPopBack(arrayPopFront(splitByChar('\\xFF', number_names))) AS name, number_values AS feature",
    ],
    categories: [
      'feature',
      'name',
      'feature',
      'ARRAY JOIN mapKeys(categories) AS name, mapValues(categories) AS feature',
    ],
    score: ['score', "''", bin('assumeNotNull(score)'), 'WHERE score IS NOT NULL'],
    latency: ['latency', "''", bin('assumeNotNull(latency_ms)'), 'WHERE latency_ms IS NOT NULL'],
    decision: ['decision', "''", 'toString(decision)', "WHERE decision != ''"],
  } as const;
  for (const [view, [kind, name, code, from]] of Object.entries(kinds)) {
    const text = view === 'categories' || view === 'decision';
    const map = `CAST((groupArray(code), groupArray(n)), 'Map(${text ? 'String' : 'Int32'}, UInt64)')`;
    await engine.run(
      `CREATE MATERIALIZED VIEW {database}.${view}_view TO {database}.prediction_minutes AS
       SELECT model, version, 'all' AS slice, '${kind}' AS kind, name_ AS name, bucket, sum(n) AS count,
              ${map} AS ${text ? 'categories' : 'numbers'}
       FROM (SELECT model, version, ${name} AS name_, toStartOfMinute(timestamp) AS bucket, ${code} AS code, count() AS n
             FROM {database}.predictions ${from} GROUP BY ALL)
       GROUP BY model, version, name_, bucket`,
    );
  }
}

async function look(engine: Engine): Promise<EngineResult['tables']> {
  const rows = await engine.rows<{ table: string; rows: number; bytes: number; parts: number }>(
    `SELECT table, sum(rows) AS rows, sum(bytes_on_disk) AS bytes, count() AS parts FROM system.parts
     WHERE database = {name:String} AND active GROUP BY table`,
    { name: defaultConfig().store.database },
  );
  return Object.fromEntries(rows.map(({ table, ...rest }) => [table, rest]));
}
