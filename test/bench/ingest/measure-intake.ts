import { startDaemon } from '../../support/daemon.ts';
import { startClickHouseHttp } from '../../support/clickhouse-http.ts';
import { generate } from './generate.ts';
import type { PartOptions, PartReport } from './ingest.ts';
import { spreadOf } from './median.ts';
import { findRate, SPANS } from './measure-traces.ts';
import { calm, cpuSeconds } from './process-cost.ts';
import { figure, table } from './table.ts';
import { FIRST_RECORD } from './with-daemon.ts';

const SECONDS = 15;

/**
 * Received, decoded, durable, acked: a daemon whose ClickHouse server went away after the start. Everything waits in the
 * spool, decoded and sealed in blocks; nothing of the store's work is in this process.
 */
export async function measureIntake(options: PartOptions): Promise<PartReport> {
  const { progress, found, rounds } = options;
  found.spansPerSecond ??= options.rate ?? (await findRate(progress));
  const costs: number[] = [];
  for (let round = 0; round < rounds; round++) {
    costs.push(await intakeCost(found.spansPerSecond));
    progress(`  round ${round + 1}: ${figure(costs[round]!)} CPU us/span`);
  }
  const { median, least, most } = spreadOf(costs);
  const nop = found.nopMicroseconds;
  const against = nop === undefined ? '-' : figure(nop / median);
  return {
    text: table(
      'Received, decoded, durable, acked: the store is away',
      ['CPU us a span', 'spread', 'spans a CPU-second', "against the collector's nop"],
      [[figure(median), `${figure(least)}-${figure(most)}`, figure(1e6 / median), against]],
    ),
    figures: { microseconds: { median, least, most } },
    bars:
      nop === undefined
        ? []
        : [
            {
              name: 'without the store: spans a CPU-second against the collector that keeps nothing',
              value: nop / median,
              bound: 1.5,
              sense: 'at least',
            },
          ],
  };
}

async function intakeCost(rate: number): Promise<number> {
  const server = await startClickHouseHttp();
  const daemon = await startDaemon({
    log: 'silent',
    store: { url: server.url },
    ingest: { spool_bytes: 64 * 2 ** 30 },
  });
  await server.stop();
  try {
    const pid = daemon.process.pid!;
    const sending = { ...SPANS, url: daemon.otlpHttp, recordsPerSecond: rate, connections: 32 };
    await generate({ ...sending, seconds: 4, first: 0 });
    await calm(pid);
    const before = cpuSeconds(pid);
    const sent = await generate({ ...sending, seconds: SECONDS, first: FIRST_RECORD });
    return (((await calm(pid)) - before) / sent.acked) * 1e6;
  } finally {
    // Its store is gone: it would wait for it.
    daemon.process.kill('SIGKILL');
    await daemon.stop();
  }
}
