import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { startTicker, type Ticker } from '../ticker.ts';
import type { Engine } from '../store/engine.ts';
import { freezeStretch, lastReceived, type Stretch } from '../store/freeze-stretch.ts';
import type { ModelSettingsBook } from './model-settings.ts';
import type { References } from './references.ts';

/** How long nothing must have come for a stretch: a backfill that is under way must not be cut in two. */
const QUIET_MS = 600_000;

export interface FreezeOptions {
  /** Session that may take minutes, and keeps nobody waiting. */
  readonly engine: Engine;
  readonly book: ModelSettingsBook;
  readonly references: References;
  /** Of a stretch with more rows an even sample is kept. */
  readonly maxRows: number;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Between two looks for references that are to be copied. */
const FREEZE_MS = 60_000;

/** Looks again and again for references that are to be copied, while this daemon is `inCharge`. */
export function startFreezing(options: FreezeOptions, inCharge: () => boolean): Ticker {
  return startTicker(FREEZE_MS, async () => void (inCharge() && (await freezeReferences(options))), options.log);
}

/**
 * Copies each stretch that models are judged against, and that was not copied before, once it is over and nothing has come
 * for it for ten minutes: what comes late for it, and retention, change nothing from then on.
 */
export async function freezeReferences(options: FreezeOptions): Promise<void> {
  for (const model of options.book.known()) {
    const { reference } = options.book.record(model);
    if (reference === null || reference.uploaded === true || reference.frozen === true) continue;
    if (reference.window.to + QUIET_MS > options.clock.now()) continue;
    const stretch = { model, version: reference.version, window: reference.window };
    await freeze(options, stretch).catch((error: unknown) =>
      options.log.warn({ err: error, model }, 'a reference could not be copied; trying again'),
    );
  }
}

async function freeze({ engine, references, maxRows, clock }: FreezeOptions, stretch: Stretch): Promise<void> {
  const came = await lastReceived(engine, stretch);
  if (came !== undefined && came + QUIET_MS > clock.now()) return;
  const id = references.idOf(stretch);
  await freezeStretch(engine, id, stretch, maxRows);
  await references.frozen(stretch.model, id, clock.now());
}
