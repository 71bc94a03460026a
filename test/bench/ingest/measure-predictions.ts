import type { Load } from './bodies.ts';
import { kept, runDaemon, type DaemonRun } from './daemon-run.ts';
import { engineWork } from './engine-work.ts';
import { highestRate } from './highest-rate.ts';
import type { PartOptions, PartReport } from './ingest.ts';
import { spreadOf } from './median.ts';
import { figure, table } from './table.ts';
import { FIRST_RECORD, withDaemon } from './with-daemon.ts';

const RECORDS = 100;
const FIRST_GUESS = 4000;
/** The engine's own JSON is slower, and is not to be measured while it falls behind. */
const STEADY = 0.6;

/** The ways in, by the load that goes there. */
const WAYS = {
  'predictions-ndjson': 'NDJSON, port of OTLP/HTTP',
  'predictions-api': 'NDJSON, port of the API',
  'predictions-otlp': 'OTLP log records',
} as const;
const LOADS = ['predictions-ndjson', 'predictions-api', 'predictions-otlp'] as const;

/** Predictions of 50 features: NDJSON and OTLP against the engine's own JSON with the rollups counted by views. */
export async function measurePredictions({ progress, rounds, seconds, rate: given }: PartOptions): Promise<PartReport> {
  const highest = given ?? (await findRate(progress));
  const rate = Math.round(highest * (given === undefined ? STEADY : 1));
  const costs = { ...byLoad((): number[] => []), engine: [] as number[] };
  const runs: DaemonRun[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const load of LOADS) {
      const run = await daemonRun(load, rate, seconds);
      runs.push(run);
      costs[load].push(run.cpuMicrosecondsPerRecord);
    }
    const engine = await engineWork({ kind: 'json', rowsPerSecond: rate, seconds });
    costs.engine.push((engine.cpuSeconds / (engine.tables['predictions']?.rows ?? NaN)) * 1e6);
    const ways = LOADS.map((load) => `${WAYS[load]} ${figure(costs[load][round]!)}`).join(', ');
    progress(`  round ${round + 1}, ${rate} predictions/s: ${ways}, engine ${figure(costs.engine[round]!)} CPU us`);
  }
  const spreads = { ...byLoad((load) => spreadOf(costs[load])), engine: spreadOf(costs.engine) };
  const rows = Object.entries(spreads).map(([who, { median, least, most }]) => [
    { ...WAYS, engine: "the engine's JSONEachRow, rollups by views" }[who] ?? who,
    figure(median),
    `${figure(least)}-${figure(most)}`,
    figure(1e6 / median),
    figure(spreads.engine.median / median),
  ]);
  const columns = ['', 'CPU us a prediction', 'spread', 'predictions a CPU-second', 'times the engine'];
  const heading = `Predictions, 40 numbers and 10 texts, ${RECORDS} a request, ${figure(rate)}/s`;
  return {
    text: `${table(heading, columns, rows)}\n\nHighest rate without backlog, NDJSON: ${figure(highest)}/s. Kept up in ${runs.filter(kept).length} of ${runs.length} runs.`,
    figures: { highest, rate, costs: spreads },
    bars: [
      {
        name: "NDJSON predictions a CPU-second against the engine's JSON",
        value: spreads.engine.median / spreads['predictions-ndjson'].median,
        bound: 1.5,
        sense: 'at least',
      },
      {
        name: "OTLP predictions a CPU-second against the engine's JSON",
        value: spreads.engine.median / spreads['predictions-otlp'].median,
        bound: 2,
        sense: 'at least',
      },
    ],
  };
}

function byLoad<Value>(valueOf: (load: (typeof LOADS)[number]) => Value): Record<(typeof LOADS)[number], Value> {
  return Object.fromEntries(LOADS.map((load) => [load, valueOf(load)])) as Record<(typeof LOADS)[number], Value>;
}

async function findRate(progress: (line: string) => void): Promise<number> {
  const plan = { load: 'predictions-ndjson', recordsPerRequest: RECORDS } as const;
  const { result } = await withDaemon({ ...plan, recordsPerSecond: FIRST_GUESS / 2 }, {}, (daemon) =>
    highestRate(daemon, { ...plan, first: FIRST_RECORD }, FIRST_GUESS, progress),
  );
  return result;
}

async function daemonRun(load: Load, rate: number, seconds: number): Promise<DaemonRun> {
  const plan = { load, recordsPerRequest: RECORDS, recordsPerSecond: rate };
  const { result } = await withDaemon(plan, {}, (daemon) =>
    runDaemon(daemon, { ...plan, seconds, first: FIRST_RECORD }),
  );
  return result;
}
