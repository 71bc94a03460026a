import type { Latencies } from '../../../shadow/gate/evidence.ts';
import { latencyCode, latencyEdges } from '../../../shadow/gate/latency-bins.ts';
import { normal } from '../../detectors/samples.ts';

/** Median of `drawLatency` without slowdown. */
export const MEDIAN_MS = 20;

/** How long answers take: log-normal around 20 ms, sigma 1: the 99th percentile is ten times the median. */
export function drawLatency(random: () => number, slowdown: number): number {
  return MEDIAN_MS * (1 + slowdown) * Math.exp(normal(random));
}

const [FIRST, LAST] = [latencyCode(0.01), latencyCode(1e6)];

/** Latencies of one arm, counted as the store counts them. */
export class Timings {
  readonly #counts = new Uint32Array(LAST - FIRST + 1);
  #from: number = LAST;
  #to: number = FIRST;
  count = 0;

  add(ms: number): void {
    const code = Math.min(LAST, Math.max(FIRST, latencyCode(ms)));
    this.#counts[code - FIRST] = (this.#counts[code - FIRST] ?? 0) + 1;
    this.#from = Math.min(this.#from, code);
    this.#to = Math.max(this.#to, code);
    this.count++;
  }

  /** Lower edge of the bin that holds the quantile. */
  quantile(share: number): number {
    let left = share * this.count;
    let code = this.#from;
    for (; code < this.#to; code++) {
      left -= this.#counts[code - FIRST] ?? 0;
      if (left <= 0) break;
    }
    return latencyEdges(code)[0];
  }

  get latencies(): Latencies {
    const found: [number, number][] = [];
    for (let code = this.#from; code <= this.#to; code++) {
      const count = this.#counts[code - FIRST] ?? 0;
      if (count > 0) found.push([code, count]);
    }
    return found;
  }
}
