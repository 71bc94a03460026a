import { SerinError } from '../errors.ts';
import { Commits, type Waiting } from './commits.ts';
import { DOORS, type Door } from './doors/doors.ts';
import { readTally, type Counters } from './counters.ts';
import type { Admission, Answered, Ingest, IngestOptions, OtlpAnswer } from './ingest.ts';
import type { Loader } from './load/loader.ts';
import type { KnownSources } from './records/known-sources.ts';
import type { Memory } from './spool/memory.ts';
import { bodyHash } from './spool/remembered-bodies.ts';
import type { Sealing } from './spool/sealing.ts';
import type { Outcome, Surroundings } from './spool/segment.ts';
import { countSetAside, type Retried, type SetAside } from './load/set-aside.ts';
import { SegmentInHand } from './segment-in-hand.ts';
import type { Taking } from './take-body.ts';

/** Bytes of bodies that may wait for the disk at once. */
const MOST_WAITING = 256 * 1024 * 1024;
/** How long closing waits for the store. */
const CLOSE_MS = 8000;

/** A body, and who waits for its answer. */
interface Asked extends Waiting {
  readonly began: number;
  readonly answered: Answered;
  /** Others who sent the same body while it was underway. */
  again: Asked[] | undefined;
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

/** Takes bodies: lets those in that there is room for, answers repeats as before, and has the others committed. */
export class Intake implements Ingest {
  readonly #parts: IntakeParts;
  readonly #inHand: SegmentInHand;
  readonly #commits: Commits<Asked>;
  readonly #underway = new Map<string, Asked>();
  #waitingBytes = 0;
  #closed = false;

  constructor(parts: IntakeParts) {
    this.#parts = parts;
    this.#inHand = new SegmentInHand({ ...parts, onAge: () => void this.#commits.turn() });
    this.#commits = new Commits({ ...parts, inHand: this.#inHand, done: (asked, answer) => this.#done(asked, answer) });
  }

  async accept(kind: 'predictions' | 'labels', form: 'ndjson' | 'json', body: Uint8Array): Promise<Admission> {
    const { accepted, rejected, errors } = await this.#answerTo(`${kind}/${form}`, body);
    return { accepted, rejected, errors };
  }

  async acceptOtlp(signal: 'traces' | 'logs', form: 'protobuf' | 'json', body: Uint8Array): Promise<OtlpAnswer> {
    const { accepted, rejected, message } = await this.#answerTo(`${signal}/${form}`, body);
    return { accepted, rejected, message };
  }

  take(door: Door, body: Uint8Array, answered: Answered): void {
    const asked: Asked = {
      door,
      body,
      receivedAt: this.#parts.options.clock.now(),
      hash: bodyHash(DOORS.indexOf(door), body),
      began: performance.now(),
      answered,
      again: undefined,
    };
    try {
      this.#admit(asked);
    } catch (error) {
      this.#answer(asked, error instanceof SerinError ? error : new SerinError('internal', String(error)), false);
    }
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
    await this.#commits.turn();
    await this.#parts.sealing.idle();
    await this.#parts.loader.idle();
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#commits.turn();
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, CLOSE_MS);
    });
    await Promise.race([this.#parts.sealing.close().then(() => this.#parts.loader.close()), patience]);
    clearTimeout(timer);
  }

  #answerTo(door: Door, body: Uint8Array): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      this.take(door, body, (answer) => (answer instanceof SerinError ? reject(answer) : resolve(answer)));
    });
  }

  #admit(asked: Asked): void {
    if (this.#closed) throw new SerinError('unavailable', 'the daemon is stopping', { retryAfterSeconds: 5 });
    const { hash, receivedAt, body } = asked;
    const before = this.#parts.memory.bodies.find(hash, receivedAt);
    if (before !== undefined) return this.#answer(asked, before.answer, true);
    const underway = this.#underway.get(hash);
    if (underway !== undefined) {
      (underway.again ??= []).push(asked);
      return;
    }
    this.#checkRoom(body.byteLength);
    this.#waitingBytes += body.byteLength;
    this.#underway.set(hash, asked);
    this.#commits.push(asked);
  }

  #done(asked: Asked, answer: Outcome | SerinError): void {
    this.#underway.delete(asked.hash);
    this.#waitingBytes -= asked.body.byteLength;
    this.#answer(asked, answer, false);
    for (const same of asked.again ?? []) this.#answer(same, answer, true);
  }

  /** Counts how a body is answered, and answers. */
  #answer({ door, body, began, answered }: Asked, answer: Outcome | SerinError, repeated: boolean): void {
    const { taking, options } = this.#parts;
    const { tally } = taking;
    if (answer instanceof SerinError) tally.answered(door, answer.code, body.byteLength);
    else {
      if (repeated) tally.duplicates += answer.accepted;
      tally.times.ack.since(began);
      tally.answered(door, repeated ? 'repeated' : 'taken', body.byteLength);
    }
    try {
      answered(answer);
    } catch (error) {
      options.log.error({ err: error }, 'a caller could not be answered');
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
}
