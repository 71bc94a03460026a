/** Predictions of a reference, encoded for a model. */
export interface ReferenceSample {
  /** Row-major. */
  readonly matrix: Float32Array;
  /** What was received by then was looked at, Unix milliseconds. */
  readonly receivedBy: number;
}

/** Bytes of samples that are kept; the oldest go first. */
const MOST_BYTES = 64 * 1024 * 1024;

/** Samples of references, which stay as they are once taken: reading one means looking through weeks of predictions. */
export class ReferenceSamples {
  readonly #kept = new Map<string, ReferenceSample>();
  #bytes = 0;

  /** The sample under this key, read if it is not kept. */
  async get(key: string, read: () => Promise<ReferenceSample>): Promise<ReferenceSample> {
    const known = this.#kept.get(key);
    if (known !== undefined) return known;
    const sample = await read();
    this.#kept.set(key, sample);
    this.#bytes += sample.matrix.byteLength;
    for (const [oldest, { matrix }] of this.#kept) {
      if (this.#bytes <= MOST_BYTES) break;
      this.#kept.delete(oldest);
      this.#bytes -= matrix.byteLength;
    }
    return sample;
  }
}
