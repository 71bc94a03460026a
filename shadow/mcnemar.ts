/**
 * Exact two-sided p-value of McNemar's test: of the pairs on which only one model was right, is it as often the one as the
 * other? Twice the smaller tail of Binomial(first + second, 1/2), at most 1.
 * @returns null when no pair tells the two apart
 * @see McNemar 1947; exact form as in R's exact2x2
 */
export function mcnemarP(first: number, second: number): number | null {
  const count = first + second;
  if (count === 0) return null;
  const fewer = Math.min(first, second);
  // The largest term of the tail as a logarithm, then downwards by the ratio of neighbouring terms.
  let logarithm = -count * Math.LN2;
  for (let k = 1; k <= fewer; k++) logarithm += Math.log((count - k + 1) / k);
  let [term, sum] = [1, 0];
  for (let k = fewer; k >= 0 && term > 0; k--) {
    sum += term;
    term *= k / (count - k + 1);
  }
  return Math.min(1, 2 * Math.exp(logarithm) * sum);
}
