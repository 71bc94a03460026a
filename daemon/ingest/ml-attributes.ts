import { refuse, type Refusal } from './admission.ts';
import type { AnyValue } from './any-value.ts';
import { emptyPrediction, type PredictionDraft } from './predictions.ts';
import { setFeature, setPredictionField, setTag, unknownField } from './read-fields.ts';

/** The attributes of one span or log record whose key starts with `ml.`; of one given twice the last counts. */
export class MlAttributes {
  readonly #values = new Map<string, AnyValue>();
  readonly #most: number;
  /** More came than any prediction may have. */
  overflown = false;

  constructor(most: number) {
    this.#most = most;
  }

  add(key: string, value: AnyValue): void {
    if (this.#values.size < this.#most || this.#values.has(key)) this.#values.set(key, value);
    else this.overflown = true;
  }

  clear(): void {
    if (this.#values.size > 0) this.#values.clear();
    this.overflown = false;
  }

  entries(): Iterable<readonly [key: string, value: AnyValue]> {
    return this.#values;
  }

  some(test: (key: string) => boolean): boolean {
    for (const key of this.#values.keys()) if (test(key)) return true;
    return false;
  }
}

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
export function carriesPrediction(attributes: MlAttributes): boolean {
  return attributes.some((key) => key.startsWith('ml.prediction.') || key.startsWith(FEATURE));
}

/** The prediction that rides on `ml.*` attributes, its time and ids still to be set; or why it is none. */
export function readMlAttributes(attributes: MlAttributes): PredictionDraft | Refusal {
  if (attributes.overflown) return refuse('too_many_features', 'ml.');
  const draft = emptyPrediction();
  for (const [key, value] of attributes.entries()) {
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
