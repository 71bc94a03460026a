import type { Logger } from 'pino';
import type { Clock } from '../../clock.ts';
import { SerinError } from '../../errors.ts';
import type { Engine } from '../../store/engine.ts';
import { failureOf, faultOf, type LoadFault } from '../../store/store-fault.ts';
import { saveProgress, tracesOf, type Load } from './load.ts';
import { Pause } from '../pause.ts';
import { checkBlock, DamagedBlock, removeLoaded, type Sealed } from '../spool/seal.ts';
import { tablesOf, toSetAside, type Retried, type SetAside } from './set-aside.ts';
import { add, type Tally } from '../tally.ts';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 30_000;
/** The store remembers tokens at least this long: it would take 10,000 parts within it to forget one. */
const TRUST_TOKENS_MS = 60_000;

export interface LoaderOptions {
  readonly engine: Pick<Engine, 'insertBlocks'>;
  readonly directory: string;
  /** Times that the store may refuse a segment before it is set aside. */
  readonly tries: number;
  readonly clock: Clock;
  readonly log: Logger;
  readonly tally: Tally;
  /** Makes one block of a segment again from its bodies. @throws DamagedBlock when they cannot be read either */
  readonly rebuild: (sealed: Sealed, table: string) => Promise<Sealed>;
  /** Called when the engine has confirmed every table of a segment. */
  readonly loaded: (sealed: Sealed) => void;
  readonly setAside: (sealed: Sealed) => void;
}

/**
 * Loads sealed segments, oldest first, each table under its own token, until the engine confirms: the same token a second
 * time stores nothing, and when the token may be forgotten, the store is asked what it has. The segment is removed after
 * that, never before.
 *
 * A store that is away holds up everything and is tried for ever. One that refuses a segment holds up nothing else: the
 * segment is tried again with growing pauses while later ones are loaded, and set aside in the end.
 */
export class Loader {
  readonly #options: LoaderOptions;
  readonly #queue: Load[] = [];
  readonly #aside = new Map<string, Load>();
  /** Set-aside segments that are being tried by command. */
  readonly #underway = new Set<string>();
  readonly #pause = new Pause();
  #awayMs = FIRST_PAUSE_MS;
  /** When the store last took a table. */
  #tookAt = -Infinity;
  #work: Promise<void> | undefined;
  #closing = false;

  constructor(options: LoaderOptions) {
    this.#options = options;
  }

  /** Takes up a load, new or begun by an earlier life; one that is set aside waits for a command. */
  push(load: Load): void {
    if (load.setAsideAt !== null) {
      this.#aside.set(load.sealed.name, load);
      this.#options.setAside(load.sealed);
      return;
    }
    this.#queue.push(load);
    this.#pause.endIfIdle();
    this.#work ??= this.#run();
  }

  /** Segments that are being loaded or wait for it, besides those that the store refused. */
  get waiting(): number {
    return this.#queue.reduce((sum, { tries }) => sum + (tries === 0 ? 1 : 0), 0);
  }

  /** Segments that wait for a command, oldest first. */
  setAside(): SetAside[] {
    return [...this.#aside.values()].map(toSetAside).sort((one, other) => (one.segment < other.segment ? -1 : 1));
  }

  /**
   * Tries a segment that was set aside once more.
   * @throws SerinError `unknown_id`, `conflict` while it is being tried, or `unavailable` while the store is away
   */
  async retry(segment: string): Promise<Retried> {
    const load = this.#aside.get(segment);
    if (load === undefined)
      throw new SerinError('unknown_id', `no segment ${JSON.stringify(segment)} is set aside`, { field: 'segment' });
    if (this.#underway.has(segment) || this.#closing)
      throw new SerinError('conflict', `the segment ${segment} is being tried already`, { field: 'segment' });
    this.#underway.add(segment);
    try {
      return await this.#retry(load);
    } finally {
      this.#underway.delete(segment);
    }
  }

  /** Resolves when the queue is empty, or the loader has given up at closing. */
  async idle(): Promise<void> {
    while (this.#work !== undefined) await this.#work;
  }

  /** Loads what the engine takes at the first try, and leaves the rest to the next start. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#pause.end();
    await this.idle();
  }

  async #run(): Promise<void> {
    while (this.#queue.length > 0) {
      // The oldest of those that were not refused yet, before any that was.
      const load = this.#queue.reduce((first, one) => (one.dueAt < first.dueAt ? one : first));
      const wait = load.dueAt - performance.now();
      if (wait > 0) {
        if (this.#closing) break;
        await this.#pause.idle(wait);
        continue;
      }
      const fault = await this.#finish(load);
      if (fault === undefined) {
        this.#queue.splice(this.#queue.indexOf(load), 1);
        this.#options.loaded(load.sealed);
      } else if (fault === 'away') {
        if (this.#closing) break;
        await this.#pause.last(this.#awayMs);
        this.#awayMs = Math.min(this.#awayMs * 2, LONGEST_PAUSE_MS);
      }
    }
    this.#work = undefined;
  }

  /** Offers what the store has not confirmed; removes the segment when all of it is there, or else says when it is due again. */
  async #finish(load: Load): Promise<'away' | 'refused' | undefined> {
    const { directory, log, tally, tries } = this.#options;
    try {
      const fault = await this.#offer(load);
      if (fault === undefined) {
        await removeLoaded(load.sealed, directory);
        return undefined;
      }
      if (fault === 'away') return 'away';
      // Of an error that says nothing, what happens to other segments tells whether it is this one.
      const counts = fault === 'refused' || this.#tookAt > load.failedAt;
      load.failedAt = performance.now();
      load.pauseMs = Math.min(load.pauseMs === 0 ? FIRST_PAUSE_MS : load.pauseMs * 2, LONGEST_PAUSE_MS);
      load.dueAt = load.failedAt + load.pauseMs;
      if (counts) load.tries++;
      if (load.tries >= tries) await this.#putAside(load);
      else await saveProgress(load, directory);
      return counts ? 'refused' : 'away';
    } catch (error) {
      tally.loadFailures++;
      log.error({ err: error, segment: load.sealed.name }, 'the spool does not take how far a load came; trying again');
      return 'away';
    }
  }

  /** @returns what keeps the segment out of the store; undefined when all of it is there */
  async #offer(load: Load): Promise<LoadFault | undefined> {
    const began = performance.now();
    let worst: LoadFault | undefined;
    for (const { table } of load.sealed.tables) {
      if (load.confirmed.has(table)) continue;
      try {
        await this.#insert(load, table);
      } catch (error) {
        worst = error instanceof DamagedBlock ? 'refused' : faultOf(error);
        this.#note(load, table, error, worst);
        if (worst !== 'refused') break;
      }
    }
    if (worst === undefined) this.#options.tally.times.load.since(began);
    return worst;
  }

  async #insert(load: Load, table: string): Promise<void> {
    const { engine, tally } = this.#options;
    await this.#mend(load, table);
    const { columns, rows, file } = blockOf(load, table);
    const now = performance.now();
    const doubtful = now - (load.offeredAt.get(table) ?? now) > TRUST_TOKENS_MS;
    if (!load.offeredAt.has(table)) load.offeredAt.set(table, now);
    const token = `${load.sealed.name}-${table}`;
    await engine.insertBlocks(table, columns, file, token, ...(doubtful ? [tracesOf(load.sealed)] : []));
    load.confirmed.add(table);
    load.failures.delete(table);
    add(tally.stored, table, rows);
    this.#tookAt = performance.now();
    this.#awayMs = FIRST_PAUSE_MS;
  }

  /** Makes a damaged block again; the store may have rows of the one before. */
  async #mend(load: Load, table: string): Promise<void> {
    const { log, rebuild, tally } = this.#options;
    try {
      await checkBlock(blockOf(load, table), load.suspect);
    } catch (error) {
      if (!(error instanceof DamagedBlock)) throw error;
      tally.count('block_damaged');
      log.error({ err: error, segment: load.sealed.name }, 'a block is damaged; it is made again from the bodies');
      load.sealed = await rebuild(load.sealed, table);
      load.offeredAt.set(table, -Infinity);
    }
  }

  #note(load: Load, table: string, error: unknown, fault: LoadFault): void {
    const { log, tally } = this.#options;
    tally.loadFailures++;
    load.failures.set(table, failureOf(error));
    if (fault !== 'away') load.suspect = true;
    log.error(
      { err: error, segment: load.sealed.name, table, fault, tries: load.tries },
      fault === 'away'
        ? 'the store is away; trying again until it is back'
        : 'the store did not take a segment; trying again',
    );
  }

  async #putAside(load: Load): Promise<void> {
    const { clock, directory, log, setAside } = this.#options;
    load.setAsideAt = clock.now();
    try {
      await saveProgress(load, directory);
    } catch (error) {
      load.setAsideAt = null;
      throw error;
    }
    this.#queue.splice(this.#queue.indexOf(load), 1);
    this.#aside.set(load.sealed.name, load);
    setAside(load.sealed);
    log.error(
      { segment: load.sealed.name, tries: load.tries, tables: tablesOf(load) },
      'a segment is set aside: the store refused it too often; "serin retry" loads it once the reason is gone',
    );
  }

  async #retry(load: Load): Promise<Retried> {
    const { directory, loaded, log } = this.#options;
    const { name: segment } = load.sealed;
    for (const { table } of load.sealed.tables) load.offeredAt.set(table, -Infinity);
    load.suspect = true;
    const fault = await this.#offer(load);
    if (fault === undefined) {
      await removeLoaded(load.sealed, directory);
      this.#aside.delete(segment);
      loaded(load.sealed);
      log.info({ segment }, 'a segment that was set aside is in the store');
      return { segment, state: 'loaded', tables: tablesOf(load) };
    }
    if (fault === 'away') {
      const reason = [...load.failures.values()].at(-1)?.reason ?? '';
      throw new SerinError('unavailable', `the store is away: ${reason}`, { retryAfterSeconds: 10 });
    }
    load.tries++;
    await saveProgress(load, directory);
    return { segment, state: 'refused', tables: tablesOf(load) };
  }
}

function blockOf({ sealed }: Load, table: string): Sealed['tables'][number] {
  const found = sealed.tables.find((one) => one.table === table);
  if (found === undefined) throw new Error(`the segment ${sealed.name} has no block of ${table}`);
  return found;
}
