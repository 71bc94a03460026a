import { runDaemon } from './daemon-run.ts';
import { generate } from './generate.ts';
import type { PartOptions, PartReport } from './ingest.ts';
import { spreadOf } from './median.ts';
import { calm, cpuSeconds } from './process-cost.ts';
import { startBareServer } from './servers.ts';
import { figure, table } from './table.ts';
import { FIRST_RECORD, withDaemon } from './with-daemon.ts';

/** Requests a second, the same for both servers. */
const REQUESTS = 4000;
const ONE = { load: 'traces', recordsPerRequest: 1, recordsPerSecond: REQUESTS } as const;
const FIFTY = { load: 'traces', recordsPerRequest: 50, recordsPerSecond: 20_000 } as const;

/** Small requests: 50 spans each, and one span each against a bare Node.js server that reads the body and answers. */
export async function measureSmall({ progress, rounds, seconds }: PartOptions): Promise<PartReport> {
  const costs = { fifty: [] as number[], one: [] as number[], bare: [] as number[] };
  const acks: number[] = [];
  let rowsPerPart = NaN;
  for (let round = 0; round < rounds; round++) {
    const fifty = await withDaemon(FIFTY, {}, (daemon) =>
      runDaemon(daemon, { ...FIFTY, seconds, first: FIRST_RECORD }),
    );
    costs.fifty.push(fifty.result.cpuMicrosecondsPerRecord);
    const one = await withDaemon(ONE, {}, (daemon) => runDaemon(daemon, { ...ONE, seconds, first: FIRST_RECORD }));
    costs.one.push(one.result.cpuMicrosecondsPerRecord);
    acks.push(one.result.sent.p99Ms);
    rowsPerPart = (one.store['otel_traces']?.rows ?? NaN) / (one.store['otel_traces']?.parts ?? NaN);
    costs.bare.push(await bareCost(seconds));
    progress(
      `  round ${round + 1}: ${figure(costs.fifty[round]!)} us a span of 50, ${figure(costs.one[round]!)} us a request of one span, ${figure(costs.bare[round]!)} us a request of the bare server`,
    );
  }
  const [fifty, one, bare] = [spreadOf(costs.fifty), spreadOf(costs.one), spreadOf(costs.bare)];
  const rows = [
    ['50 spans a request', figure(fifty.median * 50), figure(fifty.median)],
    ['1 span a request', figure(one.median), figure(one.median)],
    ['bare Node.js HTTP server', figure(bare.median), '-'],
  ];
  const heading = `Small requests: ${figure(REQUESTS)} of one span a second, ${figure(FIFTY.recordsPerSecond)} spans/s in fifties`;
  return {
    text: `${table(heading, ['', 'CPU us a request', 'CPU us a span'], rows)}\n\nOne span a request: ack p99 ${figure(spreadOf(acks).median)} ms, ${figure(rowsPerPart)} rows a part in the end.`,
    figures: { fifty, one, bare, ackP99Ms: spreadOf(acks), rowsPerPart },
    bars: [
      {
        name: 'CPU of a one-span request against a bare HTTP server',
        value: one.median / bare.median,
        bound: 1.5,
        sense: 'at most',
      },
    ],
  };
}

async function bareCost(seconds: number): Promise<number> {
  const server = await startBareServer();
  try {
    const sending = { ...ONE, url: server.url, connections: 32, first: FIRST_RECORD };
    await generate({ ...sending, seconds: 3 });
    const before = cpuSeconds(server.pid);
    const sent = await generate({ ...sending, seconds });
    return (((await calm(server.pid)) - before) / sent.acked) * 1e6;
  } finally {
    await server.stop();
  }
}
