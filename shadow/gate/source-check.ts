import type { Check, GuardrailName } from '../../detectors/terms.ts';
import { logSum } from './bets.ts';
import { logEvidenceAbove, logEvidenceBelow, meanInterval } from './betting.ts';
import { countOf, outcomesOf, type MeanGuardrail, type Outcomes, type SliceEvidence } from './evidence.ts';
import { GUARDRAILS, type GuardrailRule } from './guardrails.ts';
import {
  isFaster,
  isSlower,
  logEvidenceSlower,
  quantileOf,
  slowdown,
  slowdownInterval,
  type LatencyQuestion,
} from './latency.ts';
import { latencyCode } from './latency-bins.ts';
import type { Alphas } from './share-alpha.ts';

/** What one source says of one guardrail in one slice. */
export type SourceCheck = Pick<Check, 'harm' | 'interval' | 'eValue' | 'events' | 'eventsNeeded' | 'state'>;

/** The terms on which one guardrail is judged. */
export interface CheckTerms {
  readonly margin: number;
  readonly alphas: Alphas;
  readonly largestWeight: number;
  /** The class that a `class_rate` is about. */
  readonly ofClass?: string | undefined;
}

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
export function checkSource(name: GuardrailName, evidence: SliceEvidence, terms: CheckTerms): SourceCheck {
  const measure = isLatency(name)
    ? measureLatency(questionOf(name, evidence.latency, terms.margin), terms)
    : measureMean(outcomesOf(evidence, name, terms.ofClass), GUARDRAILS[name], terms);
  const { events, harm, interval } = measure;
  const known = {
    harm: Number.isFinite(harm) ? harm : null,
    interval: events > 0 && interval.every(Number.isFinite) ? interval : null,
    eValue: events === 0 ? null : Math.exp(Math.min(LARGEST_LOG, measure.logEvidence)),
    events,
  };
  const decided = events === 0 ? undefined : measure.decide(1);
  if (decided !== undefined) return { ...known, eventsNeeded: 0, state: decided };
  const enough = fewestEvents(name, terms);
  if (events < enough) return { ...known, eventsNeeded: enough - events, state: 'insufficient' };
  return { ...known, eventsNeeded: eventsNeeded(measure), state: 'undecided' };
}

function isLatency(name: GuardrailName): name is Exclude<GuardrailName, MeanGuardrail> {
  return GUARDRAILS[name].quantile !== undefined;
}

function questionOf(name: GuardrailName, latency: SliceEvidence['latency'], margin: number): LatencyQuestion {
  return { ...latency, quantile: GUARDRAILS[name].quantile ?? NaN, margin };
}

function measureMean(outcomes: Outcomes, rule: GuardrailRule, { margin, alphas, largestWeight }: CheckTerms): Measure {
  const range = rule.range ?? [-1, 1];
  const isEither = rule.sides === 'either';
  const evidenceOf = (counted: Outcomes): number => {
    const up = logEvidenceAbove(counted, range, margin, largestWeight);
    return isEither ? logSum([up, logEvidenceBelow(counted, range, -margin, largestWeight)]) - Math.LN2 : up;
  };
  const isSafe = (counted: Outcomes): boolean =>
    logEvidenceBelow(counted, range, margin, largestWeight) >= -Math.log(alphas.safe) &&
    (!isEither || logEvidenceAbove(counted, range, -margin, largestWeight) >= -Math.log(alphas.safe));
  const [sum, weights] = outcomes.reduce(
    ([harms, total], [harm, count, weight = 1]) => [harms + weight * harm * count, total + weight * count],
    [0, 0],
  );
  return {
    events: countOf(outcomes),
    harm: sum / weights,
    interval: meanInterval(outcomes, range, alphas.harmful, alphas.safe, largestWeight),
    logEvidence: evidenceOf(outcomes),
    decide: (times) => {
      const grown = outcomes.map(([harm, count, weight = 1]) => [harm, count * times, weight] as const);
      if (evidenceOf(grown) >= -Math.log(alphas.harmful)) return 'harmful';
      return isSafe(grown) ? 'safe' : undefined;
    },
  };
}

function measureLatency(question: LatencyQuestion, { margin, alphas }: CheckTerms): Measure {
  const { control, candidate, quantile } = question;
  return {
    events: Math.min(countOf(control), countOf(candidate)),
    harm: slowdown(quantileOf(candidate, quantile), quantileOf(control, quantile), margin),
    interval: slowdownInterval(question, alphas.harmful, alphas.safe),
    logEvidence: logEvidenceSlower(question, margin),
    decide: (times) => {
      const grown = { ...question, times };
      if (isSlower(grown, margin, alphas.harmful)) return 'harmful';
      return isFaster(grown, margin, alphas.safe) ? 'safe' : undefined;
    },
  };
}

/**
 * Fewest events after which a candidate that never differs from the control could be called safe. With fewer, nothing is
 * said of a check that is not plainly harmful.
 */
export function fewestEvents(name: GuardrailName, { margin, alphas, largestWeight }: CheckTerms): number {
  const isEnough = (events: number): boolean => {
    const question = isLatency(name) ? questionOf(name, sameLatency(events), margin) : undefined;
    if (question !== undefined) return isFaster(question, margin, alphas.safe);
    const range = GUARDRAILS[name].range ?? [-1, 1];
    return logEvidenceBelow([[0, events]], range, margin, largestWeight) >= -Math.log(alphas.safe);
  };
  let most = 1;
  while (!isEnough(most)) most *= 2;
  return smallest(most / 2, most, isEnough);
}

/** Both arms are always as fast as the other: so many events of 100 ms. */
function sameLatency(events: number): SliceEvidence['latency'] {
  const arm = [[latencyCode(100), events]] as const;
  return { control: arm, candidate: arm };
}

/** Events still needed until a decision, when those to come look like those that came; null when far out of sight. */
function eventsNeeded({ events, decide }: Measure): number | null {
  const decides = (total: number): boolean => decide(total / events) !== undefined;
  let most = events * 2;
  while (!decides(most)) {
    if (most > events * FURTHEST) return null;
    most *= 2;
  }
  // Which twentieth of it is close enough for events that have not come.
  return smallest(most / 2, most, decides, most / 40) - events;
}

/** The smallest whole number that passes, or one at most `within` above it; `failing` fails and `passing` passes. */
function smallest(failing: number, passing: number, passes: (value: number) => boolean, within = 1): number {
  let [low, high] = [Math.floor(failing), passing];
  while (high - low > Math.max(1, within)) {
    const middle = Math.floor((low + high) / 2);
    if (passes(middle)) high = middle;
    else low = middle;
  }
  return high;
}
