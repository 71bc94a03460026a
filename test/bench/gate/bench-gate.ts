import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PACKAGE_ROOT } from '../../../daemon/package-root.ts';
import type { Bar, Bench } from '../bench.ts';
import type { Row } from './row.ts';
import { simulateLatency } from './simulate-latency.ts';
import { simulateRollouts, type Story } from './simulate-rollouts.ts';
import { ALPHA, simulateShares } from './simulate-shares.ts';
import { asTable, storiesAsTable } from './table.ts';

const RUNS = 2000;
/** Where harm is found, a tenth of the runs tells the median as well. */
const HARMED_RUNS = 200;
/** Whole rollouts: 200 tell a share of 5 % to within 3 points. */
const STORY_RUNS = 200;
const TIMES = [0, 1, 2, 4] as const;

/** Shares of bad events: base rate, and the harm that is still accepted. */
const RATES = [
  [0.5, 0.02],
  [0.05, 0.01],
  [0.005, 0.0025],
  [0.001, 0.001],
] as const;

export const gateBench: Bench = {
  name: 'gate',
  what: 'false alarms and power of the gate, simulated beside three other methods; writes docs/gate.md (4 min of one core)',
  run: async ({ rest, progress }) => {
    const scale = rest.includes('--short') ? 0.05 : 1;
    const { rows, stories } = simulateAll(scale, progress);
    const text = `${asTable(rows)}\n\n${storiesAsTable(stories)}`;
    if (scale === 1) await writeBetweenMarkers(join(PACKAGE_ROOT, 'docs/gate.md'), text);
    return { text, figures: { rows, stories }, bars: barsOf(rows, stories) };
  },
};

/** @param scale of the number of runs; 1 gives the published figures */
export function simulateAll(
  scale: number,
  progress: (line: string) => void,
): { readonly rows: readonly Row[]; readonly stories: readonly Story[] } {
  const rows: Row[] = [];
  const add = (row: Row): void => {
    rows.push(row);
    progress(`${row.name}, harm of ${row.times} margins: found in ${(row.found.gate * 100).toFixed(1)} %`);
  };
  const runsOf = (times: number): number => Math.ceil(scale * (times > 1 ? HARMED_RUNS : RUNS));
  for (const [rate, margin] of RATES)
    for (const kind of ['paired', 'unpaired'] as const)
      for (const times of TIMES) add(simulateShares({ rate, margin, kind, times, runs: runsOf(times) }));
  for (const quantile of [0.5, 0.95, 0.99] as const)
    for (const times of TIMES) add(simulateLatency({ quantile, margin: 0.25, times, runs: runsOf(times) }));
  const stories = [
    { name: 'nothing wrong' },
    { name: '10x latency of 5 % of the requests', slowShare: 0.05 },
    { name: '6 points more errors in one of twenty slices (5 % of the traffic)', errorsInSlice: 0.06 },
  ].map((harm) => {
    progress(`rollouts: ${harm.name}`);
    return simulateRollouts(harm, Math.ceil(scale * STORY_RUNS), 10);
  });
  return { rows, stories };
}

export function barsOf(rows: readonly Row[], stories: readonly Story[]): readonly Bar[] {
  const quiet = rows.filter(({ times }) => times <= 1);
  const doubled = rows.filter(({ times }) => times === 2);
  const [same, ...harmed] = stories;
  return [
    {
      name: 'false rollbacks in 100 looks, no harm or harm at the margin, the worst of all settings',
      value: Math.max(...quiet.map(({ found }) => found.gate)),
      bound: ALPHA,
      sense: 'at most',
    },
    {
      name: 'median events to find twice the margin, of those of a fixed test with 90 % power, the worst of all settings',
      value: Math.max(...doubled.map(({ medianEvents, fixedEvents }) => medianEvents / fixedEvents)),
      bound: 1.5,
      sense: 'at most',
    },
    {
      name: 'rollouts with nothing wrong, rolled back',
      value: same?.rolledBack ?? NaN,
      bound: ALPHA,
      sense: 'at most',
    },
    ...harmed.map(({ name, rolledBack }): Bar => ({
      name: `rolled back: ${name}`,
      value: rolledBack,
      bound: 0.9,
      sense: 'at least',
    })),
  ];
}

const [BEGIN, END] = ['<!-- made by: npm run bench -- gate -->', '<!-- end of what the benchmark made -->'];

async function writeBetweenMarkers(file: string, text: string): Promise<void> {
  const [before, rest] = (await readFile(file, 'utf8')).split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) throw new Error(`${file} has no markers for the table`);
  await writeFile(file, `${before}${BEGIN}\n\n${text}\n\n${END}${after}`);
}
