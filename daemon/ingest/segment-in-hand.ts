import { randomInt } from 'node:crypto';
import type { IngestOptions } from './ingest.ts';
import type { Loader } from './load/loader.ts';
import type { Sealing } from './spool/sealing.ts';
import { Segment, segmentName, type Surroundings } from './spool/segment.ts';
import { SpoolFile } from './spool/spool-file.ts';

/** Cells of rollups above which a segment is loaded early: a backfill in disorder must not fill memory. */
const MOST_CELLS = 250_000;
/** Bytes of resources, repeated for each of their spans, above which a segment is loaded early. */
const MOST_COPIED = 256 * 1024 * 1024;
/** Segments that may wait to be loaded, one of them underway, before the next one grows beyond its age. */
const MOST_QUEUED = 2;
/** How often a segment that has come of age looks whether it may end. */
const BUSY_MS = 50;

/** A segment being filled: its columns in memory, its bodies in a file. */
export interface OpenSegment {
  readonly segment: Segment;
  readonly file: SpoolFile;
}

/** `timer` ends the segment when it has come of age. */
interface Current extends OpenSegment {
  timer: NodeJS.Timeout;
}

export interface SegmentInHandParts {
  readonly options: IngestOptions;
  readonly surroundings: Surroundings;
  readonly sealing: Sealing;
  readonly loader: Loader;
  /** Numbers of new segments start above this. */
  readonly lastNumber: number;
  /** A segment has come of age: it is to be sealed once all that waits is in it. */
  readonly onAge: () => void;
}

/** The segment that bodies go into now: opened with the first one, sealed when it is large or has come of age. */
export class SegmentInHand {
  readonly #parts: SegmentInHandParts;
  #lastNumber: number;
  #current: Current | undefined;

  constructor(parts: SegmentInHandParts) {
    this.#parts = parts;
    this.#lastNumber = parts.lastNumber;
  }

  /** Bytes in its file; 0 while there is none. */
  get bytes(): number {
    return this.#current?.file.bytes ?? 0;
  }

  /** 1, or 0 while there is none. */
  get count(): number {
    return this.#current === undefined ? 0 : 1;
  }

  /** When the oldest body in it came, Unix milliseconds. */
  get firstReceivedAt(): number | undefined {
    return this.#current?.segment.firstReceivedAt;
  }

  /** Whether it should end now, whatever its age. */
  get isFull(): boolean {
    if (this.#current === undefined) return false;
    const { file, segment } = this.#current;
    return (
      file.broken ||
      file.bytes >= this.#parts.options.limits.segment_bytes ||
      segment.copiedBytes > MOST_COPIED ||
      segment.predictionRollup.size > MOST_CELLS
    );
  }

  /** The segment, opened where there is none. */
  async open(): Promise<OpenSegment> {
    return (this.#current ??= await this.#begin());
  }

  /** Hands it on to be written as blocks; does nothing while there is none. */
  seal(): void {
    const current = this.#current;
    if (current === undefined) return;
    this.#current = undefined;
    clearTimeout(current.timer);
    this.#parts.sealing.push(current.segment, current.file.bytes, () => current.file.close());
  }

  async #begin(): Promise<Current> {
    const { options, surroundings } = this.#parts;
    // The last digits keep apart what several daemons begin in the same millisecond.
    this.#lastNumber = Math.max(this.#lastNumber + 1, Math.floor(options.clock.now()) * 1000 + randomInt(1000));
    surroundings.operations.forget(options.clock.now());
    const segment = new Segment(segmentName(this.#lastNumber), surroundings);
    const file = await SpoolFile.create(options.directory, segment.name, options.limits.commit_window);
    const current: Current = { segment, file, timer: setTimeout(() => this.#age(current), options.limits.segment_age) };
    return current;
  }

  /**
   * Ends a segment that has come of age, unless those before it are still being written or loaded: it grows meanwhile, as
   * one large block costs the store far less than many small ones.
   */
  #age(current: Current): void {
    const { sealing, loader, onAge } = this.#parts;
    if (sealing.busy || loader.waiting >= MOST_QUEUED) current.timer = setTimeout(() => this.#age(current), BUSY_MS);
    else onAge();
  }
}
