import { setImmediate as nextTurn } from 'node:timers/promises';
import { SerinError } from '../errors.ts';
import { CommitPace } from './commit-pace.ts';
import { Malformed } from './decode/protobuf.ts';
import type { Received } from './doors/doors.ts';
import type { IngestOptions } from './ingest.ts';
import type { SegmentInHand } from './segment-in-hand.ts';
import type { Memory } from './spool/memory.ts';
import type { Outcome, Segment } from './spool/segment.ts';
import { takeBody, type Taking } from './take-body.ts';

/** Longest stretch of decoding between two looks at the network. */
const SLICE_MS = 10;

/** A body that is to be committed. */
export interface Waiting extends Received {
  readonly hash: string;
}

export interface CommitParts<Body extends Waiting> {
  readonly options: Pick<IngestOptions, 'limits' | 'log'>;
  readonly memory: Pick<Memory, 'bodies'>;
  readonly taking: Taking;
  readonly inHand: SegmentInHand;
  /** Called once with each body: what became of it; must not throw. */
  readonly done: (body: Body, answer: Outcome | SerinError) => void;
}

/**
 * One loop commits all that wait with one sync of the disk, then reads them into the segment in the order of the spool, then
 * answers. A body that was not committed is never read, so a full disk leaves no trace in the rows.
 */
export class Commits<Body extends Waiting> {
  readonly #parts: CommitParts<Body>;
  readonly #pace = new CommitPace();
  readonly #queue: Body[] = [];
  #turnWanted = false;
  #isWorking = false;
  #working = Promise.resolve();

  constructor(parts: CommitParts<Body>) {
    this.#parts = parts;
  }

  push(body: Body): void {
    this.#queue.push(body);
    void this.#work();
  }

  /** Ends the present segment once all that waits is in it. */
  async turn(): Promise<void> {
    this.#turnWanted = true;
    await this.#work();
  }

  #work(): Promise<void> {
    if (!this.#isWorking) {
      this.#isWorking = true;
      this.#working = this.#run();
    }
    return this.#working;
  }

  async #run(): Promise<void> {
    const { inHand } = this.#parts;
    try {
      while (this.#queue.length > 0 || this.#turnWanted) {
        if (this.#queue.length > 0) await this.#commit();
        if (!inHand.isFull && !this.#turnWanted) continue;
        this.#turnWanted = false;
        inHand.seal();
      }
    } finally {
      // In the same turn as the last look at what is wanted: whoever wants more from now on begins anew.
      this.#isWorking = false;
    }
  }

  async #commit(): Promise<void> {
    const { inHand, taking } = this.#parts;
    await this.#pace.gather(() => (this.#turnWanted ? Infinity : this.#queue.length));
    const batch = this.#takeBatch();
    let segment: Segment;
    try {
      const open = await inHand.open();
      segment = open.segment;
      const began = performance.now();
      await open.file.append(batch);
      taking.tally.times.commit.since(began);
    } catch (error) {
      this.#refuse(batch, error);
      return;
    }
    let sliceEnds = performance.now() + SLICE_MS;
    for (const body of batch) {
      this.#parts.done(body, this.#take(body, segment));
      if (performance.now() < sliceEnds) continue;
      await nextTurn();
      sliceEnds = performance.now() + SLICE_MS;
    }
  }

  /** All that waits, up to the size of a segment. */
  #takeBatch(): Body[] {
    let size = 0;
    let count = 0;
    while (count < this.#queue.length && size < this.#parts.options.limits.segment_bytes)
      size += this.#queue[count++]!.body.byteLength;
    return this.#queue.splice(0, count);
  }

  #refuse(batch: readonly Body[], cause: unknown): void {
    const { options, done } = this.#parts;
    options.log.error({ err: cause }, 'the spool cannot be written');
    const refusal = new SerinError('not_durable', 'the body could not be written to the spool', {
      retryAfterSeconds: 5,
      cause,
    });
    for (const body of batch) done(body, refusal);
  }

  #take(body: Body, segment: Segment): Outcome | SerinError {
    const { memory, taking, options } = this.#parts;
    const { hash, receivedAt } = body;
    const began = performance.now();
    try {
      const answer = takeBody(body, segment, taking);
      taking.tally.times.decode.since(began);
      taking.tally.cameThrough(body.door);
      const remembered = { hash, receivedAt, answer };
      segment.remember(remembered);
      memory.bodies.add(remembered);
      return answer;
    } catch (error) {
      if (error instanceof Malformed) return new SerinError(error.code, error.message, { field: 'body' });
      options.log.error({ err: error }, 'a body could not be taken');
      return new SerinError('internal', 'the body could not be taken', { cause: error });
    }
  }
}
