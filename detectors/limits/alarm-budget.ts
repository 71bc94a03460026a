const WEEK = 7 * 86_400_000;

/**
 * How many independent looks the many at one open window are worth: it grows, so each look is mostly what the last one
 * saw. The benchmark of false alarms looks 20 times, and the budget is kept.
 */
const LOOKS = 8;

/** What is judged apart, in windows of its own. */
export type Family = 'traffic' | 'accuracy';

/** How the budget is shared out: what is left is for changes that are found in stored series as windows of traffic close. */
const PARTS: Readonly<Record<Family, number>> = { traffic: 5 / 8, accuracy: 1 / 4 };
const PART_OF_SERIES = 1 - PARTS.traffic - PARTS.accuracy;

/**
 * The chance with which one window may hold a false failure, so that the expected number of false pages a week stays
 * within the budget: half of it is for windows as they close, half for all looks at them while they are open.
 * @param pagesAWeek expected false pages a week
 * @param windowMs length of the windows judged
 */
export function chanceOfWindow(
  pagesAWeek: number,
  windowMs: number,
  closed: boolean,
  family: Family = 'traffic',
): number {
  const eachWindow = (PARTS[family] * pagesAWeek * windowMs) / WEEK;
  return Math.min(0.1, closed ? eachWindow / 2 : eachWindow / 2 / LOOKS);
}

/** The chance of a false alarm in any of the stored series that are looked at with one window of traffic. */
export function chanceOfSeries(chanceOfTraffic: number): number {
  return (chanceOfTraffic * PART_OF_SERIES) / PARTS.traffic;
}
