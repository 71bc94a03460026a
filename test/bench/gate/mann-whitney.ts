import { Z_99 } from './normal-quantile.ts';

/** Kayenta's words for a metric. */
export type Judged = 'Pass' | 'High' | 'Low';

const TOLERANCE = 0.25;

/**
 * Kayenta's judge of one metric: Mann-Whitney confidence interval (98 %) of the shift between the points of two series, called
 * High when the whole of it lies above a quarter of the estimated shift, Low when below.
 * @see Spinnaker Kayenta, NetflixACAJudge, MannWhitneyClassifier: confidence 0.98, tolerance 0.25
 */
export function judgeByMannWhitney(control: readonly number[], candidate: readonly number[]): Judged {
  const [theirs, ours] = [control, candidate].map((series) => Float64Array.from(series).sort());
  if (theirs === undefined || ours === undefined || theirs.length === 0 || ours.length === 0) return 'Pass';
  const [first, last] = [(ours[0] ?? 0) - (theirs.at(-1) ?? 0), (ours.at(-1) ?? 0) - (theirs[0] ?? 0)];
  if (first === last) return 'Pass';
  const shiftAt = (z: number, correction: number): number => {
    const beyond = (shift: number): number => standardised(theirs, ours, shift, correction) - z;
    if (beyond(first) <= 0) return first;
    if (beyond(last) >= 0) return last;
    let [low, high] = [first, last];
    for (let step = 0; step < 40; step++) {
      const middle = (low + high) / 2;
      if (beyond(middle) > 0) low = middle;
      else high = middle;
    }
    return (low + high) / 2;
  };
  const tolerated = TOLERANCE * Math.abs(shiftAt(0, 0));
  if (shiftAt(Z_99, 0.5) > tolerated) return 'High';
  return shiftAt(-Z_99, 0.5) < -tolerated ? 'Low' : 'Pass';
}

/** The rank-sum statistic of candidate minus `shift` against control, in standard deviations; falls as `shift` rises. */
function standardised(theirs: Float64Array, ours: Float64Array, shift: number, correction: number): number {
  const [n, m] = [ours.length, theirs.length];
  let [below, equal, ties] = [0, 0, 0];
  let [start, end] = [0, 0];
  for (let at = 0; at < n;) {
    const value = (ours[at] ?? 0) - shift;
    let same = 0;
    while (at < n && (ours[at] ?? 0) - shift === value) [at, same] = [at + 1, same + 1];
    while (start < m && (theirs[start] ?? 0) < value) start++;
    end = Math.max(start, end);
    while (end < m && (theirs[end] ?? 0) <= value) end++;
    below += same * start;
    equal += same * (end - start);
    const [theirsTied, tied] = [end - start, same + end - start];
    // Ties of the control among itself are counted below.
    ties += tied ** 3 - tied - (theirsTied ** 3 - theirsTied);
  }
  for (let at = 0; at < m;) {
    let same = 0;
    const value = theirs[at] ?? 0;
    while (at < m && theirs[at] === value) [at, same] = [at + 1, same + 1];
    ties += same ** 3 - same;
  }
  const statistic = below + equal / 2 - (n * m) / 2;
  const variance = ((n * m) / 12) * (n + m + 1 - ties / ((n + m) * (n + m - 1)));
  return (statistic - Math.sign(statistic) * correction) / Math.sqrt(variance);
}
