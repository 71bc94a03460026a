import { setTimeout as sleep } from 'node:timers/promises';

/** While bodies come one upon the other, commits begin at least so far apart: each costs as much for one body as for many. */
const APART_MS = 4;
/** Enough for one commit, however soon after the last. */
const ENOUGH = 32;

/**
 * Says when to commit. A body that comes alone is committed at once; where several came together lately, a commit waits a few
 * milliseconds for more of them, but only as long as more come: senders that wait for their answers must not wait for one another.
 */
export class CommitPace {
  #began = -Infinity;
  /** Bodies of the last commit. */
  #last = 0;

  /** Waits until it is time for a commit of what is queued then. */
  async gather(queued: () => number): Promise<void> {
    if (this.#last + queued() > 2) {
      let before = 0;
      while (performance.now() < this.#began + APART_MS - 0.5 && queued() < ENOUGH && queued() > before) {
        before = queued();
        await sleep(1);
      }
    }
    this.#began = performance.now();
    this.#last = queued();
  }
}
