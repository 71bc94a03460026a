import type { Window } from '../../detectors/terms.ts';
import type { Engine } from './engine.ts';
import { NativeReader } from './native-reader.ts';
import { bindPopulation, inPopulation, type Population } from './replay-population.ts';

/** A stretch of time of predictions; of a moment too full for one page, one of `parts`. */
export interface PageSpan extends Window {
  /** As counted when the pages were planned. */
  readonly rows: number;
  readonly part: number;
  readonly parts: number;
}

/** Groups of one planning statement: a few hundred kilobytes. */
const MOST_GROUPS = 50_000;

/**
 * Cuts the predictions of some versions from `from` on into stretches of about `rows` predictions, which follow one another
 * (without a gap in which there was one). One look at the times is enough, where finding the end of each page would read it twice.
 * @param longestMs no page spans more time, for a replay that keeps a pace
 */
export async function planPages(
  engine: Engine,
  population: Population,
  versions: readonly string[],
  from: number,
  { rows, longestMs }: { readonly rows: number; readonly longestMs: number },
): Promise<PageSpan[]> {
  const { window } = population;
  const stepMs = Math.max(1, Math.min(longestMs, Math.ceil((window.to - window.from) / MOST_GROUPS)));
  const groups = await countByTime(engine, { ...population, versions, window: { from, to: window.to } }, stepMs);
  const pages: PageSpan[] = [];
  let open: PageSpan = { from, to: from, rows: 0, part: 0, parts: 1 };
  const close = (to: number): void => {
    if (open.rows > 0) pages.push({ ...open, to });
    open = { from: open.rows > 0 ? to : open.from, to, rows: 0, part: 0, parts: 1 };
  };
  for (const { at, count } of groups) {
    const group = { from: Math.max(at * stepMs, from), to: Math.min((at + 1) * stepMs, window.to) };
    if (open.rows + count > rows || group.to - open.from > longestMs) close(group.from);
    if (count <= 2 * rows) open = { ...open, to: group.to, rows: open.rows + count };
    else {
      const within = { ...population, window: group };
      const [first, ...others] =
        stepMs > 1
          ? await planPages(engine, within, versions, group.from, { rows, longestMs })
          : parted(group, count, rows);
      if (first !== undefined) pages.push(first, ...others);
      open = { from: group.to, to: group.to, rows: 0, part: 0, parts: 1 };
    }
  }
  close(window.to);
  return pages;
}

/** One moment in several pages, told apart by the hash of the id. */
function parted(window: Window, count: number, rows: number): PageSpan[] {
  const parts = Math.ceil(count / rows);
  return Array.from({ length: parts }, (_, part) => ({ ...window, rows: Math.ceil(count / parts), part, parts }));
}

async function countByTime(
  engine: Engine,
  population: Population,
  stepMs: number,
): Promise<{ at: number; count: number }[]> {
  const reader = new NativeReader(
    await engine.bytes(
      `SELECT intDiv(toUnixTimestamp64Milli(timestamp), {step:Int64}) AS at, toInt64(count()) AS count
       FROM {database}.predictions WHERE ${inPopulation(population)} GROUP BY at ORDER BY at FORMAT Native`,
      { ...bindPopulation(population), step: stepMs },
    ),
  );
  const groups: { at: number; count: number }[] = [];
  while (reader.next()) {
    const [times, counts] = [reader.integers(), reader.integers()];
    for (const [row, at] of times.entries()) groups.push({ at: Number(at), count: Number(counts[row]) });
  }
  return groups;
}
