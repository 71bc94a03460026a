import { cutName, makesSlice, parseSliceRule } from '../../detectors/slice-rule.ts';
import { ALL, type Guardrail, type GuardrailName, type Rollout } from '../../detectors/terms.ts';
import { GUARDRAIL_NAMES, GUARDRAILS, isGuardrailName } from '../../shadow/gate/guardrails.ts';
import type { Config, ModelSettings } from '../config/config.ts';
import { SerinError } from '../errors.ts';
import { nearestName } from '../nearest-name.ts';
import { rolloutStages } from '../config/rollout-settings.ts';

/** What a rollout is opened with; what is left out comes from the settings and from the table of guardrails. */
export interface RolloutRequest {
  readonly model: string;
  readonly control: string;
  readonly candidate: string;
  readonly guardrails?: readonly {
    readonly name: string;
    readonly class?: string | undefined;
    readonly margin?: number | undefined;
    readonly slices?: readonly string[] | undefined;
    readonly watched?: readonly string[] | undefined;
    readonly required?: boolean | undefined;
  }[];
  readonly alpha?: number;
  readonly minimumEvents?: number;
  readonly minimumDurationMs?: number;
  readonly maximumDurationMs?: number;
  readonly stages?: readonly number[];
}

export interface RequestContext {
  readonly settings: Config['rollouts'];
  readonly model: ModelSettings;
  /** Slices that a rule makes of the recent traffic of the control. */
  slicesOf(rule: string): Promise<readonly string[]>;
  /** Classes that the registered versions of the two tell apart; empty where none does. */
  classes(): Promise<readonly string[]>;
  /** Slices that hold `LEAST_SHARE` of that traffic and more, most frequent first. */
  largeSlices(): Promise<readonly string[]>;
}

/** Share of the traffic from which a slice of the model is judged without being named. */
export const LEAST_SHARE = 0.05;

/** Slices of one rule: each is one more check, and takes its share of alpha. */
export const MOST_SLICES = 50;

type Terms = Pick<
  Rollout,
  'alpha' | 'minimumEvents' | 'minimumDurationMs' | 'maximumDurationMs' | 'guardrails' | 'stages'
>;

/**
 * The terms of a rollout, with every default and every slice filled in: what is judged is settled when it is opened.
 * @throws SerinError `invalid_request` or `unknown_slice`, naming the field, the value and a cure
 */
export async function termsOf(request: RolloutRequest, context: RequestContext): Promise<Terms> {
  const terms = termsWithoutGuardrails(request, context.settings);
  if (request.control === request.candidate)
    throw invalid('candidate', `control and candidate are both version "${request.control}"; name two versions`);
  const wanted: NonNullable<RolloutRequest['guardrails']> = request.guardrails ?? configuredGuardrails(context);
  if (wanted.length === 0) throw invalid('guardrails', 'guardrails is empty; leave it out for the default ones');
  const guardrails: Guardrail[] = [];
  const large = wanted.some(({ slices }) => slices === undefined) ? await slicesUnasked(context) : [];
  for (const one of wanted) {
    const guardrail = await guardrailOf(one, context, large);
    if (guardrails.some((other) => other.name === guardrail.name && other.class === guardrail.class))
      throw invalid('guardrails', `guardrail "${guardrail.name}" is given twice; put its slices into one`);
    guardrails.push(guardrail);
  }
  if (guardrails.every(({ required }) => !required))
    throw invalid('guardrails', 'no guardrail is required, so nothing could speak for a promotion; require one');
  return { ...terms, guardrails };
}

function termsWithoutGuardrails(request: RolloutRequest, settings: Config['rollouts']): Omit<Terms, 'guardrails'> {
  const alpha = request.alpha ?? settings.alpha;
  if (!(alpha > 0 && alpha < 1))
    throw invalid('alpha', `alpha is ${alpha}; give a chance between 0 and 1, such as 0.05`);
  const minimumEvents = request.minimumEvents ?? settings.minimum_events;
  if (!Number.isSafeInteger(minimumEvents) || minimumEvents < 1)
    throw invalid('minimum_events', `minimum_events is ${minimumEvents}; give a whole number from 1`);
  const maximumDurationMs = request.maximumDurationMs ?? settings.maximum_duration;
  if (!(maximumDurationMs > 0 && Number.isFinite(maximumDurationMs)))
    throw invalid('maximum_duration', 'maximum_duration must be a length of time above zero, such as 6h');
  const minimumDurationMs = request.minimumDurationMs ?? settings.minimum_duration;
  if (!(minimumDurationMs >= 0 && minimumDurationMs < maximumDurationMs))
    throw invalid('minimum_duration', 'minimum_duration must be shorter than maximum_duration');
  const shares = request.stages ?? settings.stages;
  const bad = rolloutStages.safeParse(shares).error?.issues[0]?.message;
  if (bad !== undefined) throw invalid('stages', `stages is [${shares.join(', ')}]; ${bad}`);
  return { alpha, minimumEvents, minimumDurationMs, maximumDurationMs, stages: shares };
}

/** Those of the model, or those of all models that make sense for its kind, or, where there are none, those of the table. */
function configuredGuardrails({ model, settings }: RequestContext): NonNullable<RolloutRequest['guardrails']> {
  if (model.guardrails.length > 0) return model.guardrails;
  const makesSense = (name: GuardrailName): boolean => GUARDRAILS[name].kinds.includes(model.kind);
  const ofAll = settings.guardrails.filter(({ name }) => makesSense(name));
  if (ofAll.length > 0) return ofAll;
  return GUARDRAIL_NAMES.filter((name) => GUARDRAILS[name].byDefault && makesSense(name)).map((name) => ({ name }));
}

/** What the model is sliced by now, where it is a share of the traffic that matters: harm in it must not hide in the whole. */
async function slicesUnasked({ model, largeSlices }: RequestContext): Promise<readonly string[]> {
  if (model.slices.length === 0) return [];
  const large = await largeSlices();
  return large.filter((slice) => model.slices.some((rule) => makesSlice(rule, slice))).slice(0, MOST_SLICES);
}

async function guardrailOf(
  wanted: NonNullable<RolloutRequest['guardrails']>[number],
  context: RequestContext,
  large: readonly string[],
): Promise<Guardrail> {
  const { name } = wanted;
  if (!isGuardrailName(name)) throw unknownGuardrail(name);
  const rule = GUARDRAILS[name];
  if (!rule.kinds.includes(context.model.kind))
    throw invalid(
      'guardrails',
      `guardrail "${name}" needs a ${rule.kinds.join(' or ')} model; this one is of kind ${context.model.kind}`,
    );
  const ofClass = await classOf(name, wanted.class, context);
  const margin = wanted.margin ?? rule.margin;
  const most = rule.range?.[1] ?? Infinity;
  if (!(margin > 0 && margin < most && Number.isFinite(margin)))
    throw invalid(
      'guardrails',
      `margin of "${name}" is ${margin}; give a share above 0${most === 1 ? ' and below 1' : ''}`,
    );
  const required = wanted.required ?? rule.required;
  if (wanted.slices === undefined) {
    const more = rule.bySlice === 'none' ? [] : large;
    return {
      name,
      ...ofClass,
      margin,
      slices: [ALL, ...more],
      watched: rule.bySlice === 'watched' ? more : [],
      required,
    };
  }
  const slices = new Set<string>();
  for (const slice of wanted.slices) for (const one of await resolveSlice(slice, context)) slices.add(one);
  if (slices.size === 0) throw invalid('guardrails', `slices of "${name}" is empty; leave it out to judge all traffic`);
  const watched: string[] = [];
  for (const slice of wanted.watched ?? []) watched.push(...(await resolveSlice(slice, context)));
  const other = watched.find((slice) => !slices.has(slice));
  if (other !== undefined) throw invalid('guardrails', `"${other}" of "${name}" is watched, and not among its slices`);
  return { name, ...ofClass, margin, slices: [...slices], watched, required };
}

/** The class that a guardrail is about, where it is about one. */
async function classOf(
  name: GuardrailName,
  wanted: string | undefined,
  context: RequestContext,
): Promise<Pick<Guardrail, 'class'>> {
  if (name !== 'class_rate') {
    if (wanted === undefined) return {};
    throw invalid('guardrails', `"${name}" is about all classes; leave class out, or ask for class_rate`);
  }
  const known = await context.classes();
  const choose = known.length === 0 ? 'name the class whose share must not change' : `name one of ${known.join(', ')}`;
  if (wanted === undefined) throw invalid('guardrails', `"class_rate" has no class; ${choose}`);
  if (known.length > 0 && !known.includes(wanted))
    throw invalid(
      'guardrails',
      `class of "class_rate" is "${wanted}", which no version of the two tells apart; ${choose}`,
    );
  return { class: wanted };
}

/** `all`, `region=EU` and `amount>=100` stand for themselves, `region` for each value that the tag or category has now. */
async function resolveSlice(slice: string, context: RequestContext): Promise<readonly string[]> {
  if (slice === ALL) return [ALL];
  const known = context.model.slices;
  const rule = parseSliceRule(slice);
  const name = rule?.kind === 'cut' ? cutName(rule) : slice;
  if (known.some((one) => makesSlice(one, name))) return [name];
  if (rule?.kind !== 'values' || !known.includes(slice)) throw unknownSlice(slice, known);
  const found = await context.slicesOf(slice);
  if (found.length === 0)
    throw new SerinError(
      'unknown_slice',
      `no prediction of the control in the last 30 days has "${slice}" as a tag or category; name a value, such as ${slice}=EU`,
      { field: 'guardrails' },
    );
  if (found.length > MOST_SLICES)
    throw invalid(
      'guardrails',
      `"${slice}" has more than ${MOST_SLICES} values, and each takes a share of alpha; name those that matter, such as ${found[0]}`,
    );
  return found;
}

function unknownSlice(slice: string, known: readonly string[]): SerinError {
  const near = nearestName(slice.split('=', 1)[0] ?? slice, known);
  const cure = near === undefined ? `known: ${known.join(', ') || 'none'}` : `did you mean "${near}"?`;
  return new SerinError('unknown_slice', `this model is not sliced by "${slice}"; ${cure}`, { field: 'guardrails' });
}

function unknownGuardrail(name: string): SerinError {
  const near = nearestName(name, GUARDRAIL_NAMES);
  const cure = near === undefined ? `known: ${GUARDRAIL_NAMES.join(', ')}` : `did you mean "${near}"?`;
  return invalid('guardrails', `"${name}" is not a guardrail; ${cure}`);
}

function invalid(field: string, message: string): SerinError {
  return new SerinError('invalid_request', message, { field });
}
