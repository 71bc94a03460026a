import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { openLease } from '../lease.ts';
import { leaseRows } from '../store/lease-rows.ts';
import { openLoads, type LoadedStretches } from '../store/loads.ts';
import type { Store } from '../store/store.ts';
import { openWatch, type Watch, type WatchOptions } from '../watch/watch.ts';

export interface ChargeOptions {
  readonly store: Store;
  readonly leaseMs: number;
  readonly watch: Omit<WatchOptions, 'clock' | 'log'>;
  /** Called when this daemon takes charge after another; what that one left unfinished is to be taken up. */
  takeUp(): Promise<void>;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Who judges, sends and acts: of all daemons on one store, one. The others take in, store and answer. */
export interface Charge {
  /** Whether it is this daemon, at this moment; to be asked before each thing that must happen once. */
  held(): boolean;
  /** The number with which it took charge; null where no other daemon can have it. */
  number(): number | null;
  readonly watch: Watch;
  /** Tells the one in charge of a load. */
  loaded(loaded: LoadedStretches): Promise<void>;
  /** Takes these steps one after the other, while this daemon is in charge; the first time as a daemon does that starts anew. */
  turn(steps: readonly (() => Promise<void>)[]): Promise<void>;
  /** Lets another daemon take over at once. */
  close(): Promise<void>;
}

/** An embedded store serves one process: it is in charge. */
export async function openCharge(options: ChargeOptions): Promise<Charge> {
  if (!options.store.embedded) return shareCharge(options);
  const watch = await openWatch({ ...options, ...options.watch });
  return {
    held: () => true,
    number: () => null,
    watch,
    loaded: async ({ models, labels }) => watch.touch(models, labels),
    async turn(steps) {
      for (const step of steps) await step();
    },
    close: async () => undefined,
  };
}

async function shareCharge({ store, leaseMs, clock, log, ...options }: ChargeOptions): Promise<Charge> {
  const elapsed = (): number => performance.now();
  const lease = openLease({
    rows: leaseRows(store.writer),
    holder: `${hostname()}-${randomUUID()}`,
    timeoutMs: leaseMs,
    elapsed,
    clock,
    log,
  });
  const loads = openLoads(store.writer, store.watcher, elapsed);
  const open = (): Promise<Watch> =>
    openWatch({
      ...options.watch,
      clock,
      log,
      observe: async (found) => {
        if (lease.since() !== undefined) await options.watch.observe(found);
      },
    });
  let watch = await open();
  /** The hold that the watch was opened in: what others judged and loaded before is known to one that is opened in it. */
  let takenUp: number | undefined;
  lease.start();
  return {
    held: () => lease.since() !== undefined,
    number: () => lease.since() ?? null,
    watch: {
      tick: () => watch.tick(),
      touch: (...touched) => watch.touch(...touched),
      waiting: () => watch.waiting(),
      allowedPages: (model) => watch.allowedPages(model),
      evaluate: (request) => watch.evaluate(request),
    },
    loaded: (loaded) => loads.note(loaded),
    async turn(steps) {
      const hold = lease.since();
      if (hold === undefined) return loads.flush();
      if (hold !== takenUp) {
        watch = await open();
        loads.forget();
        await options.takeUp();
        takenUp = hold;
      }
      const { models, labels } = await loads.hear();
      watch.touch(models, labels);
      for (const step of steps) if (lease.since() === hold) await step();
    },
    close: () => lease.close(),
  };
}
