import type { Logger } from 'pino';
import type { KnownFeatures } from '../rollups/known-features.ts';
import type { KnownSources } from '../records/known-sources.ts';
import { newLoad, type Load } from '../load/load.ts';
import type { Loader } from '../load/loader.ts';
import type { Memory } from './memory.ts';
import { Pause } from '../pause.ts';
import { REMEMBERED, seal, type Sealed } from './seal.ts';
import type { Segment } from './segment.ts';
import type { Tally } from '../tally.ts';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 10_000;
/** Segments that may wait in memory for their blocks to be written. */
const MOST_WAITING = 2;

export interface SealingOptions {
  readonly directory: string;
  readonly known: KnownFeatures;
  readonly sources: Pick<KnownSources, 'save'>;
  readonly memory: Memory;
  readonly loader: Pick<Loader, 'push'>;
  readonly tally: Tally;
  readonly log: Logger;
}

interface Held {
  readonly since: number;
  readonly spoolBytes: number;
  blockBytes: number;
  /** Waits for a command: it is no delay of what comes after. */
  aside: boolean;
}

/** Seals segments one after the other, in the background of the intake, and keeps account of what the spool holds. */
export class Sealing {
  readonly #options: SealingOptions;
  readonly #held = new Map<string, Held>();
  #tail: Promise<void> = Promise.resolve();
  #waiting = 0;
  /** The last try to write blocks went wrong. */
  #failing = false;
  #closing = false;
  readonly #pause = new Pause();

  constructor(options: SealingOptions) {
    this.#options = options;
  }

  /**
   * @param release called once, before the blocks are written
   * @param toLoad makes the load of the sealed segment
   */
  push(
    segment: Segment,
    spoolBytes: number,
    release: () => Promise<void>,
    toLoad: (sealed: Sealed) => Load = newLoad,
  ): void {
    this.#held.set(segment.name, { since: segment.firstReceivedAt, spoolBytes, blockBytes: 0, aside: false });
    this.#waiting++;
    // Rollups are counted out now: later segments may teach new features, which are not missing here.
    const tables = segment.tables();
    this.#tail = this.#tail.then(async () => {
      await release().catch((error: unknown) =>
        this.#options.log.warn({ err: error }, 'a spool file cannot be closed'),
      );
      await this.#seal(segment, tables, toLoad);
      this.#waiting--;
    });
  }

  /** Goes on with a segment that an earlier life sealed. */
  resume(load: Load, spoolBytes: number): void {
    const { name, firstReceivedAt } = load.sealed;
    this.#held.set(name, { since: firstReceivedAt, spoolBytes, blockBytes: load.sealed.bytes, aside: false });
    this.#options.loader.push(load);
  }

  /** A segment waits for a command from now on. */
  setAside(name: string): void {
    const held = this.#held.get(name);
    if (held !== undefined) held.aside = true;
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
    for (const { spoolBytes, blockBytes } of this.#held.values()) sum += spoolBytes + blockBytes;
    return sum;
  }

  /** Time at which the oldest record that is being loaded was received, besides the segment being filled. */
  get oldest(): number | undefined {
    for (const { since, aside } of this.#held.values()) if (!aside) return since;
    return undefined;
  }

  /** Blocks are being written. */
  get busy(): boolean {
    return this.#waiting > 0;
  }

  /** As many segments as may wait in memory for their blocks: `slow` when they are written, `failing` when they cannot be. */
  get stuck(): 'slow' | 'failing' | undefined {
    if (this.#waiting <= MOST_WAITING) return undefined;
    return this.#failing ? 'failing' : 'slow';
  }

  idle(): Promise<void> {
    return this.#tail;
  }

  /** Tries once more and leaves what cannot be written to the next start, which reads the bodies again. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#pause.end();
    await this.#tail;
  }

  async #seal(
    segment: Segment,
    tables: ReturnType<Segment['tables']>,
    toLoad: (sealed: Sealed) => Load,
  ): Promise<void> {
    const { directory, known, sources, memory, loader, tally, log } = this.#options;
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      try {
        const began = performance.now();
        await sources.save(segment.lastReceivedAt);
        const sealed = await seal(segment, tables, directory);
        tally.times.seal.since(began);
        this.#failing = false;
        const held = this.#held.get(segment.name);
        if (held !== undefined) held.blockBytes = sealed.bytes;
        await known.save(segment.lastReceivedAt);
        await memory.kept(`${directory}/${segment.name}${REMEMBERED}`, segment);
        loader.push(toLoad(sealed));
        segment.handOn(held?.spoolBytes ?? Infinity);
        return;
      } catch (error) {
        this.#failing = true;
        tally.sealFailures++;
        log.error({ err: error, segment: segment.name, pauseMs: pause }, 'a segment cannot be sealed');
        if (this.#closing) return;
        await this.#pause.last(pause);
      }
    }
  }
}
