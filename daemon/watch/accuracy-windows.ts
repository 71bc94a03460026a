import type { Window } from '../../detectors/terms.ts';
import type { ModelSettings } from '../config/config.ts';
import type { Engine } from '../store/engine.ts';
import { readLabelledHours } from '../store/labelled-hours.ts';
import type { DueWindow } from './due-windows.ts';
import { openLateQueue } from './late-queue.ts';
import { windowAt } from './windows.ts';

/** Labels are looked for at most this often: each look reads when they were received. */
const LEAST_PAUSE_MS = 60_000;

/** Windows that closed long ago and are judged again in one tick: each joins raw rows. */
const MOST_LATE_A_TICK = 4;

/** Stretches up to this length are looked at a hundred times. */
const SHORT_MS = 6 * 3_600_000;

/** Which windows of matured labels are to be judged: as they mature, and again when a label comes late. */
export interface AccuracyWindows {
  /** Notes that labels were stored. */
  labelsCame(): void;
  /** Notes that predictions of an hour came late: their labels may have come before. */
  touch(model: string, hour: number): void;
  /** Finds out which windows the labels that came belong to. */
  look(now: number): Promise<void>;
  take(model: string, now: number): DueWindow[];
  giveBack(model: string, due: readonly DueWindow[]): void;
  /** Windows older than `back` that wait to be judged again. */
  waiting(): number;
}

export interface AccuracyWindowsOptions {
  readonly engine: Engine;
  readonly settingsOf: (model: string) => ModelSettings;
  /** How many windows back are judged again at once; older ones little by little. */
  readonly back: number;
  /** Until when labels had been received as accuracy was last judged. */
  readonly seenUntil: number;
}

export function openAccuracyWindows(options: AccuracyWindowsOptions): AccuracyWindows {
  const { engine, settingsOf, back } = options;
  let { seenUntil } = options;
  let lookedAt = -Infinity;
  let came = true;
  /** Starts of matured windows that labels came to, by model. */
  const touched = new Map<string, Set<number>>();
  const judgedAt = new Map<string, number>();
  /** The newest window that was judged, for good or not. */
  const newest = new Map<string, number>();

  const late = openLateQueue(MOST_LATE_A_TICK);
  const touch = (model: string, from: number): void => {
    const starts = touched.get(model) ?? new Set();
    touched.set(model, starts.add(from));
  };

  return {
    labelsCame: () => {
      came = true;
    },
    touch: (model, hour) => touch(model, windowAt(hour, settingsOf(model).accuracy_window).from),
    async look(now) {
      late.begin();
      // Where the clock was set back, labels are received before what has been seen.
      seenUntil = Math.min(seenUntil, now);
      if (!came || Math.abs(now - lookedAt) < LEAST_PAUSE_MS) return;
      // A label is loaded a little after it was received.
      const hours = await readLabelledHours(engine, seenUntil - LEAST_PAUSE_MS);
      for (const { model, hour } of hours) touch(model, windowAt(hour, settingsOf(model).accuracy_window).from);
      [came, lookedAt, seenUntil] = [false, now, now];
    },
    take(model, now) {
      const { accuracy_window: length, label_maturity: maturity } = settingsOf(model);
      const mature = now - maturity;
      const current = windowAt(mature, length);
      const wanted = touched.get(model) ?? new Set<number>();
      // As a rule that is one window; more have matured while the machine slept.
      const first = Math.max(newest.get(model) ?? current.from, current.from - back * length);
      for (let from = first; from < current.from; from += length) wanted.add(from);
      if (Math.abs(now - (judgedAt.get(model) ?? -Infinity)) >= pauseOf(length)) {
        judgedAt.set(model, now);
        wanted.add(current.from);
      } else wanted.delete(current.from);
      newest.set(model, current.from);
      touched.delete(model);
      const oldest = current.from - back * length;
      for (const from of wanted) if (from < oldest) late.add(model, from);
      const again = late.take(model).map((from) => ({ ...dueOf({ from, to: from + length }, mature), late: true }));
      const due = [...wanted]
        .filter((from) => from < mature && from >= oldest)
        .sort((one, other) => one - other)
        .map((from) => dueOf({ from, to: from + length }, mature));
      return [...again, ...due];
    },
    giveBack(model, due) {
      judgedAt.delete(model);
      for (const { window } of due) touch(model, window.from);
    },
    waiting: () => late.waiting(),
  };
}

/** Labels trickle in: a part of the stretch is soon enough, and spares joins of raw rows; every hour for a day. */
function pauseOf(lengthMs: number): number {
  return lengthMs > SHORT_MS ? lengthMs / 24 : lengthMs / 100;
}

/** A window that is not old enough as a whole is judged as far as it is. */
function dueOf(window: Window, mature: number): DueWindow {
  return { window: { from: window.from, to: Math.min(window.to, mature) }, final: window.to <= mature };
}
