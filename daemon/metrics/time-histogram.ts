/** Upper ends of the buckets, in seconds: from a sync of a fast disk to a load that takes half a minute. */
export const BOUNDS_SECONDS: readonly number[] = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
];

/** Times as counted; a plain object, so that it can travel between threads. */
export interface Times {
  /** By bucket, each time once; one more than bounds, the last for what is above them all. */
  readonly counts: readonly number[];
  readonly sumSeconds: number;
}

/** Counts times into fixed buckets, cheaply enough for every request. */
export class TimeHistogram {
  readonly #counts = BOUNDS_SECONDS.map(() => 0).concat(0);
  #sumSeconds = 0;

  observe(seconds: number): void {
    let bucket = 0;
    while (bucket < BOUNDS_SECONDS.length && seconds > BOUNDS_SECONDS[bucket]!) bucket++;
    this.#counts[bucket]!++;
    this.#sumSeconds += seconds;
  }

  /** Counts the time from a reading of `performance.now()` until now. */
  since(began: number): void {
    this.observe((performance.now() - began) / 1000);
  }

  read(): Times {
    return { counts: [...this.#counts], sumSeconds: this.#sumSeconds };
  }
}
