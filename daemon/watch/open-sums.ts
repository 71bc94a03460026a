import type { Window } from '../../detectors/terms.ts';
import { addRows } from '../store/histogram-blocks.ts';
import type { Engine } from '../store/engine.ts';
import { groupBy } from '../store/group-by.ts';
import { readHistogramsOf, type HistogramRow } from '../store/histograms.ts';

const MINUTE = 60_000;
/** Minutes are added up for good so many at a time, counted from the start of the window. */
const STEP_MS = 10 * MINUTE;
/** Records come a little after they were made: what is younger is read anew at each look. */
const LAG_MS = 2 * MINUTE;

/**
 * What the open windows of models held a little while ago, added up: a look reads the minutes since, so that it costs the same at the
 * end of a window as at its start. Closed windows are read as a whole.
 */
export interface OpenSums {
  /** Notes that a load changed a stretch of a model. */
  touch(model: string, stretch: Window): void;
  /** The histograms of an open window of some models, as `readHistogramsOf` reads them out of its minutes. */
  read(models: readonly string[], window: Window, now: number): Promise<(model: string) => HistogramRow[]>;
}

interface Sum {
  readonly window: Window;
  /** Everything of the window before this is in `rows`. */
  readonly upTo: number;
  readonly rows: readonly HistogramRow[];
}

export function openOpenSums(engine: Engine): OpenSums {
  const sums = new Map<string, Sum>();
  /** Earliest change of each model since its minutes were last asked for, to add them up. */
  const changed = new Map<string, number>();

  const sumOf = (model: string, { from, to }: Window): Sum | undefined => {
    const sum = sums.get(model);
    return sum?.window.from === from && sum.window.to === to ? sum : undefined;
  };

  /** Adds up what is old enough, of models that have come equally far. */
  async function extend(models: readonly string[], window: Window, from: number, upTo: number): Promise<void> {
    for (const model of models) changed.delete(model);
    const read = await readMinutes(models, { from, to: upTo });
    for (const model of models) {
      // A load that came meanwhile may be in what was read, or not.
      if ((changed.get(model) ?? Infinity) < upTo) continue;
      const before = sumOf(model, window);
      const rows = before === undefined ? read(model) : addRows(before.rows, read(model));
      sums.set(model, { window, upTo, rows });
    }
  }

  const readMinutes = (models: readonly string[], stretch: Window) =>
    readHistogramsOf(engine, models, stretch, { minutesOnly: true, oneThread: true });

  return {
    touch(model, { from }) {
      changed.set(model, Math.min(from, changed.get(model) ?? Infinity));
      const sum = sums.get(model);
      if (sum !== undefined && from < sum.upTo) sums.delete(model);
    },
    async read(models, window, now) {
      for (const [model, sum] of sums) if (sum.window.to <= now - LAG_MS) sums.delete(model);
      const settled = window.from + Math.floor((Math.min(now, window.to) - LAG_MS - window.from) / STEP_MS) * STEP_MS;
      for (const [from, alike] of groupBy(models, (model) => sumOf(model, window)?.upTo ?? window.from))
        if (from < settled) await extend(alike, window, from, settled);
      // As they are now: a load that comes while the rest is read counts at the next look.
      const known = new Map(models.map((model) => [model, sumOf(model, window)]));
      const rest = new Map<string, (model: string) => HistogramRow[]>();
      for (const [from, alike] of groupBy(models, (model) => known.get(model)?.upTo ?? window.from)) {
        const read = await readMinutes(alike, { from, to: window.to });
        for (const model of alike) rest.set(model, read);
      }
      return (model) => {
        const rows = rest.get(model)?.(model) ?? [];
        const sum = known.get(model);
        return sum === undefined ? rows : addRows(sum.rows, rows);
      };
    },
  };
}
