import type { Window } from '../../detectors/terms.ts';
import type { ModelSettings } from '../config/config.ts';
import type { Engine } from '../store/engine.ts';
import { readReceivedHours } from '../store/received-hours.ts';
import type { DueWindow } from './due-windows.ts';
import { openLateQueue } from './late-queue.ts';
import { windowAt, windowsIn } from './windows.ts';

const HOUR = 3_600_000;
/** Late records are looked for at most this often: each look reads when they were received. */
const LEAST_PAUSE_MS = 60_000;
/** A record is loaded a little after it was received, or long after, where the store was away; what waited as the daemon ended waits again. */
const LOADED_WITHIN_MS = 86_400_000;
/** Windows of all models that are judged again in one tick, beside those that are due. */
const MOST_A_TICK = 16;

/** Windows of traffic that closed more than `back` windows ago and that late records touched. */
export interface LateWindows {
  /** Notes that a load has records of a stretch; which of its windows they touched is found out later. */
  touch(model: string, stretch: Window, now: number): void;
  /** Finds out which windows late records belong to. `found` hears of each hour. */
  look(now: number, found: (model: string, hour: number) => void): Promise<void>;
  /** Those of a model that this tick has room for. */
  take(model: string): DueWindow[];
  giveBack(model: string, due: readonly DueWindow[]): void;
  /** How many wait. */
  waiting(): number;
}

export interface LateWindowsOptions {
  readonly engine: Engine;
  readonly settingsOf: (model: string) => ModelSettings;
  /** Windows up to so many back are due at once. */
  readonly back: number;
  /** Until when records had been received as anything was last judged; undefined where nothing was. */
  readonly seenUntil: number | undefined;
}

export function openLateWindows({ engine, settingsOf, back, seenUntil }: LateWindowsOptions): LateWindows {
  const queue = openLateQueue(MOST_A_TICK);
  const stretches = new Map<string, Window>();
  /** When the last record of an hour had been received, as its windows were last put into the queue. */
  const known = new Map<string, number>();
  let lookedAt = -Infinity;
  let since = seenUntil;
  const lengthOf = (model: string): number => settingsOf(model).window;

  async function lookAt(model: string, stretch: Window, from: number, found: (model: string, hour: number) => void) {
    for (const { hour, received } of await readReceivedHours(engine, model, stretch, from)) {
      const key = `${hour} ${model}`;
      if ((known.get(key) ?? -Infinity) >= received) continue;
      known.set(key, received);
      found(model, hour);
      const touched = { from: Math.max(hour, stretch.from), to: Math.min(hour + HOUR, stretch.to) };
      for (const window of windowsIn(touched, lengthOf(model))) queue.add(model, window.from);
    }
  }

  return {
    touch(model, { from, to }, now) {
      const length = lengthOf(model);
      const oldest = windowAt(now - back * length, length).from;
      if (from >= oldest) return;
      const before = stretches.get(model) ?? { from: Infinity, to: -Infinity };
      stretches.set(model, { from: Math.min(before.from, from), to: Math.max(before.to, Math.min(to, oldest)) });
    },
    async look(now, found) {
      queue.begin();
      since = Math.min(since ?? now, now);
      if (Math.abs(now - lookedAt) < LEAST_PAUSE_MS) return;
      for (const [model, stretch] of stretches) {
        await lookAt(model, stretch, since - LOADED_WITHIN_MS, found);
        stretches.delete(model);
      }
      [lookedAt, since] = [now, now];
    },
    take(model) {
      const length = lengthOf(model);
      return queue.take(model).map((from) => ({ window: { from, to: from + length }, final: true, late: true }));
    },
    giveBack(model, due) {
      for (const { window, late } of due) if (late === true) queue.add(model, window.from);
    },
    waiting: () => queue.waiting(),
  };
}
