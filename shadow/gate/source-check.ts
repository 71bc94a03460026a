import type { Check, GuardrailName } from '../../detectors/terms.ts';
import { logEvidenceAbove, logEvidenceBelow, meanInterval } from './betting.ts';
import { countOf, type Latencies, type Outcomes, type SliceEvidence } from './evidence.ts';
import { GUARDRAILS, type GuardrailRule } from './guardrails.ts';
import { logEvidenceSlower, quantileInterval, quantileOf, slowdown } from './latency.ts';

/** Chances of a wrong word that one check of one source may use up, over all looks. */
export interface Alphas {
  /** Of calling it harmful. */
  readonly harmful: number;
  /** Of calling it safe. */
  readonly safe: number;
}

/** What one source says of one guardrail in one slice. */
export type SourceCheck = Pick<Check, 'harm' | 'interval' | 'eValue' | 'events' | 'eventsNeeded' | 'state'>;

type Decided = 'safe' | 'harmful';

/** One guardrail, measured. */
interface Measure {
  readonly events: number;
  readonly harm: number;
  readonly interval: readonly [number, number];
  /** ln of the e-value against "harm is at most the margin". */
  readonly logEvidence: number;
  /** What would be decided if each event had come `times` as often. */
  readonly decide: (times: number) => Decided | undefined;
}

/** Larger values than this do not fit a JSON number. */
const LARGEST_LOG = 690;

/** How many times the present events to look ahead when events still needed are counted. */
const FURTHEST = 1000;

/** Judges one guardrail on what one source has shown of one slice. */
export function checkSource(name: GuardrailName, evidence: SliceEvidence, margin: number, alphas: Alphas): SourceCheck {
  const rule: GuardrailRule = GUARDRAILS[name];
  const measure = measureOf(name, evidence, margin, alphas);
  const { events, harm, interval } = measure;
  const known = {
    harm: Number.isFinite(harm) ? harm : null,
    interval: events > 0 && interval.every(Number.isFinite) ? interval : null,
    eValue: events === 0 ? null : Math.exp(Math.min(LARGEST_LOG, measure.logEvidence)),
    events,
  };
  const decided = events === 0 ? undefined : measure.decide(1);
  if (decided !== undefined) return { ...known, eventsNeeded: 0, state: decided };
  const enough = fewestEvents(rule, margin, alphas.safe);
  if (events < enough) return { ...known, eventsNeeded: enough - events, state: 'insufficient' };
  return { ...known, eventsNeeded: eventsNeeded(measure), state: 'undecided' };
}

function measureOf(name: GuardrailName, evidence: SliceEvidence, margin: number, alphas: Alphas): Measure {
  const quantile = GUARDRAILS[name].quantile;
  if (name === 'latency_p95' || name === 'latency_p99' || quantile !== undefined)
    return measureLatency(evidence.latency.control, evidence.latency.candidate, quantile ?? NaN, margin, alphas);
  return measureMean(evidence.outcomes[name], GUARDRAILS[name].range ?? [-1, 1], margin, alphas);
}

function measureMean(outcomes: Outcomes, range: readonly [number, number], margin: number, alphas: Alphas): Measure {
  const events = countOf(outcomes);
  return {
    events,
    harm: outcomes.reduce((sum, [harm, count]) => sum + harm * count, 0) / events,
    interval: meanInterval(outcomes, range, alphas.harmful, alphas.safe),
    logEvidence: logEvidenceAbove(outcomes, range, margin),
    decide: (times) => {
      const grown = grow(outcomes, times);
      if (logEvidenceAbove(grown, range, margin) >= -Math.log(alphas.harmful)) return 'harmful';
      return logEvidenceBelow(grown, range, margin) >= -Math.log(alphas.safe) ? 'safe' : undefined;
    },
  };
}

function measureLatency(
  control: Latencies,
  candidate: Latencies,
  quantile: number,
  margin: number,
  alphas: Alphas,
): Measure {
  // Either arm may be wrong: each gets half.
  const bounds = (times: number): readonly [number, number] => {
    const ours = quantileInterval(grow(candidate, times), quantile, alphas.harmful / 2, alphas.safe / 2);
    const theirs = quantileInterval(grow(control, times), quantile, alphas.safe / 2, alphas.harmful / 2);
    const least = theirs[1] === Infinity ? -Infinity : slowdown(ours[0], theirs[1], margin);
    return [least, slowdown(ours[1], theirs[0], margin)];
  };
  return {
    events: Math.min(countOf(control), countOf(candidate)),
    harm: slowdown(quantileOf(candidate, quantile), quantileOf(control, quantile), margin),
    interval: bounds(1),
    logEvidence: logEvidenceSlower(control, candidate, quantile, margin),
    decide: (times) => {
      const [least, most] = bounds(times);
      if (least > margin) return 'harmful';
      return most < margin ? 'safe' : undefined;
    },
  };
}

/**
 * Fewest events after which a candidate that never differs from the control could be called safe. With fewer, nothing is
 * said of a check that is not plainly harmful.
 */
export function fewestEvents({ quantile, range = [-1, 1] }: GuardrailRule, margin: number, alphaSafe: number): number {
  const isEnough = (events: number): boolean =>
    quantile === undefined
      ? logEvidenceBelow([[0, events]], range, margin) >= -Math.log(alphaSafe)
      : logEvidenceAbove([[1, events]], [0, 1], quantile) >= -Math.log(alphaSafe / 2);
  let most = 1;
  while (!isEnough(most)) most *= 2;
  return smallest(most / 2, most, isEnough);
}

/** Events still needed until a decision, when those to come look like those that came; null when far out of sight. */
function eventsNeeded({ events, decide }: Measure): number | null {
  const decides = (total: number): boolean => decide(total / events) !== undefined;
  let most = events * 2;
  while (!decides(most)) {
    if (most > events * FURTHEST) return null;
    most *= 2;
  }
  return smallest(most / 2, most, decides) - events;
}

/** The smallest whole number that passes; `failing` fails and `passing` passes. */
function smallest(failing: number, passing: number, passes: (value: number) => boolean): number {
  let [low, high] = [Math.floor(failing), passing];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (passes(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/** Counts of outcomes, or of latencies, when each had come `times` as often. */
function grow(counted: Outcomes, times: number): Outcomes {
  return times === 1 ? counted : counted.map(([value, count]) => [value, count * times] as const);
}
