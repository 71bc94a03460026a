import { readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { syncDirectory, writeDurably } from './durable-file.ts';
import { RememberedBodies } from './remembered-bodies.ts';
import { fingerprinter, newSeed, RememberedIds, type Fingerprint } from './remembered-ids.ts';
import type { Remembered } from './remembered-file.ts';
import { forget } from './seal.ts';
import type { Outcome, Segment } from './segment.ts';

/** Most bodies and predictions in files: memory holds no more after a start. */
const MOST_IN_FILES = 4_000_000;

/** What was acked lately, so that a resend is stored once: bodies whole, and predictions one by one. */
export class Memory {
  readonly bodies: RememberedBodies<Outcome>;
  readonly ids: RememberedIds;
  readonly fingerprint: (text: string) => Fingerprint;
  readonly #rememberMs: number;
  /** Files that hold it across restarts, oldest first. */
  readonly #files: { readonly path: string; readonly lastReceivedAt: number; readonly held: number }[] = [];
  /** Bodies and predictions in the files. */
  #held = 0;

  private constructor(rememberMs: number, seed: Uint8Array) {
    this.#rememberMs = rememberMs;
    this.bodies = new RememberedBodies(rememberMs);
    this.ids = new RememberedIds(rememberMs);
    this.fingerprint = fingerprinter(seed);
  }

  /** The seed lives beside the spool, as fingerprints are kept in files there. */
  static async open(directory: string, rememberMs: number): Promise<Memory> {
    const path = join(directory, 'seed');
    let seed: Uint8Array | undefined = await readFile(path).catch(() => undefined);
    if (seed?.length !== 16) {
      seed = newSeed();
      // Without it the fingerprints in the files tell nothing.
      await writeDurably(`${path}.new`, [seed]);
      await rename(`${path}.new`, path);
      await syncDirectory(directory);
    }
    return new Memory(rememberMs, seed);
  }

  /** Takes over what an earlier life remembered. */
  recall(path: string, content: Remembered): void {
    for (const body of content.bodies) this.bodies.add(body);
    const prints = new Uint8Array(content.prints);
    const numbers = new Uint32Array(prints.buffer, 0, prints.length >>> 2);
    for (let at = 0; at + 4 <= numbers.length; at += 4)
      this.ids.add(numbers.subarray(at, at + 4), content.lastReceivedAt);
    this.#keep(path, content.lastReceivedAt, content.bodies.length + prints.length / 16);
  }

  /** Tells that a segment's memory is in a file now; removes files that are too old to matter, or beyond what memory holds. */
  async kept(path: string, segment: Segment): Promise<void> {
    if (this.#files.at(-1)?.path !== path)
      this.#keep(path, segment.lastReceivedAt, segment.bodies.length + segment.prints.length / 16);
    for (let oldest = this.#files[0]; oldest !== undefined; oldest = this.#files[0]) {
      if (oldest.lastReceivedAt + this.#rememberMs > segment.lastReceivedAt && this.#held <= MOST_IN_FILES) break;
      this.#files.shift();
      this.#held -= oldest.held;
      await forget(oldest.path);
    }
  }

  #keep(path: string, lastReceivedAt: number, held: number): void {
    this.#files.push({ path, lastReceivedAt, held });
    this.#held += held;
  }
}
