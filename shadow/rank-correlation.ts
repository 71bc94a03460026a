/**
 * Spearman's rank correlation: Pearson's of the ranks, where equal values share the mean of their ranks.
 * @returns null with fewer than two values, or where one side is all the same
 */
export function rankCorrelation(first: Float64Array, second: Float64Array): number | null {
  const [a, b] = [ranks(first), ranks(second)];
  const middle = (a.length + 1) / 2;
  let [together, ofFirst, ofSecond] = [0, 0, 0];
  for (let at = 0; at < a.length; at++) {
    const [x, y] = [(a[at] ?? 0) - middle, (b[at] ?? 0) - middle];
    together += x * y;
    ofFirst += x * x;
    ofSecond += y * y;
  }
  return ofFirst === 0 || ofSecond === 0 ? null : together / Math.sqrt(ofFirst * ofSecond);
}

function ranks(values: Float64Array): Float64Array {
  const order = Uint32Array.from(values, (_, at) => at).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  const found = new Float64Array(values.length);
  for (let from = 0, to = 0; from < order.length; from = to) {
    const value = values[order[from] ?? 0];
    while (to < order.length && values[order[to] ?? 0] === value) to++;
    for (let at = from; at < to; at++) found[order[at] ?? 0] = (from + 1 + to) / 2;
  }
  return found;
}
