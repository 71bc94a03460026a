import { ALL, type Check, type Guardrail, type Slice } from '../../detectors/terms.ts';
import { noEvidence, type Evidence, type Source } from './evidence.ts';
import { GUARDRAILS, type GuardrailRule } from './guardrails.ts';
import { shareAlpha } from './share-alpha.ts';
import { checkSource, type CheckTerms, type SourceCheck } from './source-check.ts';

const SOURCE_NAMES: Readonly<Record<Source, string>> = { shadow: 'in shadow', live: 'live' };

interface Heard extends SourceCheck {
  readonly source: Source;
}

/** What all checks of a rollout have in common. */
export interface SharedTerms {
  readonly guardrails: readonly Guardrail[];
  /** Chance of any false rollback over the whole rollout; `shareAlpha` says who gets what of it. */
  readonly alpha: number;
  readonly stages: number;
  readonly largestWeight: number;
}

/** An e-value from which a check points to harm: within the margin, it ever comes so far with a chance of a quarter at most. */
const POINTS_TO_HARM = 4;

/** Whether a promotion waits for a check that is not decided: one that is not required makes it wait where it points to harm. */
export function isWaitedFor(guardrail: Guardrail, { slice, eValue }: Pick<Check, 'slice' | 'eValue'>): boolean {
  return isRequired(guardrail, slice) || (eValue ?? 0) >= POINTS_TO_HARM;
}

function isRequired({ required, watched }: Guardrail, slice: Slice): boolean {
  return required && !watched.includes(slice);
}

/** Judges every guardrail in each of its slices, one check a turn. */
export function* checkEach(shared: SharedTerms, evidence: Evidence): Generator<Check, void, undefined> {
  const { guardrails, alpha, stages, largestWeight } = shared;
  for (const guardrail of guardrails)
    for (const slice of guardrail.slices)
      yield checkOne(guardrail, slice, evidence, {
        margin: guardrail.margin,
        ofClass: guardrail.class,
        alphas: shareAlpha(alpha, stages, guardrails, guardrail, slice),
        largestWeight,
      });
}

function checkOne(guardrail: Guardrail, slice: Slice, evidence: Evidence, terms: CheckTerms): Check {
  const { name, margin } = guardrail;
  const { sources, event } = GUARDRAILS[name];
  const isLabelled = event !== 'pair' && event !== 'timed prediction';
  const heard = sources.map((source): Heard => {
    const found = evidence[source].find((one) => one.slice === slice) ?? noEvidence(slice);
    // Live, labels are thinned by their weight instead, so that pairs of different predictions can be made.
    const largestWeight = isLabelled && source === 'shadow' ? terms.largestWeight : 1;
    return { source, ...checkSource(name, found, { ...terms, largestWeight }) };
  });
  const speaker = speakerOf(heard, margin, GUARDRAILS[name].sides);
  const { source, ...said } = speaker;
  const check = { name, ...(guardrail.class === undefined ? {} : { class: guardrail.class }), slice, margin, ...said };
  return { ...check, reason: reasonOf(check, guardrail, source) };
}

/**
 * The source that speaks for a check: one that found harm; else one that found none, unless another with enough events
 * points to harm; else the one nearest to a decision. Never an average: a quiet replay must not drown a burning canary.
 */
function speakerOf(heard: readonly Heard[], margin: number, sides: GuardrailRule['sides']): Heard {
  const inState = (...states: readonly Heard['state'][]): Heard[] =>
    heard.filter(({ state }) => states.includes(state)).sort((a, b) => b.events - a.events);
  const contradicting = inState('undecided').find(
    ({ harm }) => harm !== null && (sides === 'either' ? Math.abs(harm) : harm) > margin,
  );
  const [first] = [
    ...inState('harmful'),
    ...(contradicting === undefined ? [] : [contradicting]),
    ...inState('safe'),
    ...inState('undecided'),
    ...inState('insufficient'),
  ];
  if (first === undefined) throw new Error('a check without a source');
  return first;
}

/** The check as a person would say it, with numbers and units. */
function reasonOf(check: Omit<Check, 'reason'>, guardrail: Guardrail, source: Source): string {
  const { name, margin } = guardrail;
  const { how, unit, event } = GUARDRAILS[name];
  const what = [GUARDRAILS[name].what, ...(guardrail.class === undefined ? [] : [guardrail.class])].join(' ');
  const where = check.slice === ALL ? '' : `in ${check.slice} `;
  const over = `over ${count(check.events)} ${plural(event, check.events)} ${SOURCE_NAMES[source]}`;
  const further = isRequired(guardrail, check.slice)
    ? needed(check.eventsNeeded)
    : isWaitedFor(guardrail, check)
      ? `it points to harm, so the promotion waits for it; ${needed(check.eventsNeeded)}`
      : 'the promotion does not wait for it';
  if (check.state === 'insufficient' || check.harm === null)
    return `${where}${what} cannot be judged ${over}; ${further}`;
  const bounds =
    check.interval === null
      ? ''
      : ` (between ${amount(check.interval[0], unit)} and ${amount(check.interval[1], unit)})`;
  const measured = `${where}${what} ${how} ${withUnit(check.harm, unit)}${bounds} ${over}`;
  const sign = GUARDRAILS[name].sides === 'either' ? '±' : '+';
  const accepted = `the accepted ${withUnit(margin, unit).replace('+', sign)}`;
  if (check.state === 'harmful') return `${measured}: surely worse than ${accepted}`;
  if (check.state === 'safe') return `${measured}: surely within ${accepted}`;
  return `${measured}: neither surely within ${accepted} nor surely worse; ${further}`;
}

function needed(events: number | null): string {
  return events === null ? 'no end in sight at the present difference' : `about ${count(events)} more needed`;
}

function withUnit(harm: number, unit: GuardrailRule['unit']): string {
  return unit === 'score' ? amount(harm, unit) : `${amount(harm, unit)} ${unit}`;
}

/** Two digits that count, four places at most, always with its sign. */
function amount(harm: number, unit: GuardrailRule['unit']): string {
  const scaled = unit === 'score' ? harm : harm * 100;
  const rounded = Math.abs(scaled) >= 10 ? Math.round(scaled) : Number(scaled.toPrecision(2));
  return rounded.toLocaleString('en-US', { signDisplay: 'exceptZero', maximumFractionDigits: 4 });
}

function count(events: number): string {
  return events.toLocaleString('en-US', { maximumFractionDigits: 0 });
}

function plural(event: string, events: number): string {
  if (event === 'fraud') return events === 1 ? 'known fraud' : 'known frauds';
  return events === 1 ? event : `${event}s`;
}
