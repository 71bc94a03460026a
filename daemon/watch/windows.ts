import type { Window } from '../../detectors/terms.ts';

const DAY = 86_400_000;
const WEEK = 7 * DAY;
/** 1970-01-01 was a Thursday; weeks begin on Monday. */
const FIRST_MONDAY = 4 * DAY;

/** The window of a length that holds a moment: aligned to the epoch in UTC, whole weeks to Monday. */
export function windowAt(moment: number, lengthMs: number): Window {
  const origin = lengthMs % WEEK === 0 ? FIRST_MONDAY : 0;
  const from = origin + Math.floor((moment - origin) / lengthMs) * lengthMs;
  return { from, to: from + lengthMs };
}

/** Every aligned window of a length that overlaps a stretch, oldest first. */
export function windowsIn(stretch: Window, lengthMs: number): Window[] {
  const windows: Window[] = [];
  for (let window = windowAt(stretch.from, lengthMs); window.from < stretch.to;) {
    windows.push(window);
    window = { from: window.to, to: window.to + lengthMs };
  }
  return windows;
}

export type Step = '1h' | '6h' | '1d' | '1w' | '1mo';

const STEPS: Readonly<Record<Exclude<Step, '1mo'>, number>> = { '1h': DAY / 24, '6h': DAY / 4, '1d': DAY, '1w': WEEK };

/** Windows of a step that lie wholly within a stretch; months are calendar months in UTC. */
export function wholeWindows(stretch: Window, step: Step): Window[] {
  const windows = step === '1mo' ? monthsIn(stretch) : windowsIn(stretch, STEPS[step]);
  return windows.filter((window) => window.from >= stretch.from && window.to <= stretch.to);
}

function monthsIn(stretch: Window): Window[] {
  const windows: Window[] = [];
  const first = new Date(stretch.from);
  for (let month = 0; ; month++) {
    const from = Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + month, 1);
    if (from >= stretch.to) return windows;
    windows.push({ from, to: Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + month + 1, 1) });
  }
}
