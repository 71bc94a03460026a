import { join } from 'node:path';
import { readHistograms } from '../../../daemon/store/histograms.ts';
import { readRawHistograms } from '../../../daemon/store/raw-histograms.ts';
import { rebuildRollups } from '../../../daemon/store/rebuild-rollups.ts';
import type { Engine } from '../../../daemon/store/engine.ts';
import { findDetector } from '../../../detectors/find-detector.ts';
import { completeSettings } from '../../../detectors/settings.ts';
import type { Histogram, Window } from '../../../detectors/terms.ts';
import { temporaryStore } from '../../support/temporary.ts';
import type { Bench, BenchReport } from '../bench.ts';
import { judgeAll } from '../detectors/drift-cost.ts';
import { stretches } from '../detectors/predictions.ts';
import { inTurns, spreadOf, type Spread } from '../measure.ts';
import { askPeers, pythonWithPeers, type PeerAnswer } from './python-peers.ts';

const MODEL = 'peers';
const NUMBERS = 40;
const CATEGORIES = ['device', 'region'];
const SAME = 1e-6;

/** Drift of the same Parquet files beside Evidently and NannyML. */
export const peersBench: Bench = {
  name: 'peers',
  what: 'drift beside Evidently and NannyML on the same Parquet files; needs Python (--rows 500000; ~8 min)',
  async run({ rest, progress }) {
    const at = rest.indexOf('--rows');
    const rows = at < 0 ? 500_000 : Number(rest[at + 1]);
    if (!Number.isInteger(rows) || rows < 1000) throw new Error('--rows takes a whole number from 1000');
    const peers = await pythonWithPeers(progress);
    if ('missing' in peers) return { text: `Not compared: ${peers.missing}.`, figures: peers, bars: [] };
    const opened = await temporaryStore();
    try {
      const { bulk, watcher } = opened.store;
      const files = { reference: join(opened.directory, 'r.parquet'), window: join(opened.directory, 'w.parquet') };
      const { reference, window, month } = stretches();
      progress(`writing two files of ${rows.toLocaleString('en')} rows and reading them into the store`);
      await bulk.save(MADE(1, 0), 'Parquet', files.reference, { rows });
      await bulk.save(MADE(1.2, 1), 'Parquet', files.window, { rows });
      await load(bulk, files.reference, reference, rows);
      await load(bulk, files.window, window, rows);
      await rebuildRollups(bulk, month, () => []);
      progress('judging');
      const raw = (stretch: Window) => readRawHistograms(watcher, MODEL, stretch).then(byName);
      const rollups = (stretch: Window) => readHistograms(watcher, MODEL, stretch, { kind: 'feature' }).then(byName);
      const costs = await inTurns(5, {
        raw: async () => judgeAll(await raw(reference), await raw(window)),
        rollups: async () => judgeAll(await rollups(reference), await rollups(window)),
      });
      const [before, after] = [await raw(reference), await raw(window)];
      progress('Evidently and NannyML');
      const answer = await askPeers(peers.python, files.reference, files.window);
      const cpu = {
        raw: spreadOf(costs.raw.map(({ cpuMs }) => cpuMs)),
        rollups: spreadOf(costs.rollups.map(({ cpuMs }) => cpuMs)),
      };
      return report(rows, answer, cpu, differencesOf(answer, before, after));
    } finally {
      await opened.remove();
    }
  },
};

/** Rows of a file: log-normal numbers and two categories, one of them missing now and then; the same each run. */
const MADE = (scale: number, seed: number): string => {
  const uniform = (salt: string): string => `(cityHash64(number, ${salt}, ${seed}) / 18446744073709551615)`;
  const numbers = Array.from(
    { length: NUMBERS },
    (_, at) =>
      `round(exp(2 + 2.4 * (${uniform(`${at}, 1`)} + ${uniform(`${at}, 2`)} + ${uniform(`${at}, 3`)} - 1.5)) * ${at % 10 === 0 ? scale : 1}, 2) AS f${at}`,
  );
  return `SELECT ${numbers.join(', ')},
    if(${uniform(`'d'`)} < ${0.02 + seed / 50}, NULL, ['phone', 'desktop', 'tablet'][1 + toUInt32(floor(${uniform(`'e'`)} * ${3 - seed / 2}))]) AS device,
    ['EU', 'US', 'UK', 'JP', 'BR'][1 + toUInt32(floor(pow(${uniform(`'r'`)}, ${1 + seed / 5}) * 5))] AS region
    FROM numbers({rows:UInt64})`;
};

async function load(engine: Engine, file: string, window: Window, rows: number): Promise<void> {
  const names = Array.from({ length: NUMBERS }, (_, at) => `f${at}`);
  await engine.run(
    `INSERT INTO {database}.predictions (timestamp, model, version, role, prediction_id, numbers_given, categories, score, received_at, segment)
     SELECT fromUnixTimestamp64Milli(toInt64({from:Int64} + intDiv(n * 3600000, {rows:UInt64}))) AS timestamp, {model:String}, 'v1', 'control', concat(toString({from:Int64}), '-', toString(n)),
            map(${names.map((name) => `'${name}', assumeNotNull(${name})`).join(', ')}),
            mapFilter((name, value) -> value != '', map(${CATEGORIES.map((name) => `'${name}', ifNull(${name}, '')`).join(', ')})), 0.5, timestamp, 1
     FROM (SELECT *, rowNumberInAllBlocks() AS n FROM file({file:String}, 'Parquet'))`,
    { from: window.from, rows, model: MODEL, file },
  );
}

function byName(found: readonly { readonly name: string; readonly histogram: Histogram }[]): Map<string, Histogram> {
  return new Map(found.map(({ name, histogram }) => [name, histogram]));
}

/** The largest difference of each statistic whose definition is the same: of the shares of categories. */
function differencesOf(
  { statistics }: PeerAnswer,
  reference: ReadonlyMap<string, Histogram>,
  window: ReadonlyMap<string, Histogram>,
): Record<string, number> {
  const differences: Record<string, number> = {};
  for (const [feature, theirs] of Object.entries(statistics)) {
    const [before, after] = [reference.get(feature), window.get(feature)];
    for (const [statistic, value] of Object.entries(theirs)) {
      const ours = statistic === 'missing' ? after && after.missing / after.count : judged(statistic, before, after);
      differences[statistic] = Math.max(differences[statistic] ?? 0, Math.abs((ours ?? NaN) - value));
    }
  }
  return differences;
}

function judged(name: string, reference: Histogram | undefined, window: Histogram | undefined): number {
  const detector = findDetector(name);
  if (detector === undefined || reference === undefined || window === undefined) return NaN;
  return detector.judge(reference, window, completeSettings(detector, {}).settings).statistic ?? NaN;
}

function report(
  rows: number,
  answer: PeerAnswer,
  cpu: { readonly raw: Spread; readonly rollups: Spread },
  differences: Readonly<Record<string, number>>,
): BenchReport {
  const { evidently, nannyml, versions } = answer;
  const seconds = (ms: number): string => `${(ms / 1000).toPrecision(3)} s`;
  const ratio = (theirs: number, ours: Spread): number => theirs / ours.median;
  const text = [
    `${NUMBERS} numeric and ${CATEGORIES.length} categorical features, ${rows.toLocaleString('en')} rows against as many; CPU of the whole process.`,
    '',
    '| | CPU | from raw rows | from rollups |',
    '| --- | --- | --- | --- |',
    `| Serin, every default detector of features | | ${seconds(cpu.raw.median)} (${seconds(cpu.raw.least)} to ${seconds(cpu.raw.most)}) | ${seconds(cpu.rollups.median)} (${seconds(cpu.rollups.least)} to ${seconds(cpu.rollups.most)}) |`,
    `| Evidently ${versions.evidently}, default drift preset | ${seconds(evidently.cpuMs)} | ${ratio(evidently.cpuMs, cpu.raw).toFixed(0)}x | ${ratio(evidently.cpuMs, cpu.rollups).toFixed(0)}x |`,
    `| NannyML ${versions.nannyml}, Jensen-Shannon | ${seconds(nannyml.cpuMs)} | ${ratio(nannyml.cpuMs, cpu.raw).toFixed(1)}x | ${ratio(nannyml.cpuMs, cpu.rollups).toFixed(0)}x |`,
    '',
    `Largest difference of statistics with one definition (categories, NannyML): ${Object.entries(differences)
      .map(([name, value]) => `${name} ${value.toExponential(1)}`)
      .join(', ')}.`,
  ].join('\n');
  return {
    text,
    figures: { rows, answer, cpu, differences },
    bars: [
      {
        name: 'Evidently over Serin from raw rows',
        value: ratio(evidently.cpuMs, cpu.raw),
        bound: 100,
        sense: 'at least',
      },
      { name: 'NannyML over Serin from raw rows', value: ratio(nannyml.cpuMs, cpu.raw), bound: 4, sense: 'at least' },
      {
        name: 'Evidently over Serin from rollups',
        value: ratio(evidently.cpuMs, cpu.rollups),
        bound: 1000,
        sense: 'at least',
      },
      {
        name: 'NannyML over Serin from rollups',
        value: ratio(nannyml.cpuMs, cpu.rollups),
        bound: 100,
        sense: 'at least',
      },
      ...Object.entries(differences).map(([name, value]) => ({
        name: `difference of ${name}`,
        value,
        bound: SAME,
        sense: 'at most' as const,
      })),
    ],
  };
}
