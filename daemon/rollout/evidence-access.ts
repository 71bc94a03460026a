import type { Logger } from 'pino';
import { SerinError } from '../errors.ts';
import { askForLife } from '../store/rollout-facts.ts';
import type { Store } from '../store/store.ts';

/** Access to what verdicts rest on: while it cannot be had, no verdict is given, not even an old one. */
export class EvidenceAccess {
  readonly #store: Store;
  readonly #log: Logger;
  #ping: Promise<unknown> | undefined;

  constructor({ store, log }: { readonly store: Store; readonly log: Logger }) {
    this.#store = store;
    this.#log = log;
  }

  /** What is answered from memory is answered only while the store answers too; many who ask at once ask once. */
  async isThere(): Promise<void> {
    await this.available(() => {
      this.#ping ??= askForLife(this.#store.reader).finally(() => {
        this.#ping = undefined;
      });
      return this.#ping;
    });
  }

  /** @throws SerinError `unavailable` for anything but an error of the caller: the store, or who asks it, is away */
  async available<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof SerinError) throw error;
      this.#log.error({ err: error }, 'evidence of rollouts cannot be read');
      throw new SerinError('unavailable', 'the evidence cannot be read now; no verdict is given', {
        retryAfterSeconds: 5,
        cause: error,
      });
    }
  }
}
