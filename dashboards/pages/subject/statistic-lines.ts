import type { Finding } from '../../../daemon/api/contract.ts';

/** What one detector said over time. */
export interface StatisticLine {
  readonly detector: string;
  /** Middle of each window, Unix seconds, ascending. */
  readonly at: readonly number[];
  /** Null where there was too little data. */
  readonly values: readonly (number | null)[];
  /** Limit of the newest finding that has one. */
  readonly limit: number | null;
  readonly newest: Finding;
}

/** Findings of one subject by detector; of several versions in one window the worst counts. Detectors that fail come first. */
export function statisticLines(findings: readonly Finding[]): StatisticLine[] {
  const byDetector = new Map<string, Map<number, Finding>>();
  for (const finding of findings) {
    const windows = byDetector.get(finding.detector) ?? new Map<number, Finding>();
    byDetector.set(finding.detector, windows);
    const middle = (Date.parse(finding.window.from) + Date.parse(finding.window.to)) / 2000;
    const before = windows.get(middle);
    if (!before || rank(finding) > rank(before)) windows.set(middle, finding);
  }
  return [...byDetector]
    .map(([detector, windows]) =>
      lineOf(
        detector,
        [...windows].sort((a, b) => a[0] - b[0]),
      ),
    )
    .filter((line) => line !== null)
    .sort((a, b) => failures(b) - failures(a) || a.detector.localeCompare(b.detector));
}

function lineOf(detector: string, windows: readonly (readonly [number, Finding])[]): StatisticLine | null {
  const newest = windows.at(-1)?.[1];
  if (!newest) return null;
  return {
    detector,
    at: windows.map(([at]) => at),
    values: windows.map(([, finding]) => (finding.state === 'insufficient' ? null : finding.statistic)),
    limit: windows.findLast(([, finding]) => finding.limit !== null)?.[1].limit ?? null,
    newest,
  };
}

function rank({ state }: Finding): number {
  return { fail: 2, pass: 1, insufficient: 0 }[state];
}

function failures({ newest }: StatisticLine): number {
  return newest.state === 'fail' ? 1 : 0;
}
