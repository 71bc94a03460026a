import { nearestName } from '../../nearest-name.ts';
import { shown } from '../decode/shown.ts';
import { refuse, type Refusal } from './admission.ts';
import type { LabelDraft } from './labels.ts';
import type { PredictionDraft } from './predictions.ts';
import { readTime } from './read-time.ts';

/** Fields of a prediction and of a label, as the contract has them. */
export const PREDICTION_FIELDS = [
  'prediction_id',
  'model',
  'version',
  'timestamp',
  'features',
  'score',
  'scores',
  'decision',
  'value',
  'propensity',
  'latency_ms',
  'trace_id',
  'span_id',
  'tags',
  'role',
] as const;
export const LABEL_FIELDS = ['prediction_id', 'label', 'timestamp', 'source'] as const;

/** Sets one field from a parsed JSON value; null counts as absent. An unknown field is refused, never ignored. */
export function setPredictionField(draft: PredictionDraft, field: string, value: unknown): Refusal | undefined {
  if (value === null && PREDICTION_FIELDS.some((known) => known === field)) return undefined;
  switch (field) {
    case 'prediction_id':
      return text(field, value, (given) => (draft.predictionId = given));
    case 'model':
      return text(field, value, (given) => (draft.model = given));
    case 'version':
      return text(field, value, (given) => (draft.version = given));
    case 'decision':
      return text(field, value, (given) => (draft.decision = given));
    case 'trace_id':
      return text(field, value, (given) => (draft.traceId = given.toLowerCase()));
    case 'span_id':
      return text(field, value, (given) => (draft.spanId = given.toLowerCase()));
    case 'score':
      return number(field, value, (given) => (draft.score = given));
    case 'value':
      return number(field, value, (given) => (draft.value = given));
    case 'propensity':
      return number(field, value, (given) => (draft.propensity = given));
    case 'latency_ms':
      return number(field, value, (given) => (draft.latencyMs = given));
    case 'timestamp':
      return readTime(value, (given) => (draft.timestamp = given));
    case 'role':
      if (value !== 'control' && value !== 'candidate')
        return refuse('unknown_role', field, `the role is "control" or "candidate", not ${shown(value)}`);
      draft.role = value;
      return undefined;
    case 'features':
      return each(field, value, (name, inner) => setFeature(draft, name, inner));
    case 'tags':
      return each(field, value, (name, inner) => setTag(draft, name, inner));
    case 'scores':
      return each(field, value, (name, inner) =>
        number(`scores.${name}`, inner, (given) => draft.scores.push([name, given])),
      );
    default:
      return unknownField(field, PREDICTION_FIELDS);
  }
}

export function setLabelField(draft: LabelDraft, field: string, value: unknown): Refusal | undefined {
  if (value === null && LABEL_FIELDS.some((known) => known === field)) return undefined;
  switch (field) {
    case 'prediction_id':
      return text(field, value, (given) => (draft.predictionId = given));
    case 'source':
      return text(field, value, (given) => (draft.source = given));
    case 'timestamp':
      return readTime(value, (given) => (draft.timestamp = given));
    case 'label':
      if (typeof value === 'number' && Number.isFinite(value)) draft.label = String(value);
      else if (typeof value === 'string') draft.label = value;
      else return refuse('bad_type', field, `a label is a finite number or a text, not ${shown(value)}`);
      return undefined;
    default:
      return unknownField(field, LABEL_FIELDS);
  }
}

/** A number, text, boolean, null, or an array of numbers (an embedding). */
export function setFeature(draft: PredictionDraft, name: string, value: unknown): Refusal | undefined {
  if (Array.isArray(value)) {
    const wrong = value.findIndex((element) => typeof element !== 'number');
    if (wrong >= 0)
      return refuse('not_a_number', `features.${name}`, `an embedding holds numbers only, not ${shown(value[wrong])}`);
    draft.features.push(name, value);
    return undefined;
  }
  if (typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean' || value === null) {
    draft.features.push(name, value);
    return undefined;
  }
  return refuse(
    'bad_type',
    `features.${name}`,
    `a feature is a number, text, boolean, null or an array of numbers, not ${shown(value)}`,
  );
}

export function setTag(draft: PredictionDraft, name: string, value: unknown): Refusal | undefined {
  return value === null ? undefined : text(`tags.${name}`, value, (given) => draft.tags.push([name, given]));
}

export function unknownField(field: string, known: readonly string[]): Refusal {
  const nearest = nearestName(field, known);
  const hint = nearest === undefined ? `known are ${known.join(', ')}` : `did you mean "${nearest}"?`;
  return refuse('unknown_field', field.slice(0, 256), `"${field.slice(0, 64)}" is not a known field; ${hint}`);
}

function text(field: string, value: unknown, set: (given: string) => unknown): Refusal | undefined {
  if (typeof value !== 'string') return refuse('not_text', field, `${field} must be a text, not ${shown(value)}`);
  set(value);
  return undefined;
}

function number(field: string, value: unknown, set: (given: number) => unknown): Refusal | undefined {
  if (typeof value !== 'number') return refuse('not_a_number', field, `${field} must be a number, not ${shown(value)}`);
  if (!Number.isFinite(value)) return refuse('not_finite', field, `${field} must be a finite number, not ${value}`);
  set(value);
  return undefined;
}

function each(
  field: string,
  value: unknown,
  set: (name: string, inner: unknown) => Refusal | undefined,
): Refusal | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return refuse('bad_type', field, `${field} must be an object, not ${shown(value)}`);
  // What JSON.parse made has no properties but its own: `__proto__` and `constructor` are names like any other.
  const entries = value as Readonly<Record<string, unknown>>;
  for (const name in entries) {
    const refusal = set(name, entries[name]);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}
