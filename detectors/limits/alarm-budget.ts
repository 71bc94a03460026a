const WEEK = 7 * 86_400_000;

/**
 * How many independent looks the many at one open window are worth: it grows, so each look is mostly what the last one
 * saw. The benchmark of false alarms looks 20 times, and the budget is kept.
 */
const LOOKS = 8;

/**
 * The chance with which one window may hold a false failure, so that the expected number of false pages a week stays
 * within the budget: half of it is for windows as they close, half for all looks at them while they are open.
 * @param pagesAWeek expected false pages a week
 * @param windowMs length of the windows judged
 */
export function chanceOfWindow(pagesAWeek: number, windowMs: number, closed: boolean): number {
  const eachWindow = (pagesAWeek * windowMs) / WEEK;
  return Math.min(0.1, closed ? eachWindow / 2 : eachWindow / 2 / LOOKS);
}
