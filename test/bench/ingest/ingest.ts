import type { Bar, Bench, BenchReport } from '../bench.ts';
import { measureIntake } from './measure-intake.ts';
import { measureLatency } from './measure-latency.ts';
import { measureOverload } from './measure-overload.ts';
import { measurePredictions } from './measure-predictions.ts';
import { measureSmall } from './measure-small.ts';
import { measureTraces } from './measure-traces.ts';
import { HELP, readOptions, type IngestBenchOptions, type Part } from './options.ts';

/** What one part found. */
export interface PartReport {
  /** A Markdown table with a heading. */
  readonly text: string;
  readonly figures: unknown;
  readonly bars: readonly Bar[];
}

/** What parts hand on to later ones. */
export interface Found {
  /** Spans a second that the daemon takes without falling behind, 500 a request. */
  spansPerSecond: number | undefined;
  /** CPU microseconds a span of the collector's pipeline that keeps nothing. */
  nopMicroseconds: number | undefined;
}

export interface PartOptions extends IngestBenchOptions {
  readonly progress: (line: string) => void;
  readonly found: Found;
}

const MEASURES: readonly (readonly [Part, (options: PartOptions) => Promise<PartReport>])[] = [
  ['traces', measureTraces],
  ['latency', measureLatency],
  ['small', measureSmall],
  ['intake', measureIntake],
  ['predictions', measurePredictions],
  ['overload', measureOverload],
];

export const ingest: Bench = {
  name: 'ingest',
  what: 'the way in, from the socket to the table, against a collector and the bare engine (about 25 minutes; --help)',
  help: HELP,
  async run({ rest, progress }): Promise<BenchReport> {
    const options = {
      ...readOptions(rest),
      progress,
      found: { spansPerSecond: undefined, nopMicroseconds: undefined },
    };
    const reports: [Part, PartReport][] = [];
    for (const [part, measure] of MEASURES) {
      if (!options.parts.has(part)) continue;
      progress(`${part}:`);
      reports.push([part, await measure(options)]);
    }
    return {
      text: reports.map(([, { text }]) => text).join('\n\n'),
      figures: Object.fromEntries(reports.map(([part, { figures }]) => [part, figures])),
      bars: reports.flatMap(([, { bars }]) => bars),
    };
  },
};
