import { setImmediate as nextTurn } from 'node:timers/promises';
import { SerinError } from '../errors.ts';
import { Malformed } from './decode/protobuf.ts';
import { DOORS, type Door, type Received } from './doors/doors.ts';
import { readTally, type Counters } from './counters.ts';
import type { Admission, Ingest, IngestOptions, OtlpAnswer } from './ingest.ts';
import type { Loader } from './load/loader.ts';
import type { KnownSources } from './records/known-sources.ts';
import type { Memory } from './spool/memory.ts';
import { bodyHash } from './spool/remembered-bodies.ts';
import type { Sealing } from './spool/sealing.ts';
import type { Outcome, Segment, Surroundings } from './spool/segment.ts';
import { countSetAside, type Retried, type SetAside } from './load/set-aside.ts';
import { SegmentInHand } from './segment-in-hand.ts';
import { takeBody, type Taking } from './take-body.ts';

/** Bytes of bodies that may wait for the disk at once. */
const MOST_WAITING = 256 * 1024 * 1024;
/** Longest stretch of decoding between two looks at the network. */
const SLICE_MS = 10;
/** How long closing waits for the store. */
const CLOSE_MS = 8000;

interface Waiting extends Received {
  readonly hash: string;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: unknown) => void;
}

export interface IntakeParts {
  readonly options: IngestOptions;
  readonly memory: Memory;
  readonly surroundings: Surroundings;
  readonly sources: Pick<KnownSources, 'size'>;
  readonly taking: Taking;
  readonly sealing: Sealing;
  readonly loader: Loader;
  /** Numbers of new segments start above this. */
  readonly lastNumber: number;
}

/**
 * Takes bodies: one loop commits all that wait with one sync of the disk, then reads them into the segment in the order of
 * the spool, then answers. A body that was not committed is never read, so a full disk leaves no trace in the rows.
 */
export class Intake implements Ingest {
  readonly #parts: IntakeParts;
  readonly #queue: Waiting[] = [];
  readonly #inHand: SegmentInHand;
  readonly #underway = new Map<string, Promise<Outcome>>();
  #waitingBytes = 0;
  #turnWanted = false;
  #working: Promise<void> | undefined;
  #closed = false;

  constructor(parts: IntakeParts) {
    this.#parts = parts;
    this.#inHand = new SegmentInHand({ ...parts, onAge: () => void this.#turn() });
  }

  async accept(kind: 'predictions' | 'labels', form: 'ndjson' | 'json', body: Uint8Array): Promise<Admission> {
    const { accepted, rejected, errors } = await this.#admit(`${kind}/${form}`, body);
    return { accepted, rejected, errors };
  }

  async acceptOtlp(signal: 'traces' | 'logs', form: 'protobuf' | 'json', body: Uint8Array): Promise<OtlpAnswer> {
    const { accepted, rejected, message } = await this.#admit(`${signal}/${form}`, body);
    return { accepted, rejected, message };
  }

  async counters(): Promise<Counters> {
    const { options, taking, sealing, memory, surroundings, sources } = this.#parts;
    const since = sealing.oldest ?? this.#inHand.firstReceivedAt ?? Infinity;
    return {
      ...readTally(taking.tally),
      waitingBytes: this.#waitingBytes,
      spoolBytes: this.#spoolBytes(),
      segments: sealing.segments + this.#inHand.count,
      setAside: countSetAside(this.#parts.loader.setAside()),
      lagSeconds: since === Infinity ? 0 : Math.max(0, options.clock.now() - since) / 1000,
      remembered: { bodies: memory.bodies.size, ids: memory.ids.size },
      known: {
        versions: surroundings.known.size,
        operations: surroundings.operations.places.count,
        sources: sources.size,
      },
    };
  }

  async setAside(): Promise<SetAside[]> {
    return this.#parts.loader.setAside();
  }

  retry(segment: string): Promise<Retried> {
    return this.#parts.loader.retry(segment);
  }

  async flush(): Promise<void> {
    await this.#turn();
    await this.#parts.sealing.idle();
    await this.#parts.loader.idle();
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#turn();
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, CLOSE_MS);
    });
    await Promise.race([this.#parts.sealing.close().then(() => this.#parts.loader.close()), patience]);
    clearTimeout(timer);
  }

  /** Counts how a body is answered. */
  async #admit(door: Door, body: Uint8Array): Promise<Outcome> {
    const { tally } = this.#parts.taking;
    const began = performance.now();
    try {
      const { outcome, repeated } = await this.#admitOnce(door, body);
      tally.times.ack.since(began);
      tally.answered(door, repeated ? 'repeated' : 'taken', body.byteLength);
      return outcome;
    } catch (error) {
      tally.answered(door, error instanceof SerinError ? error.code : 'internal', body.byteLength);
      throw error;
    }
  }

  async #admitOnce(door: Door, body: Uint8Array): Promise<{ outcome: Outcome; repeated: boolean }> {
    if (this.#closed) throw new SerinError('unavailable', 'the daemon is stopping', { retryAfterSeconds: 5 });
    const { options, memory, taking } = this.#parts;
    const receivedAt = options.clock.now();
    const hash = bodyHash(DOORS.indexOf(door), body);
    const before = memory.bodies.find(hash, receivedAt)?.answer ?? (await this.#underway.get(hash));
    if (before !== undefined) {
      taking.tally.duplicates += before.accepted;
      return { outcome: before, repeated: true };
    }
    this.#checkRoom(body.byteLength);
    const answer = new Promise<Outcome>((resolve, reject) => {
      this.#queue.push({ door, receivedAt, body, hash, resolve, reject });
    });
    this.#waitingBytes += body.byteLength;
    this.#underway.set(hash, answer);
    void this.#work();
    try {
      return { outcome: await answer, repeated: false };
    } finally {
      this.#underway.delete(hash);
      this.#waitingBytes -= body.byteLength;
    }
  }

  #checkRoom(size: number): void {
    const { options, sealing } = this.#parts;
    if (this.#spoolBytes() + this.#waitingBytes + size > options.limits.spool_bytes)
      throw new SerinError('full', 'the spool is full: the store takes less than comes in, or is away', {
        retryAfterSeconds: 5,
      });
    if (this.#waitingBytes + size > MOST_WAITING && this.#waitingBytes > 0)
      throw new SerinError('full', 'too many bytes wait for the disk', { retryAfterSeconds: 1 });
    if (sealing.stuck === 'failing')
      throw new SerinError('not_durable', 'the spool cannot be written; see the log', { retryAfterSeconds: 5 });
    if (sealing.stuck === 'slow')
      throw new SerinError('full', 'more comes in than can be written as blocks', { retryAfterSeconds: 1 });
  }

  #spoolBytes(): number {
    return this.#parts.sealing.bytes + this.#inHand.bytes;
  }

  /** Ends the present segment once all that waits is in it. */
  async #turn(): Promise<void> {
    this.#turnWanted = true;
    await this.#work();
  }

  #work(): Promise<void> {
    this.#working ??= this.#run().finally(() => {
      this.#working = undefined;
      if (this.#queue.length > 0) void this.#work();
    });
    return this.#working;
  }

  async #run(): Promise<void> {
    while (this.#queue.length > 0 || this.#turnWanted) {
      if (this.#queue.length > 0) await this.#commit();
      if (!this.#inHand.isFull && !this.#turnWanted) continue;
      this.#turnWanted = false;
      this.#inHand.seal();
    }
  }

  async #commit(): Promise<void> {
    const batch = this.#takeBatch();
    let segment: Segment;
    try {
      const open = await this.#inHand.open();
      segment = open.segment;
      const began = performance.now();
      await open.file.append(batch);
      this.#parts.taking.tally.times.commit.since(began);
    } catch (error) {
      this.#parts.options.log.error({ err: error }, 'the spool cannot be written');
      const refusal = new SerinError('not_durable', 'the body could not be written to the spool', {
        retryAfterSeconds: 5,
        cause: error,
      });
      for (const { reject } of batch) reject(refusal);
      return;
    }
    let sliceEnds = performance.now() + SLICE_MS;
    for (const waiting of batch) {
      this.#take(waiting, segment);
      if (performance.now() < sliceEnds) continue;
      await nextTurn();
      sliceEnds = performance.now() + SLICE_MS;
    }
  }

  /** All that waits, up to the size of a segment. */
  #takeBatch(): Waiting[] {
    let size = 0;
    let count = 0;
    while (count < this.#queue.length && size < this.#parts.options.limits.segment_bytes)
      size += this.#queue[count++]!.body.byteLength;
    return this.#queue.splice(0, count);
  }

  #take(waiting: Waiting, segment: Segment): void {
    const { memory, taking, options } = this.#parts;
    const { hash, receivedAt } = waiting;
    const began = performance.now();
    try {
      const answer = takeBody(waiting, segment, taking);
      taking.tally.times.decode.since(began);
      taking.tally.cameThrough(waiting.door);
      const body = { hash, receivedAt, answer };
      segment.remember(body);
      memory.bodies.add(body);
      waiting.resolve(answer);
    } catch (error) {
      if (error instanceof Malformed) waiting.reject(new SerinError(error.code, error.message, { field: 'body' }));
      else {
        options.log.error({ err: error }, 'a body could not be taken');
        waiting.reject(new SerinError('internal', 'the body could not be taken', { cause: error }));
      }
    }
  }
}
