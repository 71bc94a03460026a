import { LOG_PARTS, logSum, SHARES } from './bets.ts';
import { cumulate, firstIndex, merge } from './cumulated-latencies.ts';
import { countOf, type Latencies } from './evidence.ts';
import { LATENCY_FLOOR_MS } from './guardrails.ts';
import { latencyEdges } from './latency-bins.ts';

/** A quantile of the candidate against the control's, and which change of it is still within bounds. */
export interface LatencyQuestion {
  readonly control: Latencies;
  readonly candidate: Latencies;
  readonly quantile: number;
  /** Margin of the guardrail: it says from which latency on a change is taken as a share of the control's. */
  readonly margin: number;
  /** Each event counted so often, to look ahead; 1 without it. */
  readonly times?: number;
}

/** What of the capital goes to both arms together, to the candidate alone, and to the control either way. */
const LOG_BOTH = Math.log(0.76);
const LOG_ONE = Math.log(0.08);

/**
 * Relative slowdown: how much longer than the control's quantile, as a share of it. Where the control is so fast that the
 * accepted margin is less than the floor of 1 ms, the share is taken of the latency whose margin is the floor.
 */
export function slowdown(candidateMs: number, controlMs: number, margin: number): number {
  return (candidateMs - controlMs) / Math.max(controlMs, LATENCY_FLOOR_MS / margin);
}

/** The middle of the bin that holds the quantile; NaN without events. */
export function quantileOf(latencies: Latencies, quantile: number): number {
  let left = quantile * countOf(latencies);
  for (const [code, count] of latencies) {
    left -= count;
    if (left <= 0 && count > 0) return (latencyEdges(code)[0] + latencyEdges(code)[1]) / 2;
  }
  return NaN;
}

/**
 * Logarithm of the e-value against "the slowdown is at most `change`".
 *
 * If that were true, then for the latency x that is the control's quantile a share of at most `quantile` of the control lies
 * below x, and a share of at least `quantile` of the candidate at or below x slowed down by `change`. Nobody knows x, so a gambler
 * bets against each x that is possible, and the evidence is that of the x that loses least: on both arms together (the candidate
 * is beyond where the control is below), on the candidate alone, and on the control either way, which rules out an x far from
 * its quantile. Events in the bin of x count against the bet.
 *
 * Valid at every look when the two answers of a pair are independent, or are slow together (positive dependence).
 * @see Howard and Ramdas, Sequential estimation of quantiles, arXiv 1906.09712; Waudby-Smith and Ramdas, arXiv 2010.09686
 */
export function logEvidenceSlower(question: LatencyQuestion, change: number): number {
  return weakest(question, change, 'slower');
}

/** The same against "the slowdown is at least `change`". */
export function logEvidenceFaster(question: LatencyQuestion, change: number): number {
  return weakest(question, change, 'faster');
}

/**
 * Confidence sequence of the slowdown: smaller ones are refuted at `alphaBelow`, larger ones at `alphaAbove`. An end that
 * cannot be told is infinite.
 */
export function slowdownInterval(
  question: LatencyQuestion,
  alphaBelow: number,
  alphaAbove: number,
): readonly [number, number] {
  const isMore = (change: number): boolean => isSlower(question, change, alphaBelow);
  const isLess = (change: number): boolean => isFaster(question, change, alphaAbove);
  return [
    isMore(LEAST_CHANGE) ? furthest(LEAST_CHANGE, MOST_CHANGE, isMore) : -Infinity,
    isLess(MOST_CHANGE) ? furthest(MOST_CHANGE, LEAST_CHANGE, isLess) : Infinity,
  ];
}

/** Changes looked at for an interval: to a hundredth, and to a hundred times the latency. */
const [LEAST_CHANGE, MOST_CHANGE] = [-0.99, 99];

/** The change furthest from `from` that is still refuted, to half a hundredth of the latency; bisection on the logarithm. */
function furthest(from: number, to: number, isRefuted: (change: number) => boolean): number {
  let [held, failed] = [Math.log1p(from), Math.log1p(to)];
  while (Math.abs(held - failed) > 5e-3) {
    const middle = (held + failed) / 2;
    if (isRefuted(Math.expm1(middle))) held = middle;
    else failed = middle;
  }
  return Math.expm1(held);
}

type Direction = 'slower' | 'faster';

/** Whether the slowdown is surely more than `change`; much cheaper than the evidence itself where it is not. */
export function isSlower(question: LatencyQuestion, change: number, alpha: number): boolean {
  const enough = -Math.log(alpha);
  return (
    evidenceAtQuantile(question, change, 'slower') >= enough && weakest(question, change, 'slower', enough) >= enough
  );
}

/** Whether the slowdown is surely less than `change`. */
export function isFaster(question: LatencyQuestion, change: number, alpha: number): boolean {
  const enough = -Math.log(alpha);
  return (
    evidenceAtQuantile(question, change, 'faster') >= enough && weakest(question, change, 'faster', enough) >= enough
  );
}

/** The evidence against one x, where the control's quantile seems to be: the weakest x is never stronger. */
function evidenceAtQuantile(question: LatencyQuestion, change: number, way: Direction): number {
  const { control, candidate, quantile, margin, times = 1 } = question;
  const [theirs, ours] = [cumulate(control), cumulate(candidate)];
  const x = theirs.startOf(quantile * theirs.total);
  const slowed = x + change * Math.max(x, LATENCY_FLOOR_MS / margin);
  const [surelyBelow, maybeBelow] = [theirs.endedBy(x), theirs.begunBy(x)];
  const bets = betsFor(quantile, theirs.total, ours.total, way, times);
  return way === 'slower'
    ? bets(surelyBelow, ours.begunBy(slowed), surelyBelow, maybeBelow)
    : bets(maybeBelow, ours.endedBy(slowed), surelyBelow, maybeBelow);
}

/**
 * The evidence against the x that loses least, or `ceiling` where none is below it. Whole stretches of x are ruled out
 * at once: with the counts of their two ends, whichever is the worse for each bet, the capital is at most what it is at any x
 * between (branch and bound); where a stretch is one cell, it is exact.
 */
function weakest(question: LatencyQuestion, change: number, way: Direction, ceiling = Infinity): number {
  const { control, candidate, quantile, margin, times = 1 } = question;
  const base = LATENCY_FLOOR_MS / margin;
  const slowed = (ms: number): number => ms + change * Math.max(ms, base);
  const unslowed = (ms: number): number => (ms <= slowed(base) ? ms - change * base : ms / (1 + change));
  const ours = cumulate(candidate);
  const theirs = cumulate(control);
  // Between two neighbours of these the counts do not change.
  const marks = merge(
    theirs.edges,
    ours.edges.map((edge) => Math.max(0, unslowed(edge))),
  );
  const bets = betsFor(quantile, theirs.total, ours.total, way, times);
  const atMost = (first: number, last: number): number => {
    const [start, end] = [marks[first - 1] ?? 0, marks[last] ?? Infinity];
    const [surelyBelow, maybeBelow] = [theirs.endedBy(start), theirs.begunBefore(end)];
    return way === 'slower'
      ? bets(surelyBelow, ours.begunBefore(end === Infinity ? Infinity : slowed(end)), surelyBelow, maybeBelow)
      : bets(maybeBelow, ours.endedBy(slowed(start)), surelyBelow, maybeBelow);
  };
  // From about the control's quantile outwards: the weakest x is near it, and the sooner it is known the more is ruled out.
  const likely = firstIndex(marks.length, (at) => theirs.endedBy(marks[at] ?? Infinity) >= quantile * theirs.total);
  let least = ceiling;
  const search = (first: number, last: number): void => {
    const bound = atMost(first, last);
    if (bound >= least) return;
    if (first === last) {
      least = bound;
      return;
    }
    const middle = (first + last) >>> 1;
    const halves = [() => search(first, middle), () => search(middle + 1, last)] as const;
    for (const half of likely <= middle ? halves : halves.toReversed()) half();
  };
  search(0, marks.length);
  return least;
}

type Bets = (theirsBelow: number, oursBelow: number, surelyBelow: number, maybeBelow: number) => number;

/** What each bet gains on a logarithmic scale by one event below, and by one that is not. */
interface Gains {
  readonly below: Float64Array;
  readonly above: Float64Array;
}

/** Gains of the bets on "more below than the quantile says" and on "fewer", by quantile. */
const GAINS = new Map<number, readonly [more: Gains, fewer: Gains]>();

function gainsFor(quantile: number): readonly [more: Gains, fewer: Gains] {
  const known = GAINS.get(quantile);
  if (known !== undefined) return known;
  const most = 1 / Math.max(quantile, 1 - quantile);
  const gainsOf = (sign: number): Gains => ({
    below: Float64Array.from(SHARES, (share) => Math.log1p(sign * share * most * (1 - quantile))),
    above: Float64Array.from(SHARES, (share) => Math.log1p(-sign * share * most * quantile)),
  });
  const gains = [gainsOf(1), gainsOf(-1)] as const;
  GAINS.set(quantile, gains);
  return gains;
}

/** ln of the capital for one x, given counts below it. */
function betsFor(quantile: number, theirsTotal: number, oursTotal: number, way: Direction, times: number): Bets {
  const [more, fewer] = gainsFor(quantile);
  const [onTheirs, onOurs] = way === 'slower' ? [more, fewer] : [fewer, more];
  const logs = new Float64Array(SHARES.length);
  const start = (): void => logs.set(LOG_PARTS);
  const bet = ({ below, above }: Gains, hits: number, total: number): void => {
    for (let at = 0; at < logs.length; at++)
      logs[at] = (logs[at] ?? 0) + times * (hits * (below[at] ?? 0) + (total - hits) * (above[at] ?? 0));
  };
  const alone = (gains: Gains, hits: number, total: number): number => {
    start();
    bet(gains, hits, total);
    return LOG_ONE + logSum(logs);
  };
  return (theirsBelow, oursBelow, surelyBelow, maybeBelow) => {
    const higher = alone(more, surelyBelow, theirsTotal);
    const lower = alone(fewer, maybeBelow, theirsTotal);
    const ours = alone(onOurs, oursBelow, oursTotal);
    start();
    bet(onOurs, oursBelow, oursTotal);
    bet(onTheirs, theirsBelow, theirsTotal);
    return logSum([LOG_BOTH + logSum(logs), ours, higher, lower]);
  };
}
