import { readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeDurably } from './durable-file.ts';

const FILE = 'known-features.json';
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
  #changed = false;
  /** The version asked for last: records of one version come together. */
  #latest: KnownVersion | undefined;

  private constructor(directory: string, versions: Map<string, KnownVersion>) {
    this.#directory = directory;
    this.#versions = versions;
  }

  static async open(directory: string): Promise<KnownFeatures> {
    const versions = new Map<string, KnownVersion>();
    const text = await readFile(join(directory, FILE), 'utf8').catch(() => '[]');
    const parsed = stored.safeParse(parseJson(text));
    for (const { rows, slices, ...rest } of parsed.data ?? [])
      versions.set(keyOf(rest.model, rest.version), { ...rest, rows: new Set(rows), slices: new Set(slices) });
    return new KnownFeatures(directory, versions);
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
    if (known === undefined) {
      known = { model, version, heardAt: at, rows: new Set(), slices: new Set() };
      this.#versions.set(key, known);
      this.#changed = true;
    }
    return known;
  }

  /** Tells that a set of a version has grown. */
  grew(): void {
    this.#changed = true;
  }

  /** Writes the file where anything is new; whole or not at all. */
  async save(now: number): Promise<void> {
    if (!this.#changed) return;
    this.#changed = false;
    for (const [key, { heardAt }] of this.#versions) if (heardAt < now - FORGET_MS) this.#versions.delete(key);
    this.#latest = undefined;
    const rows = [...this.#versions.values()].map((known) => ({
      ...known,
      rows: [...known.rows],
      slices: [...known.slices],
    }));
    try {
      await writeDurably(join(this.#directory, `${FILE}.new`), [Buffer.from(JSON.stringify(rows))]);
      await rename(join(this.#directory, `${FILE}.new`), join(this.#directory, FILE));
    } catch (error) {
      this.#changed = true;
      throw error;
    }
  }
}

function keyOf(model: string, version: string): string {
  return JSON.stringify([model, version]);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return [];
  }
}
