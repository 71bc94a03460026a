import type { Check, GuardrailName } from '../../detectors/terms.ts';
import { logEvidenceAbove, meanInterval } from './betting.ts';
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

/** A check of counts that can be grown, to see what more of the same would show. */
interface Measure {
  readonly events: number;
  readonly harm: number;
  /** Bounds of harm when each event had come `times` as often. */
  interval(times: number): readonly [number, number];
  readonly logEvidence: () => number;
}

/** Larger values than this do not fit a JSON number. */
const LARGEST_LOG = 690;

/** How many times the present events to look ahead when events still needed are counted. */
const FURTHEST = 1000;

/** Judges one guardrail on what one source has shown of one slice. */
export function checkSource(name: GuardrailName, evidence: SliceEvidence, margin: number, alphas: Alphas): SourceCheck {
  const rule: GuardrailRule = GUARDRAILS[name];
  const measure = measureOf(name, evidence, margin, alphas);
  const enough = fewestEvents(rule, margin, alphas.safe);
  const interval = measure.interval(1);
  const known = {
    harm: finite(measure.harm),
    interval: Number.isFinite(interval[0]) && Number.isFinite(interval[1]) ? interval : null,
    eValue: measure.events === 0 ? null : Math.exp(Math.min(LARGEST_LOG, measure.logEvidence())),
    events: measure.events,
  };
  const decided = stateOf(interval, margin);
  if (decided !== undefined) return { ...known, eventsNeeded: 0, state: decided };
  if (measure.events < enough) return { ...known, eventsNeeded: enough - measure.events, state: 'insufficient' };
  return { ...known, eventsNeeded: eventsNeeded(measure, margin), state: 'undecided' };
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
    interval: (times) => meanInterval(grow(outcomes, times), range, alphas.harmful, alphas.safe),
    logEvidence: () => logEvidenceAbove(outcomes, range, margin),
  };
}

function measureLatency(
  control: Latencies,
  candidate: Latencies,
  quantile: number,
  margin: number,
  alphas: Alphas,
): Measure {
  return {
    events: Math.min(countOf(control), countOf(candidate)),
    harm: slowdown(quantileOf(candidate, quantile), quantileOf(control, quantile), margin),
    // Either arm may be wrong: each gets half.
    interval: (times) => {
      const ours = quantileInterval(grow(candidate, times), quantile, alphas.harmful / 2, alphas.safe / 2);
      const theirs = quantileInterval(grow(control, times), quantile, alphas.safe / 2, alphas.harmful / 2);
      return [
        theirs[1] === Infinity ? -Infinity : slowdown(ours[0], theirs[1], margin),
        slowdown(ours[1], theirs[0], margin),
      ];
    },
    logEvidence: () => logEvidenceSlower(control, candidate, quantile, margin),
  };
}

function stateOf(interval: readonly [number, number], margin: number): 'safe' | 'harmful' | undefined {
  if (interval[0] > margin) return 'harmful';
  return interval[1] < margin ? 'safe' : undefined;
}

/**
 * Fewest events after which a candidate that never differs from the control could be called safe. With fewer, nothing is
 * said of a check that is not plainly harmful.
 */
export function fewestEvents(rule: GuardrailRule, margin: number, alphaSafe: number): number {
  const isEnough = (events: number): boolean =>
    rule.quantile === undefined
      ? meanInterval([[0, events]], rule.range ?? [-1, 1], alphaSafe, alphaSafe)[1] < margin
      : quantileInterval([[1, events]], rule.quantile, alphaSafe / 2, alphaSafe / 2)[1] < Infinity;
  let most = 1;
  while (!isEnough(most)) most *= 2;
  return smallest(most / 2, most, isEnough);
}

/** Events still needed until a decision, when those to come look like those that came; null when far out of sight. */
function eventsNeeded(measure: Measure, margin: number): number | null {
  const decides = (events: number): boolean => stateOf(measure.interval(events / measure.events), margin) !== undefined;
  let most = measure.events * 2;
  while (!decides(most)) {
    if (most > measure.events * FURTHEST) return null;
    most *= 2;
  }
  return smallest(most / 2, most, decides) - measure.events;
}

/** The smallest whole number that passes, to one part in a hundred; `failing` fails and `passing` passes. */
function smallest(failing: number, passing: number, passes: (value: number) => boolean): number {
  let [low, high] = [Math.floor(failing), passing];
  while (high - low > 1 && high - low > high / 100) {
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

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
