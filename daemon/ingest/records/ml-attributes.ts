import { isUtf8 } from 'node:buffer';
import { refuse, type Refusal } from './admission.ts';
import type { AnyValue } from '../decode/any-value.ts';
import type { ByteRange } from '../decode/byte-range.ts';
import { Dictionary } from '../native/dictionary.ts';
import type { Words } from './feature-list.ts';
import type { PredictionDraft } from './predictions.ts';
import { setFeature, setPredictionField, setTag, unknownField } from './read-fields.ts';

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

/** How the value of an attribute is held. */
const NUMERIC = 0;
const FEATURE_TEXT = 1;
const OTHER = 2;

const PREFIX = Buffer.from('ml.');
/** Longer texts are not expected to repeat. */
const LONGEST_REPEATED = 64;

export function isMlKey(key: ByteRange): boolean {
  return key.startsWith(PREFIX);
}

/** What an attribute is of a prediction, from its key; `foreign` ones are of other conventions. */
export interface Meaning {
  readonly key: string;
  readonly kind: 'feature' | 'tag' | 'field' | 'unknown' | 'foreign';
  /** Of the feature, tag or field. */
  readonly name: string;
  /** Of a feature: its place in the words of the segment. */
  readonly place: number;
  /** It makes its span or log record a prediction: it says something of the answer or of what went in. */
  readonly carries: boolean;
}

function meaningOf(key: string, names: Dictionary): Meaning {
  if (key.startsWith(FEATURE)) {
    const name = key.slice(FEATURE.length);
    return { key, kind: 'feature', name, place: names.place(name), carries: true };
  }
  if (key.startsWith(TAG)) return { key, kind: 'tag', name: key.slice(TAG.length), place: 0, carries: false };
  const field = ML_ATTRIBUTES.get(key);
  const carries = key.startsWith('ml.prediction.');
  if (field !== undefined) return { key, kind: 'field', name: field, place: 0, carries };
  // Other conventions may use `ml.` too; a mistyped one of ours must not be lost.
  return { key, kind: carries || key.startsWith('ml.model.') ? 'unknown' : 'foreign', name: '', place: 0, carries };
}

/** Keys that came before, and short texts: what repeats in every record is made a string, and understood, once. */
export class MlKeys {
  /** Of the segment that features go into. */
  readonly words: Words;
  readonly #keys = new Dictionary();
  readonly #texts = new Dictionary();
  readonly #meanings: Meaning[] = [];

  constructor(words: Words) {
    this.words = words;
  }

  placeOf({ source, start, end }: ByteRange): number {
    return this.#keys.placeOf(source, start, end);
  }

  meaningOf(key: string): Meaning {
    return this.meaningAt(this.#keys.place(key));
  }

  meaningAt(place: number): Meaning {
    return (this.#meanings[place] ??= meaningOf(this.#keys.text(place), this.words.names));
  }

  text(source: Uint8Array, start: number, end: number): string {
    if (end - start <= LONGEST_REPEATED) return this.#texts.text(this.#texts.placeOf(source, start, end));
    return Buffer.from(source.buffer, source.byteOffset + start, end - start).toString();
  }
}

/** The attributes of one span or log record whose key starts with `ml.`; of one given twice the last counts. */
export class MlAttributes {
  length = 0;
  /** More came than any prediction may have. */
  overflown = false;
  /** `ml.model.name` alone only says which model a span belongs to. */
  carriesPrediction = false;
  /** `ml.prediction.id` is not UTF-8: with a sign for what is broken it would be equal to other ids. */
  #idIsBroken = false;
  readonly #known: MlKeys;
  readonly #most: number;
  readonly #keys: number[] = [];
  readonly #kinds: number[] = [];
  /** Where the value is a number; where it is the text of a feature, its place in the words of the segment. */
  readonly #numbers: number[] = [];
  /** Where it is anything else. */
  readonly #others: AnyValue[] = [];
  /** By key: where it stood last. */
  readonly #places: number[] = [];

  constructor(known: MlKeys, most: number) {
    this.#known = known;
    this.#most = most;
  }

  clear(): void {
    this.length = 0;
    this.overflown = false;
    this.carriesPrediction = false;
    this.#idIsBroken = false;
  }

  addText(key: ByteRange, source: Uint8Array, start: number, end: number): void {
    const place = this.#known.placeOf(key);
    const { kind, name } = this.#known.meaningAt(place);
    if (kind === 'feature')
      return this.#set(place, FEATURE_TEXT, this.#known.words.texts.placeOf(source, start, end), null);
    const text = this.#known.text(source, start, end);
    if (kind === 'field' && name === 'prediction_id')
      this.#idIsBroken = text.includes('\u{FFFD}') && !isUtf8(source.subarray(start, end));
    this.#set(place, OTHER, 0, text);
  }

  add(key: ByteRange, value: AnyValue): void {
    const place = this.#known.placeOf(key);
    if (typeof value === 'number') this.#set(place, NUMERIC, value, null);
    else this.#set(place, OTHER, 0, value);
  }

  /** Reads them into an empty draft, whose time and ids are still to be set. */
  readInto(draft: PredictionDraft): Refusal | undefined {
    if (this.overflown) return refuse('too_many_features', 'ml.');
    for (let at = 0; at < this.length; at++) {
      const meaning = this.#known.meaningAt(this.#keys[at]!);
      const kind = this.#kinds[at];
      if (kind === FEATURE_TEXT) draft.features.pushText(meaning.place, this.#numbers[at]!);
      else if (kind === NUMERIC && meaning.kind === 'feature')
        draft.features.pushNumber(meaning.place, this.#numbers[at]!);
      else {
        const value = kind === NUMERIC ? this.#numbers[at] : plain(this.#others[at]!);
        const refusal = setAttribute(draft, meaning, value);
        if (refusal !== undefined) return { ...refusal, field: meaning.key };
      }
    }
    if (this.#idIsBroken) return refuse('bad_utf8', 'ml.prediction.id', 'ml.prediction.id is not UTF-8');
    if (draft.predictionId === '') return refuse('missing', 'ml.prediction.id', 'ml.prediction.id is missing or empty');
    return undefined;
  }

  #set(place: number, kind: number, number: number, other: AnyValue): void {
    let at = this.#places[place] ?? this.length;
    // It stood there in this record, or in one before?
    if (at >= this.length || this.#keys[at] !== place) {
      if (this.length >= this.#most) {
        this.overflown = true;
        return;
      }
      at = this.length++;
      this.#places[place] = at;
      this.#keys[at] = place;
      this.carriesPrediction ||= this.#known.meaningAt(place).carries;
    }
    this.#kinds[at] = kind;
    this.#numbers[at] = number;
    this.#others[at] = other;
  }
}

export function setAttribute(
  draft: PredictionDraft,
  { key, kind, name }: Meaning,
  value: unknown,
): Refusal | undefined {
  switch (kind) {
    case 'feature':
      return setFeature(draft, name, value);
    case 'tag':
      return setTag(draft, name, value);
    case 'field':
      return setPredictionField(draft, name, value);
    case 'unknown':
      return unknownField(key, [...ML_ATTRIBUTES.keys()]);
    case 'foreign':
      return undefined;
    default:
      return kind satisfies never;
  }
}

/** As JSON would have it: integers are numbers, an array of them too. */
function plain(value: AnyValue): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value))
    return value.map((element: AnyValue) => (typeof element === 'bigint' ? Number(element) : element));
  return value;
}
