import type { Logger } from 'pino';
import type { Engine } from '../store/engine.ts';
import { removeLoaded, type Sealed } from './seal.ts';
import { add, type Tally } from './tally.ts';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 30_000;

export interface LoaderOptions {
  readonly engine: Pick<Engine, 'insertBlocks'>;
  readonly directory: string;
  readonly log: Logger;
  readonly tally: Tally;
  /** Called when the engine has confirmed every table of a segment. */
  readonly loaded: (sealed: Sealed) => void;
}

/**
 * Loads sealed segments one after the other, each table under its own token, again and again until the engine confirms:
 * the same token a second time stores nothing. The segment is removed after that, never before.
 */
export class Loader {
  readonly #options: LoaderOptions;
  readonly #queue: Sealed[] = [];
  /** Tables of the first segment that the engine has confirmed. */
  #confirmed = 0;
  #work: Promise<void> | undefined;
  #closing = false;
  #wake: () => void = () => undefined;

  constructor(options: LoaderOptions) {
    this.#options = options;
  }

  push(sealed: Sealed): void {
    this.#queue.push(sealed);
    this.#work ??= this.#run();
  }

  /** The oldest segment that is not loaded yet. */
  get oldest(): Sealed | undefined {
    return this.#queue[0];
  }

  /** Resolves when the queue is empty, or the loader has given up at closing. */
  async idle(): Promise<void> {
    while (this.#work !== undefined) await this.#work;
  }

  /** Loads what the engine takes at the first try, and leaves the rest to the next start. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#wake();
    await this.idle();
  }

  async #run(): Promise<void> {
    const { log, directory, loaded } = this.#options;
    let pause = FIRST_PAUSE_MS;
    for (let sealed = this.#queue[0]; sealed !== undefined; sealed = this.#queue[0]) {
      try {
        await this.#load(sealed);
        await removeLoaded(sealed, directory);
        pause = FIRST_PAUSE_MS;
      } catch (error) {
        this.#options.tally.loadFailures++;
        log.error(
          { err: error, segment: sealed.name, pauseMs: pause },
          'the store did not take a segment; trying again',
        );
        if (this.#closing) break;
        await this.#sleep(pause);
        pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
        continue;
      }
      this.#queue.shift();
      this.#confirmed = 0;
      loaded(sealed);
    }
    this.#work = undefined;
  }

  async #load(sealed: Sealed): Promise<void> {
    const { engine, tally } = this.#options;
    const began = performance.now();
    for (const { table, columns, rows, file } of sealed.tables.slice(this.#confirmed)) {
      await engine.insertBlocks(table, columns, file, `${sealed.name}-${table}`);
      add(tally.stored, table, rows);
      this.#confirmed++;
    }
    tally.times.load.since(began);
  }

  #sleep(milliseconds: number): Promise<void> {
    if (this.#closing) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
