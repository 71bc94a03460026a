import type { Logger } from 'pino';
import type { KnownFeatures } from './known-features.ts';
import type { Loader } from './loader.ts';
import type { Memory } from './memory.ts';
import { REMEMBERED, seal, type Sealed } from './seal.ts';
import type { Segment } from './segment.ts';
import type { Tally } from './tally.ts';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 10_000;
/** Segments that may wait in memory for their blocks to be written. */
const MOST_WAITING = 2;

export interface SealingOptions {
  readonly directory: string;
  readonly known: KnownFeatures;
  readonly memory: Memory;
  readonly loader: Pick<Loader, 'push'>;
  readonly tally: Tally;
  readonly log: Logger;
}

interface Held {
  readonly since: number;
  bytes: number;
}

/** Seals segments one after the other, in the background of the intake, and keeps account of what the spool holds. */
export class Sealing {
  readonly #options: SealingOptions;
  readonly #held = new Map<string, Held>();
  #tail: Promise<void> = Promise.resolve();
  #waiting = 0;
  #closing = false;
  #wake: () => void = () => undefined;

  constructor(options: SealingOptions) {
    this.#options = options;
  }

  /** @param release called once, before the blocks are written */
  push(segment: Segment, spoolBytes: number, release: () => Promise<void>): void {
    this.#held.set(segment.name, { since: segment.firstReceivedAt, bytes: spoolBytes });
    this.#waiting++;
    // Rollups are counted out now: later segments may teach new features, which are not missing here.
    const tables = segment.tables();
    this.#tail = this.#tail.then(async () => {
      await release().catch((error: unknown) =>
        this.#options.log.warn({ err: error }, 'a spool file cannot be closed'),
      );
      await this.#seal(segment, tables);
      this.#waiting--;
    });
  }

  /** Loads a segment that an earlier life sealed. */
  resume(sealed: Sealed, bytes: number): void {
    this.#held.set(sealed.name, { since: sealed.firstReceivedAt, bytes });
    this.#options.loader.push(sealed);
  }

  /** A segment is in the store and its files are gone. */
  gone(name: string): void {
    this.#held.delete(name);
  }

  /** Segments that are not in the store, besides the one being filled. */
  get segments(): number {
    return this.#held.size;
  }

  get bytes(): number {
    let sum = 0;
    for (const { bytes } of this.#held.values()) sum += bytes;
    return sum;
  }

  /** Time at which the oldest record that is not loaded was received, besides the segment being filled. */
  get oldest(): number | undefined {
    const [first] = this.#held.values();
    return first?.since;
  }

  /** More segments wait in memory than may. */
  get stuck(): boolean {
    return this.#waiting > MOST_WAITING;
  }

  idle(): Promise<void> {
    return this.#tail;
  }

  /** Tries once more and leaves what cannot be written to the next start, which reads the bodies again. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#wake();
    await this.#tail;
  }

  async #seal(segment: Segment, tables: ReturnType<Segment['tables']>): Promise<void> {
    const { directory, known, memory, loader, tally, log } = this.#options;
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      try {
        const began = performance.now();
        const sealed = await seal(segment, tables, directory);
        tally.times.seal.since(began);
        const held = this.#held.get(segment.name);
        if (held !== undefined) held.bytes += sealed.bytes;
        await known.save(segment.lastReceivedAt);
        await memory.kept(`${directory}/${segment.name}${REMEMBERED}`, segment);
        loader.push(sealed);
        return;
      } catch (error) {
        tally.sealFailures++;
        log.error({ err: error, segment: segment.name, pauseMs: pause }, 'a segment cannot be sealed');
        if (this.#closing) return;
        await this.#sleep(pause);
      }
    }
  }

  #sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
