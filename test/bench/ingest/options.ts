import { parseArgs } from 'node:util';

const PARTS = ['traces', 'latency', 'small', 'intake', 'predictions', 'overload'] as const;
/** A part of the benchmark: see `HELP`. */
export type Part = (typeof PARTS)[number];

export interface IngestBenchOptions {
  readonly seconds: number;
  readonly rounds: number;
  readonly parts: ReadonlySet<Part>;
  /** Records a second instead of a search for the highest rate. */
  readonly rate: number | undefined;
}

export const HELP = `npm run bench -- ingest [--json] [--seconds 30] [--rounds 3] [--rate N] [--only PART[,PART…]]

  traces       500 spans a request: the daemon, the bare engine, the collector
  latency      acks, time to queryable and the API at half of the highest rate
  small        50 spans a request, and one span a request against a bare HTTP server
  intake       received, decoded, durable, acked, while the store is away
  predictions  50 features, NDJSON and OTLP, against the engine's own JSON
  overload     twice the highest rate, for --seconds; only when it is asked for

  --rate       skip the search for the highest rate: records a second of the parts that are run`;

/** @throws with the help for arguments that are not known */
export function readOptions(rest: readonly string[]): IngestBenchOptions {
  const { values } = parseArgs({
    args: [...rest],
    options: {
      seconds: { type: 'string', default: '30' },
      rounds: { type: 'string', default: '3' },
      rate: { type: 'string' },
      only: { type: 'string', default: PARTS.filter((part) => part !== 'overload').join(',') },
    },
  });
  const parts = values.only.split(',').map((name) => PARTS.find((part) => part === name) ?? unknown(name));
  const number = (name: 'seconds' | 'rounds'): number => {
    const value = Number(values[name]);
    if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} is a whole number from 1 on\n\n${HELP}`);
    return value;
  };
  const rate = values.rate === undefined ? undefined : Number(values.rate);
  return { seconds: number('seconds'), rounds: number('rounds'), parts: new Set(parts), rate };
}

function unknown(name: string): never {
  throw new Error(`there is no part "${name}"\n\n${HELP}`);
}
