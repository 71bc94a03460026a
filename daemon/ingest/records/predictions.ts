import type { Role } from '../../../detectors/terms.ts';
import { EMBEDDING, FeatureList, TEXT, type Words } from './feature-list.ts';
import { NameListColumn } from './name-list-column.ts';
import {
  Float32Column,
  Float64Column,
  Integer64Column,
  LowCardinalityColumn,
  NullableFloat64Column,
  StringColumn,
} from '../native/columns.ts';
import { Dictionary } from '../native/dictionary.ts';
import { ArrayColumn, MapColumn } from '../native/nested.ts';
import { SharedDictionaryColumn } from '../native/shared-dictionary-column.ts';

/** A prediction as read, before admission. Texts are '' and numbers null where absent; `timestamp` is NaN then. */
export interface PredictionDraft {
  predictionId: string;
  model: string;
  version: string;
  /** Unix milliseconds. */
  timestamp: number;
  role: Role;
  readonly features: FeatureList;
  score: number | null;
  scores: [name: string, score: number][];
  decision: string;
  value: number | null;
  propensity: number | null;
  latencyMs: number | null;
  /** Lower-case hexadecimal. */
  traceId: string;
  spanId: string;
  tags: [name: string, value: string][];
}

function emptyPrediction(words: Words): PredictionDraft {
  return {
    predictionId: '',
    model: '',
    version: '',
    timestamp: NaN,
    role: 'control',
    features: new FeatureList(words),
    score: null,
    scores: [],
    decision: '',
    value: null,
    propensity: null,
    latencyMs: null,
    traceId: '',
    spanId: '',
    tags: [],
  };
}

function clearPrediction(draft: PredictionDraft): void {
  draft.predictionId = '';
  draft.model = '';
  draft.version = '';
  draft.timestamp = NaN;
  draft.role = 'control';
  draft.features.clear();
  draft.score = null;
  draft.scores.length = 0;
  draft.decision = '';
  draft.value = null;
  draft.propensity = null;
  draft.latencyMs = null;
  draft.traceId = '';
  draft.spanId = '';
  draft.tags.length = 0;
}

/** Most drafts kept for the next body. */
const MOST_DRAFTS = 1000;

/** Empty drafts, to be used again once their body has been taken. */
export class PredictionDrafts {
  readonly #words: Words;
  readonly #drafts: PredictionDraft[] = [];
  #taken = 0;

  /** @param words of the segment that the drafts are for */
  constructor(words: Words) {
    this.#words = words;
  }

  take(): PredictionDraft {
    const draft = (this.#drafts[this.#taken++] ??= emptyPrediction(this.#words));
    clearPrediction(draft);
    return draft;
  }

  /** Nobody holds the draft taken last. */
  putBack(): void {
    this.#taken--;
  }

  /** Nobody holds a draft any more. */
  release(): void {
    this.#taken = 0;
    if (this.#drafts.length > MOST_DRAFTS) this.#drafts.length = MOST_DRAFTS;
  }
}

export type PredictionColumns = ReturnType<typeof predictionColumns>;

/** The columns of the table `predictions`. */
export function predictionColumns() {
  const names = new Dictionary();
  return {
    timestamp: new Integer64Column("DateTime64(3, 'UTC')"),
    model: new LowCardinalityColumn(),
    version: new LowCardinalityColumn(),
    role: new LowCardinalityColumn(),
    prediction_id: new StringColumn(),
    number_names: new NameListColumn(),
    number_values: new ArrayColumn(new Float64Column()),
    categories: new MapColumn(new SharedDictionaryColumn(names), new SharedDictionaryColumn(new Dictionary())),
    embeddings: new MapColumn(new SharedDictionaryColumn(names), new ArrayColumn(new Float32Column())),
    score: new NullableFloat64Column(),
    scores: new MapColumn(new LowCardinalityColumn(), new Float64Column()),
    decision: new LowCardinalityColumn(),
    value: new NullableFloat64Column(),
    propensity: new NullableFloat64Column(),
    latency_ms: new NullableFloat64Column(),
    trace_id: new StringColumn(),
    span_id: new StringColumn(),
    tags: new MapColumn(new LowCardinalityColumn(), new StringColumn()),
    received_at: new Integer64Column("DateTime64(3, 'UTC')"),
    segment: new Integer64Column('UInt64'),
  };
}

/** The dictionaries that drafts of features for these columns use. */
export function wordsOf({ categories }: PredictionColumns): Words {
  return { names: categories.keys.dictionary, texts: categories.values.dictionary };
}

/** Writes an admitted prediction as one row. */
export function appendPrediction(
  columns: PredictionColumns,
  draft: PredictionDraft,
  receivedAt: number,
  segment: number,
): void {
  columns.timestamp.push(draft.timestamp);
  columns.model.push(draft.model);
  columns.version.push(draft.version);
  columns.role.push(draft.role);
  columns.prediction_id.push(draft.predictionId);
  appendFeatures(columns, draft);
  columns.score.push(draft.score);
  for (const [name, score] of draft.scores) {
    columns.scores.keys.push(name);
    columns.scores.values.push(score);
  }
  columns.scores.close();
  columns.decision.push(draft.decision);
  columns.value.push(draft.value);
  columns.propensity.push(draft.propensity);
  columns.latency_ms.push(draft.latencyMs);
  columns.trace_id.push(draft.traceId);
  columns.span_id.push(draft.spanId);
  for (const [name, value] of draft.tags) {
    columns.tags.keys.push(name);
    columns.tags.values.push(value);
  }
  columns.tags.close();
  columns.received_at.push(receivedAt);
  columns.segment.push(segment);
}

/** Numbers, texts (booleans as `true` and `false`) and embeddings; what is null is in none of them. */
function appendFeatures(columns: PredictionColumns, { model, version, features }: PredictionDraft): void {
  const { number_names, number_values, categories, embeddings } = columns;
  number_values.items.pushAll(number_names.push(model, version, features));
  number_values.close();
  for (let at = 0; at < features.length; at++) {
    const name = features.names[at]!;
    const kind = features.kinds[at];
    if (kind === TEXT) {
      categories.keys.pushPlace(name);
      categories.values.pushPlace(features.texts[at]!);
    } else if (kind === EMBEDDING) {
      embeddings.keys.pushPlace(name);
      for (const element of features.embeddings[at] ?? []) embeddings.values.items.push(element);
      embeddings.values.close();
    }
  }
  categories.close();
  embeddings.close();
}
