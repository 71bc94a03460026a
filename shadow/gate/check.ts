import { ALL, type Check, type Guardrail, type Slice } from '../../detectors/terms.ts';
import { noEvidence, type Evidence, type Source } from './evidence.ts';
import { GUARDRAILS, type GuardrailRule } from './guardrails.ts';
import { checkSource, type Alphas, type SourceCheck } from './source-check.ts';

const SOURCES: readonly Source[] = ['shadow', 'live'];
const SOURCE_NAMES: Readonly<Record<Source, string>> = { shadow: 'in shadow', live: 'live' };

interface Heard extends SourceCheck {
  readonly source: Source;
}

/**
 * Judges every guardrail in each of its slices. `alpha` is the chance of any false alarm over the whole rollout: Bonferroni
 * shares it out equally over guardrails, slices and sources. Calling everything safe takes no such share, because for a
 * wrong promotion the very check that is harmful must have been called safe; only the two sources share there.
 */
export function checkAll(guardrails: readonly Guardrail[], alpha: number, evidence: Evidence): Check[] {
  const words = guardrails.reduce((sum, { name, slices }) => sum + slices.length * sourcesOf(name).length, 0);
  return guardrails.flatMap((guardrail) =>
    guardrail.slices.map((slice) =>
      checkOne(guardrail, slice, evidence, {
        harmful: alpha / words,
        safe: alpha / sourcesOf(guardrail.name).length,
      }),
    ),
  );
}

function sourcesOf(name: Guardrail['name']): readonly Source[] {
  return GUARDRAILS[name].live ? SOURCES : ['shadow'];
}

function checkOne(guardrail: Guardrail, slice: Slice, evidence: Evidence, alphas: Alphas): Check {
  const { name, margin } = guardrail;
  const heard = sourcesOf(name).map((source): Heard => {
    const found = evidence[source].find((one) => one.slice === slice) ?? noEvidence(slice);
    return { source, ...checkSource(name, found, margin, alphas) };
  });
  const speaker = speakerOf(heard, margin);
  const { source, ...said } = speaker;
  const check = { name, slice, margin, ...said };
  return { ...check, reason: reasonOf(check, guardrail, source) };
}

/**
 * The source that speaks for a check: one that found harm; else one that found none, unless another with enough events
 * points to harm; else the one nearest to a decision. Never an average: a quiet replay must not drown a burning canary.
 */
function speakerOf(heard: readonly Heard[], margin: number): Heard {
  const inState = (...states: readonly Heard['state'][]): Heard[] =>
    heard.filter(({ state }) => states.includes(state)).sort((a, b) => b.events - a.events);
  const contradicting = inState('undecided').find(({ harm }) => harm !== null && harm > margin);
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
function reasonOf(check: Omit<Check, 'reason'>, { name, margin }: Guardrail, source: Source): string {
  const { title, unit, event } = GUARDRAILS[name];
  const where = check.slice === ALL ? '' : `${check.slice}: `;
  const over = `over ${count(check.events)} ${plural(event, check.events)} ${SOURCE_NAMES[source]}`;
  if (check.state === 'insufficient' || check.harm === null)
    return `${where}${name} cannot be judged ${over}; ${needed(check.eventsNeeded)}`;
  const bounds =
    check.interval === null
      ? ''
      : ` (between ${amount(check.interval[0], unit)} and ${amount(check.interval[1], unit)})`;
  const measured = `${where}${title} ${withUnit(check.harm, unit)}${bounds} ${over}`;
  const accepted = `the accepted ${withUnit(margin, unit)}`;
  if (check.state === 'harmful') return `${measured}: surely worse than ${accepted}`;
  if (check.state === 'safe') return `${measured}: surely within ${accepted}`;
  return `${measured}: neither surely within ${accepted} nor surely worse; ${needed(check.eventsNeeded)}`;
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
