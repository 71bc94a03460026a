import type { Window } from '../../detectors/terms.ts';
import type { Config, ModelSettings } from '../config/config.ts';
import { windowAt, windowsIn } from './windows.ts';

export interface DueWindow {
  readonly window: Window;
  /** False for the open window. */
  readonly final: boolean;
  /** It closed more than `back` windows ago: it is judged again, and nobody is told. */
  readonly late?: boolean;
}

/** Which windows of which models records came into, and which of them are to be judged now. */
export interface DueWindows {
  /** Notes that a load changed a stretch of a model. */
  touch(model: string, stretch: Window, now: number): void;
  /** Windows that are due, oldest first: closed ones that have settled, then the open one. They are taken out. */
  take(model: string, now: number): DueWindow[];
  /** Closed windows that could not be judged wait again. */
  giveBack(model: string, due: readonly DueWindow[]): void;
}

export function openDueWindows(settings: Config['watch'], settingsOf: (model: string) => ModelSettings): DueWindows {
  /** Starts of windows that wait to be judged for good, by model. */
  const waiting = new Map<string, Set<number>>();
  /** Models whose open window has changed since it was judged. */
  const grown = new Set<string>();
  const startsOf = (model: string): Set<number> => {
    const starts = waiting.get(model) ?? new Set();
    waiting.set(model, starts);
    return starts;
  };
  /** Where open windows are left alone, each window of what is watched is judged as it closes, though nothing came into it. */
  const newestClosed = new Map<string, number>();
  const addJustClosed = (model: string, now: number, length: number, starts: Set<number>): void => {
    const { from } = windowAt(now - settings.settle - length, length);
    if ((newestClosed.get(model) ?? -Infinity) < from) starts.add(from);
    newestClosed.set(model, from);
  };
  return {
    touch(model, stretch, now) {
      const length = settingsOf(model).window;
      const oldest = now - settings.back * length;
      const starts = startsOf(model);
      for (const { from } of windowsIn({ from: Math.max(stretch.from, oldest), to: stretch.to }, length))
        starts.add(from);
      if (stretch.to > windowAt(now, length).from) grown.add(model);
    },
    take(model, now) {
      const { window: length, services, budgets } = settingsOf(model);
      const starts = startsOf(model);
      // Spans do not say which model they belong to, and a budget is spent by what does not come, too.
      const isWatched = services.length > 0 || Object.keys(budgets).length > 0;
      if (isWatched && !settings.open_windows) addJustClosed(model, now, length, starts);
      const closed = [...starts]
        .filter((from) => from + length + settings.settle <= now)
        .sort((one, other) => one - other);
      for (const from of closed) starts.delete(from);
      const due: DueWindow[] = closed.map((from) => ({ window: { from, to: from + length }, final: true }));
      const changed = grown.delete(model);
      if (!settings.open_windows || !(changed || isWatched)) return due;
      const open = windowAt(now, length);
      // Where the clock was set back this window was judged for good before: it is to be so again.
      if (changed) starts.add(open.from);
      due.push({ window: open, final: false });
      return due;
    },
    giveBack(model, due) {
      for (const { window, final, late } of due) {
        if (late === true) continue;
        if (final) startsOf(model).add(window.from);
        else grown.add(model);
      }
    },
  };
}
