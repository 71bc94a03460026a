import type { Window } from '../../detectors/terms.ts';
import type { Engine } from '../store/engine.ts';
import { condenseHours, HOUR } from '../store/prediction-hours.ts';

const DAY = 24 * HOUR;

/** What comes later than this lies in buckets of hours anyway, as all that is more than two hours late. */
const FURTHEST_MS = 31 * DAY;

/** Hours of models that are condensed at one tick, so that none takes long: a thousand models in half an hour of minutes. */
const AT_ONCE = 32;

/** Condenses the hours that records came into, once they are over. */
export interface Condensing {
  /** Notes that a load changed a stretch of a model. */
  touch(model: string, stretch: Window, now: number): void;
  /** Condenses some of what is over by now; the rest at the next ticks. */
  tick(now: number): Promise<void>;
}

/** @param settleMs how long after its end an hour is left alone */
export function openCondensing(engine: Engine, settleMs: number): Condensing {
  /** From the first hour that was touched to the last, by model. */
  const waiting = new Map<string, Window>();
  const add = (model: string, { from, to }: Window): void => {
    const known = waiting.get(model) ?? { from: Infinity, to: -Infinity };
    if (from < to) waiting.set(model, { from: Math.min(known.from, from), to: Math.max(known.to, to) });
  };
  return {
    touch(model, { from, to }, now) {
      add(model, { from: hourAt(Math.max(from, now - FURTHEST_MS)), to: hourAt(to) + HOUR });
    },
    async tick(now) {
      const over = hourAt(now - settleMs);
      let left = AT_ONCE;
      const models = [...waiting.keys()];
      for (const model of models) {
        const { from, to } = waiting.get(model)!;
        const end = Math.min(to, over, from + left * HOUR);
        if (end <= from) continue;
        // Loads meanwhile may touch it again; where it fails, it waits behind the others.
        waiting.delete(model);
        try {
          await condenseHours(engine, model, { from, to: end });
        } catch (error) {
          add(model, { from, to });
          throw error;
        }
        add(model, { from: end, to });
        left -= (end - from) / HOUR;
      }
    },
  };
}

function hourAt(moment: number): number {
  return Math.floor(moment / HOUR) * HOUR;
}
