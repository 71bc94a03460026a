import type { Logger } from 'pino';
import type { Clock } from './clock.ts';
import type { LeaseRows } from './store/lease-rows.ts';
import { startTicker } from './ticker.ts';

export interface LeaseOptions {
  readonly rows: LeaseRows;
  /** A name that no other process has. */
  readonly holder: string;
  /** How long the one that holds it may be silent before another takes it. */
  readonly timeoutMs: number;
  /** Milliseconds that never go back. */
  readonly elapsed: () => number;
  readonly clock: Clock;
  readonly log: Logger;
}

/** A right that one of the daemons of a store has at a time: to judge, to send and to act. */
export interface Lease {
  /** The number with which the present hold began; undefined while another has it, or nobody. A later hold has a higher one. */
  since(): number | undefined;
  /** Renews it, or takes it when it is free; by itself it does so six times within the time-out. */
  turn(): Promise<void>;
  start(): void;
  /** Gives it back. */
  close(): Promise<void>;
}

/** Of the time-out: for so long it is held after a claim, less than others wait, since clocks do not run alike. */
const HELD_SHARE = 0.75;
const TURNS = 6;

/**
 * No clock is compared with another's: whoever holds the lease counts from before its claim was sent, the others from when they
 * saw that claim, and both count how much time goes by, not what time it is. A claim that nobody followed for the time-out is over.
 */
export function openLease({ rows, holder, timeoutMs, elapsed, clock, log }: LeaseOptions): Lease {
  let seen = { number: -1, at: 0 };
  let hold: { readonly since: number; readonly until: number; readonly from: number; readonly to: number } | undefined;
  let ticker: ReturnType<typeof startTicker> | undefined;

  const since = (): number | undefined => {
    const now = clock.now();
    // While the machine sleeps, time that never goes back may stand still: either is enough to end it.
    const holds = hold !== undefined && elapsed() < hold.until && now >= hold.from && now < hold.to;
    return holds ? hold!.since : undefined;
  };

  async function turn(): Promise<void> {
    const held = since();
    const newest = await rows.newest();
    if (newest.number !== seen.number) seen = { number: newest.number, at: elapsed() };
    const free = newest.holder === '' || newest.holder === holder || elapsed() - seen.at >= timeoutMs;
    if (!free) {
      if (hold !== undefined)
        log.warn({ holder: newest.holder }, 'another daemon judges and acts now: this one stands by');
      hold = undefined;
      return;
    }
    const [from, began] = [clock.now(), elapsed()];
    const number = newest.number + 1;
    if (!(await rows.claim({ number, holder }))) return;
    const length = timeoutMs * HELD_SHARE;
    // Another may have had it for a moment that this one slept through.
    const goesOn = held !== undefined && newest.holder === holder;
    hold = { since: goesOn ? held : number, until: began + length, from, to: from + length };
    if (!goesOn) log.info({ number }, 'this daemon judges and acts');
  }

  return {
    since,
    turn,
    start: () => {
      ticker ??= startTicker(timeoutMs / TURNS, turn, log);
    },
    async close() {
      await ticker?.stop();
      hold = undefined;
      try {
        const newest = await rows.newest();
        if (newest.holder === holder) await rows.claim({ number: newest.number + 1, holder: '' });
      } catch (error) {
        log.warn({ err: error }, 'the lease could not be given back: another daemon takes it when it has run out');
      }
    },
  };
}
