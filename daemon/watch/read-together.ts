import type { Window } from '../../detectors/terms.ts';
import type { Engine } from '../store/engine.ts';
import { readHistograms, readHistogramsOf, type HistogramRow } from '../store/histograms.ts';
import type { DueWindow } from './due-windows.ts';

/** Models whose windows are read together; what was read stays in memory until the last of them is judged. */
export const MODELS_TOGETHER = 16;

/** A model that was away has many windows due: it reads them one by one, so that memory does not grow with them. */
const WINDOWS_AHEAD = 2;

/** Reads the histograms of a window that is due; the first model that asks reads it for all that will. */
export type ReadTogether = (model: string, window: Window) => Promise<readonly HistogramRow[]>;

/** @param due the windows of each model that is about to be judged */
export function readTogether(engine: Engine, due: ReadonlyMap<string, readonly DueWindow[]>): ReadTogether {
  const askers = new Map<string, string[]>();
  for (const [model, windows] of due) {
    if (windows.length > WINDOWS_AHEAD) continue;
    for (const { window } of windows) askers.set(keyOf(window), [...(askers.get(keyOf(window)) ?? []), model]);
  }
  const readings = new Map<string, ReturnType<typeof readHistogramsOf>>();
  return async (model, window) => {
    const key = keyOf(window);
    const together = askers.get(key) ?? [];
    if (!together.includes(model)) return readHistograms(engine, model, window);
    const reading = readings.get(key) ?? readHistogramsOf(engine, together, window);
    readings.set(key, reading);
    const of = await reading;
    return of(model);
  };
}

function keyOf({ from, to }: Window): string {
  return `${from}-${to}`;
}
