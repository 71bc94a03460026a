import type { Measurement, Requirement, Unmeasurable } from '../define-detector.ts';
import type { Setting } from '../detector.ts';
import type { Folded } from '../maths/alarm.ts';
import { sayDuration, sayNumber, sayShare } from '../say.ts';
import { atLeast } from '../settings.ts';
import type { Series, SeriesPoint } from '../terms.ts';

/** Settings of every detector that looks for a change in a series. */
export const seriesSettings = {
  recent: {
    default: 24,
    unit: 'points',
    meaning: 'how many points a change is told for after it was found',
    range: [1, 10_000],
  },
  minimum_points: atLeast(30, 'points of the series'),
} as const satisfies Record<string, Setting>;

/** Points of a series that are looked through, at most: cuts that a method chooses among. */
export const MOST_POINTS = 500;

/** What a series must hold. */
export function pointsNeeded(
  { points }: Series,
  { minimum_points: need }: { readonly minimum_points: number },
): readonly Requirement[] {
  return [{ what: 'points of the series', have: points.length, need }];
}

/** A finding out of what a method made of a series: its largest ratio in the newest points, and since when. */
export function measureSeries(
  window: Series,
  folded: Folded | undefined,
  { recent }: { readonly recent: number },
): Measurement | Unmeasurable {
  if (folded === undefined) return { insufficient: 'the series does not vary in the reference' };
  const { points } = window;
  const first = Math.max(0, points.length - recent);
  const newest = folded.ratios.slice(first);
  // A chart against the reference fires again and again while the level stays away: the first alarm is the change.
  const alarm = folded.alarms.find(({ index }) => index >= first);
  const statistic = newest.reduce((one, other) => Math.max(one, other), 0);
  if (alarm === undefined) return { statistic: Math.min(1, statistic), limit: 1 };
  const start = folded.alarms.findLast(({ index }) => index < alarm.onset)?.index ?? -1;
  const [before, after] = [mean(points.slice(start + 1, alarm.onset)), mean(points.slice(alarm.onset))];
  const at = points[alarm.onset]?.at ?? 0;
  const say = { share: sayShare, number: sayNumber, duration: sayDuration }[window.unit];
  const moved = Number.isFinite(before) ? `from ${say(before)} to ${say(after)}` : `to ${say(after)}`;
  return {
    statistic,
    limit: 1,
    seen: `it changed ${moved} at about ${sayMoment(at)}`,
    details: {
      change_at: at,
      found_at: (points[alarm.index]?.at ?? 0) + window.stepMs,
      ...(Number.isFinite(before) && { before }),
      after,
    },
  };
}

/** The same for a method of right and wrong, which a series of anything but shares is not for. */
export function measureShares(
  window: Series,
  fold: (shares: readonly number[], counts: readonly number[]) => Folded,
  settings: { readonly recent: number },
): Measurement | Unmeasurable {
  if (window.unit !== 'share') return { insufficient: 'the series is no share of records, which this method needs' };
  const shares = window.points.map(({ value }) => value);
  return measureSeries(
    window,
    fold(
      shares,
      window.points.map(({ count }) => count),
    ),
    settings,
  );
}

function mean(points: readonly SeriesPoint[]): number {
  let sum = 0;
  for (const { value } of points) sum += value;
  return sum / points.length;
}

/** "2026-11-24 14:00 UTC". */
function sayMoment(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
