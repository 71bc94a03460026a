/** What a sum overshoots the threshold by, on average, in standard deviations. */
const OVERSHOOT = 1.166;
const STEPS = 60;

/**
 * The threshold of a two-sided CUSUM over standard normal points that fires falsely at this share of them: one over its average
 * run length, of each side (e^x - x - 1) / 2k² with x = 2k (h + 1.166) (Siegmund 1985, Sequential Analysis, 2.51).
 * @param slack k, half the shift to be found
 * @returns h
 */
export function cusumThreshold(chance: number, slack: number): number {
  const runLength = 2 / chance;
  // Without slack the sum goes as far as the root of the points.
  if (slack < 1e-4) return Math.max(0, Math.sqrt(runLength) - OVERSHOOT);
  let x = 1;
  for (let step = 0; step < STEPS; step++) x = Math.log1p(x + 2 * slack ** 2 * runLength);
  return Math.max(0, x / (2 * slack) - OVERSHOOT);
}
