import type { Window } from '../../detectors/terms.ts';
import type { Engine } from '../store/engine.ts';
import { readHistograms, readHistogramsOf, type HistogramRow } from '../store/histograms.ts';
import { HOUR } from '../store/prediction-hours.ts';
import type { DueWindow } from './due-windows.ts';
import type { OpenSums } from './open-sums.ts';

/** Models whose windows are read together; what was read stays in memory until the last of them is judged. */
export const MODELS_TOGETHER = 16;

/** A model that was away has many windows due: it reads them one by one, so that memory does not grow with them. */
const WINDOWS_AHEAD = 2;

/** Reads the histograms of a window that is due; the first model that asks reads it for all that will. */
export type ReadTogether = (model: string, window: Window) => Promise<readonly HistogramRow[]>;

/**
 * @param due the windows of each model that is about to be judged
 * @param openSums of what open windows up to an hour long held before
 */
export function readTogether(
  engine: Engine,
  due: ReadonlyMap<string, readonly DueWindow[]>,
  openSums: OpenSums,
  now: number,
): ReadTogether {
  const askers = new Map<string, { readonly models: string[]; readonly final: boolean }>();
  for (const [model, windows] of due) {
    if (windows.length > WINDOWS_AHEAD) continue;
    for (const { window, final } of windows) {
      const known = askers.get(keyOf(window));
      if (known === undefined) askers.set(keyOf(window), { models: [model], final });
      else known.models.push(model);
    }
  }
  const readings = new Map<string, ReturnType<typeof readHistogramsOf>>();
  return async (model, window) => {
    const key = keyOf(window);
    const together = askers.get(key);
    if (together === undefined || !together.models.includes(model))
      return readHistograms(engine, model, window, { oneThread: true });
    const isOpen = !together.final && window.to - window.from <= HOUR;
    const reading =
      readings.get(key) ??
      (isOpen
        ? openSums.read(together.models, window, now)
        : readHistogramsOf(engine, together.models, window, { oneThread: true }));
    readings.set(key, reading);
    const of = await reading;
    return of(model);
  };
}

function keyOf({ from, to }: Window): string {
  return `${from}-${to}`;
}
