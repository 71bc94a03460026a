/** What is simulated: a harm of so many times the margin. */
export interface Setting {
  readonly margin: number;
  readonly times: 0 | 1 | 2 | 4;
  readonly runs: number;
}

/** What every method found in the same runs; shares of the runs. */
export interface Row {
  readonly name: string;
  readonly margin: number;
  readonly times: number;
  readonly runs: number;
  readonly found: {
    readonly gate: number;
    /** A z-test at each of the looks. */
    readonly repeated: number;
    /** One z-test, 90 % power at twice the margin. */
    readonly fixed: number;
    /** Mann-Whitney, confidence 0.98, tolerance 0.25. */
    readonly judge: number;
  };
  /** Events until the gate finds harm; Infinity when it does not in half of the runs. */
  readonly medianEvents: number;
  readonly fixedEvents: number;
}

export function medianOf(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? NaN;
}
