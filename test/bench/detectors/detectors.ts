import { temporaryStore } from '../../support/temporary.ts';
import type { Bench, BenchReport } from '../bench.ts';
import { spreadOf, type Spread } from '../measure.ts';
import { measureDrift, type DriftCost } from './drift-cost.ts';
import { measureRollups, type RollupCost } from './rollup-cost.ts';
import { measureTicks, type TickCost } from './tick-cost.ts';

const TICK_MS = 60_000;

/** What judging costs: drift out of rollups and raw rows, the rollups themselves, and a look at a thousand models. */
export const detectorsBench: Bench = {
  name: 'detectors',
  what: 'drift from rollups and raw rows, cost of the rollups, a tick over many models (--rows 1000000 --models 100; ~6 min)',
  async run({ rest, progress }) {
    const rows = optionOf(rest, '--rows', 1_000_000);
    const models = optionOf(rest, '--models', 100);
    const opened = await temporaryStore();
    try {
      const rollups = await measureRollups(opened.store, opened.directory, Math.min(rows, 100_000), progress);
      const ticks = await measureTicks(opened.store, { models, features: 100, ticks: 12, minutes: 24 }, progress);
      const drift = await measureDrift(opened.store, { rows, features: 100, rounds: 5 }, progress);
      return report(rows, drift, rollups, ticks);
    } finally {
      await opened.remove();
    }
  },
};

function report(rows: number, drift: DriftCost, rollups: RollupCost, ticks: TickCost): BenchReport {
  const tickMs = spreadOf(ticks.later.map(({ cpuMs }) => cpuMs));
  const text = [
    `Drift of 100 features, ${rows.toLocaleString('en')} rows against as many; ${drift.findings} findings, ${drift.failed} of them failed.`,
    '',
    '| what | median | least | most |',
    '| --- | --- | --- | --- |',
    line('out of the rollups, read and judged', drift.rollupsMs),
    line('out of the raw rows, read and judged', drift.rawMs),
    line('the engine alone: bins of the raw rows', drift.engineMs),
    '',
    `Rebuilding the rollups of ${(2 * rows).toLocaleString('en')} predictions from the raw rows took ${(drift.rebuildCpuMs / 1000).toFixed(1)} CPU-s; features whose counts differ from the raw rows: ${drift.differing}.`,
    '',
    `The whole way of the predictions through the door took ${(rollups.wholeCpuMs / 1000).toFixed(2)} CPU-s, their rollups ${(rollups.rollupCpuMs / 1000).toFixed(2)}; on disk ${megabytes(rollups.rawBytes)} and ${megabytes(rollups.rollupBytes)}.`,
    '',
    `A tick over ${ticks.models.toLocaleString('en')} models of 100 features: ${ticks.findings.toLocaleString('en')} findings, ${(tickMs.median / 1000).toFixed(2)} CPU-s (${(tickMs.least / 1000).toFixed(2)} to ${(tickMs.most / 1000).toFixed(2)}), the first ${(ticks.first.cpuMs / 1000).toFixed(2)}; memory ${megabytes(ticks.rss[0])} and ${ticks.later.length - 1} ticks later ${megabytes(ticks.rss[1])}.`,
  ].join('\n');
  return {
    text,
    figures: { rows, drift, rollups, ticks },
    bars: [
      { name: 'drift of 100 features from rollups, ms', value: drift.rollupsMs.median, bound: 50, sense: 'below' },
      {
        name: 'drift from raw rows, of the minimal query of the engine',
        value: drift.rawMs.median / drift.engineMs.median,
        bound: 1.3,
        sense: 'at most',
      },
      {
        name: 'CPU of the rollups, of the whole way of a prediction',
        value: rollups.rollupCpuMs / rollups.wholeCpuMs,
        bound: 0.2,
        sense: 'below',
      },
      {
        name: 'bytes of the rollups, of the raw rows',
        value: rollups.rollupBytes / rollups.rawBytes,
        bound: 0.1,
        sense: 'below',
      },
      {
        name: 'features whose rebuilt counts differ from the raw rows',
        value: drift.differing,
        bound: 0,
        sense: 'at most',
      },
      {
        name: `a tick over 1,000 models, of one core at 60 s (${ticks.models} measured)`,
        value: ((tickMs.median / TICK_MS) * 1000) / ticks.models,
        bound: 0.1,
        sense: 'below',
      },
      {
        name: 'memory after the last tick, of that after the first',
        value: ticks.rss[1] / ticks.rss[0],
        bound: 1.05,
        sense: 'at most',
      },
    ],
  };
}

/** The number that follows a flag. */
function optionOf(rest: readonly string[], flag: string, otherwise: number): number {
  const at = rest.indexOf(flag);
  if (at < 0) return otherwise;
  const value = Number(rest[at + 1]);
  if (!Number.isInteger(value) || value < 10) throw new Error(`${flag} takes a whole number from 10`);
  return value;
}

function line(what: string, { median, least, most }: Spread): string {
  return `| ${what} | ${[median, least, most].map((ms) => `${ms.toFixed(1)} ms`).join(' | ')} |`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
