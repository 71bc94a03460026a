import { refuse, type Refusal } from './admission.ts';
import type { AnyValue } from './any-value.ts';
import { emptyPrediction, type PredictionDraft } from './predictions.ts';
import { setFeature, setPredictionField, setTag, unknownField } from './read-fields.ts';

/** An attribute of a span or log record whose key starts with `ml.`. */
export type MlAttribute = readonly [key: string, value: AnyValue];

/** The attributes that carry a field of a prediction. */
export const ML_ATTRIBUTES: ReadonlyMap<string, string> = new Map([
  ['ml.model.name', 'model'],
  ['ml.model.version', 'version'],
  ['ml.prediction.id', 'prediction_id'],
  ['ml.prediction.score', 'score'],
  ['ml.prediction.decision', 'decision'],
  ['ml.prediction.value', 'value'],
  ['ml.prediction.propensity', 'propensity'],
  ['ml.prediction.role', 'role'],
]);
const FEATURE = 'ml.feature.';
const TAG = 'ml.tag.';

/**
 * Whether the attributes make their span or log record a prediction: something is said of the answer or of what went in.
 * `ml.model.name` alone only says which model a span belongs to.
 */
export function carriesPrediction(attributes: readonly MlAttribute[]): boolean {
  return attributes.some(([key]) => key.startsWith('ml.prediction.') || key.startsWith(FEATURE));
}

/** The prediction that rides on `ml.*` attributes, its time and ids still to be set; or why it is none. */
export function readMlAttributes(attributes: readonly MlAttribute[]): PredictionDraft | Refusal {
  const draft = emptyPrediction();
  // Of an attribute given twice the last counts.
  for (const [key, value] of new Map(attributes)) {
    const refusal = setAttribute(draft, key, plain(value));
    if (refusal !== undefined) return { ...refusal, field: key };
  }
  if (draft.predictionId === '') return refuse('missing', 'ml.prediction.id', 'ml.prediction.id is missing or empty');
  return draft;
}

function setAttribute(draft: PredictionDraft, key: string, value: unknown): Refusal | undefined {
  if (key.startsWith(FEATURE)) return setFeature(draft, key.slice(FEATURE.length), value);
  if (key.startsWith(TAG)) return setTag(draft, key.slice(TAG.length), value);
  const field = ML_ATTRIBUTES.get(key);
  if (field !== undefined) return setPredictionField(draft, field, value);
  // Other conventions may use `ml.` too; a mistyped one of ours must not be lost.
  const ours = key.startsWith('ml.prediction.') || key.startsWith('ml.model.');
  return ours ? unknownField(key, [...ML_ATTRIBUTES.keys()]) : undefined;
}

/** As JSON would have it: integers are numbers, an array of them too. */
function plain(value: AnyValue): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value))
    return value.map((element: AnyValue) => (typeof element === 'bigint' ? Number(element) : element));
  return value;
}
