import { join } from 'node:path';
import { z } from 'zod';
import { OTHER } from './buckets.ts';
import { readKnown, writeKnown } from '../spool/known-file.ts';
import type { Overflows } from './overflows.ts';

const FILE = 'known-features.json';
/** Most rows of rollups of all versions together: what is known must not fill memory. */
const MOST_ROWS = 1_000_000;
/** Writing the file takes at most this share of the time. */
const SAVING_SHARE = 0.02;
/** A model's version that nothing was heard of for this long is forgotten. */
const FORGET_MS = 30 * 86_400_000;

const stored = z.array(
  z.object({
    model: z.string(),
    version: z.string(),
    heardAt: z.number(),
    rows: z.array(z.string()),
    slices: z.array(z.string()),
  }),
);

/** What was ever seen of one version of a model, so that a feature which stops coming counts as missing. */
export interface KnownVersion {
  readonly model: string;
  readonly version: string;
  heardAt: number;
  /** Kind and name of each rollup, joined by a line feed. */
  readonly rows: Set<string>;
  /** Slices besides `all`. */
  readonly slices: Set<string>;
}

/**
 * Remembers, per model and version, which features, decisions and slices there are. A feature counts as missing from the
 * first time it was seen, in every later record that lacks it; records before that time are not counted again.
 * Kept in a file beside the spool, so that a start reads no rows back; losing it only means learning anew.
 */
export class KnownFeatures {
  readonly #directory: string;
  readonly #versions: Map<string, KnownVersion>;
  readonly #maxVersions: number;
  readonly #overflows: Overflows;
  /** Rows of all versions. */
  #rows = 0;
  #changed = false;
  #nextSaveAt = -Infinity;
  /** The version asked for last: records of one version come together. */
  #latest: KnownVersion | undefined;

  private constructor(
    directory: string,
    versions: Map<string, KnownVersion>,
    maxVersions: number,
    overflows: Overflows,
  ) {
    this.#directory = directory;
    this.#versions = versions;
    this.#maxVersions = maxVersions;
    this.#overflows = overflows;
    for (const { rows } of versions.values()) this.#rows += rows.size;
  }

  /** @param maxVersions further versions of models share one, `other` of the model `other` */
  static async open(directory: string, maxVersions: number, overflows: Overflows): Promise<KnownFeatures> {
    const versions = new Map<string, KnownVersion>();
    for (const { rows, slices, ...rest } of await readKnown(join(directory, FILE), stored))
      versions.set(keyOf(rest.model, rest.version), { ...rest, rows: new Set(rows), slices: new Set(slices) });
    return new KnownFeatures(directory, versions, maxVersions, overflows);
  }

  /** Versions of models that are known. */
  get size(): number {
    return this.#versions.size;
  }

  version(model: string, version: string, at: number): KnownVersion {
    const latest = this.#latest;
    const known = latest?.model === model && latest.version === version ? latest : this.#find(model, version, at);
    this.#latest = known;
    if (at - known.heardAt > FORGET_MS / 30) this.#changed = true;
    known.heardAt = Math.max(known.heardAt, at);
    return known;
  }

  #find(model: string, version: string, at: number): KnownVersion {
    const key = keyOf(model, version);
    let known = this.#versions.get(key);
    if (known === undefined && this.#versions.size >= this.#maxVersions && model !== OTHER) {
      this.#overflows.count('models', '', at);
      return this.version(OTHER, OTHER, at);
    }
    if (known === undefined) {
      known = { model, version, heardAt: at, rows: new Set(), slices: new Set() };
      this.#versions.set(key, known);
      this.#changed = true;
    }
    return known;
  }

  /** Whether there is room for one more row of any version. */
  get hasRoom(): boolean {
    return this.#rows < MOST_ROWS;
  }

  /** Tells that a version has a new row. */
  addedRow(): void {
    this.#rows++;
    this.#changed = true;
  }

  /** Tells that a version has a new slice. */
  addedSlice(): void {
    this.#changed = true;
  }

  /** Counts what is beyond a limit of a version. */
  overflowed(kind: 'features' | 'slices' | 'categories', { model, heardAt }: KnownVersion): void {
    this.#overflows.count(kind, model, heardAt);
  }

  /** Writes the file where anything is new, whole or not at all; while it is large, not every time. */
  async save(now: number): Promise<void> {
    const began = performance.now();
    if (!this.#changed || began < this.#nextSaveAt) return;
    this.#changed = false;
    for (const [key, { heardAt, rows }] of this.#versions) {
      if (heardAt >= now - FORGET_MS) continue;
      this.#versions.delete(key);
      this.#rows -= rows.size;
    }
    this.#latest = undefined;
    const rows = [...this.#versions.values()].map((known) => ({
      ...known,
      rows: [...known.rows],
      slices: [...known.slices],
    }));
    try {
      await writeKnown(join(this.#directory, FILE), rows);
    } catch (error) {
      this.#changed = true;
      throw error;
    }
    const ended = performance.now();
    this.#nextSaveAt = ended + (ended - began) / SAVING_SHARE;
  }
}

function keyOf(model: string, version: string): string {
  return JSON.stringify([model, version]);
}
