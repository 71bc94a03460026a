import { join } from 'node:path';
import { z } from 'zod';
import { OTHER } from '../rollups/buckets.ts';
import { readKnown, writeKnown } from '../spool/known-file.ts';

const FILE = 'known-sources.json';
const DAY_MS = 86_400_000;
/** A source that nothing was heard of for this long is forgotten, so that a flood of names makes room again. */
const FORGET_MS = 30 * DAY_MS;

const stored = z.array(z.object({ source: z.string(), heardAt: z.number() }));

/**
 * Remembers which sources of labels there are, up to a limit: senders could invent one a label, and what counts labels by
 * source would hold them all. A label names no model, so the limit is one for all models. The file is written before the
 * rows of a segment are, so that a source which has rows under its name keeps it after a crash.
 */
export class KnownSources {
  readonly #path: string;
  readonly #most: number;
  /** When each was heard of last, Unix milliseconds. */
  readonly #heardAt: Map<string, number>;
  #changed = false;

  private constructor(path: string, most: number, heardAt: Map<string, number>) {
    this.#path = path;
    this.#most = most;
    this.#heardAt = heardAt;
  }

  /** @param most further sources share one name, `other` */
  static async open(directory: string, most: number): Promise<KnownSources> {
    const path = join(directory, FILE);
    const known = await readKnown(path, stored);
    return new KnownSources(path, most, new Map(known.map(({ source, heardAt }) => [source, heardAt])));
  }

  /** Sources that are known. */
  get size(): number {
    return this.#heardAt.size;
  }

  /**
   * The name that a label's source goes by: its own, or `other` for a new one above the limit. Labels without a source have
   * none.
   * @param at when the label was received, in Unix milliseconds
   */
  nameOf(source: string, at: number): string {
    if (source === '' || source === OTHER) return source;
    const heardAt = this.#heardAt.get(source);
    if (heardAt === undefined && this.#heardAt.size >= this.#most) return OTHER;
    if (heardAt === undefined || at > heardAt + DAY_MS) {
      this.#heardAt.set(source, at);
      this.#changed = true;
    }
    return source;
  }

  /** Forgets what was long not heard of, and writes the file where anything is new, whole or not at all. */
  async save(now: number): Promise<void> {
    this.#forget(now - FORGET_MS);
    if (!this.#changed) return;
    this.#changed = false;
    try {
      await writeKnown(
        this.#path,
        [...this.#heardAt].map(([source, heardAt]) => ({ source, heardAt })),
      );
    } catch (error) {
      this.#changed = true;
      throw error;
    }
  }

  #forget(before: number): void {
    for (const [source, heardAt] of this.#heardAt) {
      if (heardAt >= before) continue;
      this.#heardAt.delete(source);
      this.#changed = true;
    }
  }
}
