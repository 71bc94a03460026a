import { binEdges } from '../../detectors/maths/log-bins.ts';
import { logEvidenceAbove, logEvidenceBelow } from './betting.ts';
import { countOf, type Latencies, type Outcomes } from './evidence.ts';
import { LATENCY_FLOOR_MS } from './guardrails.ts';

const SHARE: readonly [number, number] = [0, 1];

/**
 * Confidence sequence of a quantile: a latency x is refuted as too low when the share of events below x is surely under
 * `quantile`, and as too high when it is surely over. Bounds are bin edges on the safe side; the upper one is Infinity
 * while nothing can be said.
 * @see Howard and Ramdas, Sequential estimation of quantiles, arXiv 1906.09712, theorem 1, with bets in place of the boundary
 */
export function quantileInterval(
  latencies: Latencies,
  quantile: number,
  alphaBelow: number,
  alphaAbove: number,
): readonly [number, number] {
  const edges = edgesOf(latencies);
  const isAtLeast = (edge: number): boolean => logAtLeast(latencies, quantile, edge) >= -Math.log(alphaBelow);
  const isUnder = (edge: number): boolean => logUnder(latencies, quantile, edge) >= -Math.log(alphaAbove);
  const refutedLow = firstIndex(edges, (edge) => !isAtLeast(edge)) - 1;
  return [edges[refutedLow] ?? 0, edges[firstIndex(edges, isUnder)] ?? Infinity];
}

/** The middle of the bin that holds the quantile; NaN without events. */
export function quantileOf(latencies: Latencies, quantile: number): number {
  let left = quantile * countOf(latencies);
  for (const [code, count] of latencies) {
    left -= count;
    if (left <= 0 && count > 0) return middleOf(code);
  }
  return NaN;
}

/**
 * Relative slowdown: how much longer than the control's quantile, as a share of it. Where the control is so fast that the
 * accepted margin is less than the floor of 1 ms, the share is taken of the latency whose margin is the floor.
 */
export function slowdown(candidateMs: number, controlMs: number, margin: number): number {
  return (candidateMs - controlMs) / Math.max(controlMs, LATENCY_FLOOR_MS / margin);
}

/**
 * Logarithm of the e-value against "the slowdown is at most `margin`". For each latency that the control's quantile may
 * have, one of the two arms must speak against it; each arm holds half of the capital. That the arms depend on each other
 * (the same prediction, timed twice) does no harm.
 */
export function logEvidenceSlower(control: Latencies, candidate: Latencies, quantile: number, margin: number): number {
  const edges = [0, ...edgesOf(control)];
  const arms = (index: number): readonly [against: number, beyond: number] => {
    const next = edges[index + 1];
    const reached = next === undefined ? Infinity : next + margin * Math.max(next, LATENCY_FLOOR_MS / margin);
    const beyond = reached === Infinity ? -Infinity : logAtLeast(candidate, quantile, reached);
    return [logUnder(control, quantile, edges[index] ?? 0), beyond];
  };
  const strongest = (index: number): number => Math.max(...arms(index));
  // The control speaks louder the higher the edge, the candidate the lower: the weakest point is where they cross.
  const crossing = firstIndex(edges, (_, index) => {
    const [against, beyond] = arms(index);
    return against >= beyond;
  });
  const around = [crossing - 1, crossing].filter((index) => index >= 0 && index < edges.length);
  return Math.min(...around.map(strongest)) - Math.LN2;
}

/** ln of the evidence that the quantile is at least `latency`; events in the bin around `latency` count against it. */
function logAtLeast(latencies: Latencies, quantile: number, latency: number): number {
  return logEvidenceBelow(
    split(latencies, (code) => binEdges(code)[0] < latency),
    SHARE,
    quantile,
  );
}

/** ln of the evidence that the quantile is under `latency`; events in the bin around `latency` count against it. */
function logUnder(latencies: Latencies, quantile: number, latency: number): number {
  return logEvidenceAbove(
    split(latencies, (code) => binEdges(code)[1] <= latency),
    SHARE,
    quantile,
  );
}

/** How many events are below, as outcomes of 1, and how many are not, as outcomes of 0. */
function split(latencies: Latencies, isBelow: (code: number) => boolean): Outcomes {
  let [below, others] = [0, 0];
  for (const [code, count] of latencies) {
    if (isBelow(code)) below += count;
    else others += count;
  }
  return [
    [1, below],
    [0, others],
  ];
}

/** Every edge of the bins, ascending. */
function edgesOf(latencies: Latencies): number[] {
  return [...new Set(latencies.flatMap(([code]) => binEdges(code)))].sort((a, b) => a - b);
}

function middleOf(code: number): number {
  const [low, high] = binEdges(code);
  return (low + high) / 2;
}

/** Index of the first that passes, where all after it pass too; the length when none does. */
function firstIndex(edges: readonly number[], passes: (edge: number, index: number) => boolean): number {
  let [low, high] = [0, edges.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (passes(edges[middle] ?? 0, middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
