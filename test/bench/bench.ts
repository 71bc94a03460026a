/** One benchmark. What it measures against, it measures in the same run: machines differ, ratios hold. */
export interface Bench {
  /** What follows `npm run bench --`. */
  readonly name: string;
  /** One line for `--help`, with the time it takes. */
  readonly what: string;
  /** What it takes, for `--help` behind the name; `what` without it. */
  readonly help?: string;
  run(options: BenchOptions): Promise<BenchReport>;
}

export interface BenchOptions {
  /** Arguments behind the name, without `--json`. */
  readonly rest: readonly string[];
  /** Tells on standard error what is being done. */
  readonly progress: (line: string) => void;
}

export interface BenchReport {
  /** For people: a Markdown table or several, with units. */
  readonly text: string;
  /** The same for machines. */
  readonly figures: Readonly<Record<string, unknown>>;
  readonly bars: readonly Bar[];
}

/** A ratio that is to be reached. */
export interface Bar {
  readonly name: string;
  readonly value: number;
  readonly bound: number;
  readonly sense: 'at least' | 'at most' | 'below';
}

/** Whether a bar is reached; a value that is not finite never is. */
export function reached({ value, bound, sense }: Bar): boolean {
  if (!Number.isFinite(value)) return false;
  if (sense === 'at least') return value >= bound;
  return sense === 'at most' ? value <= bound : value < bound;
}
