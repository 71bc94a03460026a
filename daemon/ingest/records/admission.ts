import type { ByteRange } from '../decode/byte-range.ts';
import { shown } from '../decode/shown.ts';
import { EMBEDDING, NUMBER, type FeatureList } from './feature-list.ts';
import type { LabelDraft } from './labels.ts';
import type { PredictionDraft } from './predictions.ts';
import type { SpanDraft } from './spans.ts';
import { timeText, unitHint, type Unit } from './time-text.ts';

/**
 * What gets dropped, and why: every reason, once. A record that is not here is stored. `counted` ones are stored all the
 * same, changed as told.
 */
export const REASONS = {
  not_an_object: 'a record is a JSON object',
  bad_json: 'the line is not JSON',
  bad_utf8: 'the line, or the id, is not UTF-8',
  line_too_long: 'ingest.max_line_bytes is the most bytes of one line',
  missing: 'a required field is missing or empty',
  unknown_field: 'the name of the field is not known, so its value would be lost in silence',
  not_text: 'the value must be a text',
  not_a_number: 'the value must be a number',
  not_finite: 'the number must be finite',
  bad_type: 'the value is of a type that the field cannot hold',
  too_long: 'a name or an id is at most 256 bytes long',
  too_many_features: 'ingest.max_features is the most features of one prediction',
  too_many_tags: 'ingest.max_tags is the most tags, and the most classes of scores, of one prediction',
  embedding_too_long: 'ingest.max_embedding is the most numbers of one embedding',
  too_deep: 'values are nested deeper than 64 levels',
  bad_time: 'the time is neither an RFC 3339 text nor whole Unix milliseconds',
  too_old: 'the time lies further back than ingest.past',
  too_far_ahead: 'the time lies further ahead than ingest.future',
  out_of_range: 'the number lies outside the range of the field',
  unknown_role: 'the role is "control" or "candidate"',
  bad_trace_id: 'a trace id is 32 hexadecimal digits (16 bytes), not all zero',
  bad_span_id: 'a span id is 16 hexadecimal digits (8 bytes), not all zero',
  not_a_prediction: 'log records are kept only as predictions: ml.prediction.id is missing',
} as const;

/** What is stored all the same, but not as it was sent, or was found damaged; counted beside the reasons. */
export const MENDED = {
  duration_clamped: 'a span ends before it starts: a clock stepped, and its duration is 0',
  attribute_cut:
    'the value of an attribute or feature is longer than ingest.max_attribute_bytes; its beginning is kept',
  key_cut: 'the key of an attribute is longer than 256 bytes; its beginning is kept',
  text_cut: 'a name or message of a span is longer than ingest.max_attribute_bytes; its beginning is kept',
  link_dropped:
    'the trace id or span id of a log record is none, so the record belongs to no trace or span, as OTLP has it',
  attribute_dropped: 'ingest.max_attributes is the most attributes; the first ones are kept',
  source_other:
    'ingest.max_sources is the most sources of labels; a label of a further one is stored with the source "other"',
  spool_damaged: 'a body in the spool does not match its checksum after a crash and is left out; the others are kept',
  block_damaged: 'a block file does not match what was written and is made again out of the spool',
} as const;
export type Mended = keyof typeof MENDED;

export type Reason = keyof typeof REASONS;

/** Why one record is not stored. */
export interface Refusal {
  readonly reason: Reason;
  readonly field: string;
  readonly message: string;
}

/** What admission depends on besides the record; `receivedAt` comes from the spool, so a second reading decides alike. */
export interface Circumstances {
  readonly receivedAt: number;
  readonly pastMs: number;
  readonly futureMs: number;
  readonly maxFeatures: number;
  /** Numbers of one embedding. */
  readonly maxEmbedding: number;
  /** Tags of one prediction, and classes of its scores. */
  readonly maxTags: number;
}

const LONGEST_NAME = 256;
const TRACE_BYTES = 16;
const SPAN_BYTES = 8;
const NO_TRACE = '0'.repeat(32);
const NO_SPAN = '0'.repeat(16);

/** @param detail what was found, in place of the general message */
export function refuse(reason: Reason, field: string, detail?: string): Refusal {
  return { reason, field, message: detail ?? REASONS[reason] };
}

export function checkPrediction(draft: PredictionDraft, now: Circumstances): Refusal | undefined {
  return (
    checkId(draft.predictionId) ??
    checkName('model', draft.model) ??
    checkName('version', draft.version) ??
    checkTime('timestamp', draft.timestamp, now) ??
    checkNumbers(draft) ??
    checkFeatures(draft, now) ??
    checkTags(draft, now) ??
    checkTrace(draft.traceId, draft.spanId)
  );
}

export function checkLabel(draft: LabelDraft, now: Circumstances): Refusal | undefined {
  return (
    checkLength('source', draft.source) ??
    checkId(draft.predictionId) ??
    checkName('label', draft.label) ??
    checkTime('timestamp', draft.timestamp, now)
  );
}

export function checkSpan(draft: SpanDraft, now: Circumstances): Refusal | undefined {
  if (draft.tooDeep) return refuse('too_deep', 'attributes');
  if (!isTraceId(draft.traceId)) return refuse('bad_trace_id', 'trace_id', wrongId('bad_trace_id', draft.traceId));
  if (!isSpanId(draft.spanId)) return refuse('bad_span_id', 'span_id', wrongId('bad_span_id', draft.spanId));
  const parent = draft.parentSpanId.length;
  if (parent !== 0 && parent !== SPAN_BYTES)
    return refuse('bad_span_id', 'parent_span_id', wrongId('bad_span_id', draft.parentSpanId));
  const start = checkTime('start_time_unix_nano', millisecondsOf(draft.startLow, draft.startHigh), now, 'nanoseconds');
  if (start !== undefined) return start;
  const end = millisecondsOf(draft.endLow, draft.endHigh);
  // An end before the start is a clock that stepped, and becomes a duration of 0; one in the far future would spoil p99.
  if (end > now.receivedAt + now.futureMs)
    return refuse('too_far_ahead', 'end_time_unix_nano', `${timeText(end)} lies further ahead than ingest.future`);
  return undefined;
}

export function isTraceId(id: ByteRange): boolean {
  return id.length === TRACE_BYTES && !id.zero;
}

export function isSpanId(id: ByteRange): boolean {
  return id.length === SPAN_BYTES && !id.zero;
}

function wrongId(reason: 'bad_trace_id' | 'bad_span_id', id: ByteRange): string {
  const size = reason === 'bad_trace_id' ? TRACE_BYTES : SPAN_BYTES;
  const length = id.length === 0 ? 'missing' : `${id.length} bytes long`;
  const found = id.notHex ? 'not hexadecimal' : id.length === size ? 'all zero' : length;
  return `${REASONS[reason]}; this one is ${found}`;
}

/** Milliseconds of unsigned nanoseconds in halves; exact enough for a comparison of days. */
export function millisecondsOf(low: number, high: number): number {
  return (high * 4_294_967_296 + low) / 1e6;
}

/** Floor of unsigned nanoseconds to milliseconds, exact. */
export function wholeMilliseconds(low: number, high: number): number {
  const upper = Math.floor(high / 1e6);
  const rest = (high % 1e6) * 4_294_967_296 + low;
  return upper * 4_294_967_296 + Math.floor(rest / 1e6);
}

function checkName(field: string, value: string): Refusal | undefined {
  if (value === '') return refuse('missing', field, `${field} is missing or empty`);
  return checkLength(field, value);
}

function checkLength(field: string, value: string): Refusal | undefined {
  const bytes = value.length > LONGEST_NAME / 4 ? Buffer.byteLength(value) : 0;
  if (bytes <= LONGEST_NAME) return undefined;
  return refuse('too_long', field, `${field.slice(0, LONGEST_NAME)} is ${bytes} bytes long, at most ${LONGEST_NAME}`);
}

/** JSON can write half a character, of which the store would make the same sign as of any other half: ids would meet. */
function checkId(id: string): Refusal | undefined {
  if (!id.isWellFormed()) return refuse('bad_utf8', 'prediction_id', 'prediction_id holds half of a surrogate pair');
  return checkName('prediction_id', id);
}

function checkTime(field: string, at: number, now: Circumstances, unit: Unit = 'milliseconds'): Refusal | undefined {
  if (!Number.isFinite(at)) return refuse('missing', field, `${field} is missing`);
  if (at < now.receivedAt - now.pastMs)
    return refuse('too_old', field, `${timeText(at)} lies further back than ingest.past${unitHint(at, unit)}`);
  if (at > now.receivedAt + now.futureMs)
    return refuse('too_far_ahead', field, `${timeText(at)} lies further ahead than ingest.future${unitHint(at, unit)}`);
  return undefined;
}

function checkNumbers(draft: PredictionDraft): Refusal | undefined {
  if (draft.score !== null && !Number.isFinite(draft.score)) return refuse('not_finite', 'score');
  if (draft.value !== null && !Number.isFinite(draft.value)) return refuse('not_finite', 'value');
  for (const [name, score] of draft.scores) {
    if (!Number.isFinite(score)) return refuse('not_finite', `scores.${name}`);
    if (score < 0 || score > 1)
      return refuse('out_of_range', `scores.${name}`, `the probability of a class lies in [0, 1], not ${score}`);
  }
  const { propensity, latencyMs } = draft;
  if (propensity !== null && !(propensity > 0 && propensity <= 1))
    return refuse('out_of_range', 'propensity', `propensity lies in (0, 1], not ${propensity}`);
  if (latencyMs !== null && !(latencyMs >= 0 && latencyMs < Infinity))
    return refuse('out_of_range', 'latency_ms', `latency_ms is at least 0, not ${latencyMs}`);
  return checkLength('decision', draft.decision);
}

function checkFeatures({ features }: PredictionDraft, now: Circumstances): Refusal | undefined {
  if (features.length > now.maxFeatures)
    return refuse('too_many_features', 'features', `${features.length} features, at most ${now.maxFeatures}`);
  const { words, names, kinds, numbers } = features;
  for (let at = 0; at < features.length; at++) {
    const size = words.names.bytesOf(names[at]!);
    if (size === 0 || size > LONGEST_NAME) return wrongKey('features', 'a feature', size);
    const kind = kinds[at];
    if (kind === NUMBER && !Number.isFinite(numbers[at]))
      return notFinite(`features.${features.nameAt(at)}`, numbers[at]);
    const refusal = kind === EMBEDDING ? checkEmbedding(features, at, now) : undefined;
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

function wrongKey(field: string, what: string, size: number): Refusal {
  if (size === 0) return refuse('missing', field, `the name of ${what} is empty`);
  return refuse('too_long', field, `the name of ${what} is ${size} bytes long, at most ${LONGEST_NAME}`);
}

function notFinite(field: string, value: unknown): Refusal {
  return refuse('not_finite', field, `${field} must be finite, not ${shown(value)}; leave out what is missing`);
}

function checkEmbedding(features: FeatureList, at: number, { maxEmbedding }: Circumstances): Refusal | undefined {
  const embedding = features.embeddings[at] ?? [];
  const field = `features.${features.nameAt(at)}`;
  if (embedding.length > maxEmbedding)
    return refuse('embedding_too_long', field, `${embedding.length} numbers, at most ${maxEmbedding}`);
  // Embeddings are stored as float32, in which 1e300 is infinite.
  const wrong = embedding.find((element) => !Number.isFinite(Math.fround(element)));
  return wrong === undefined
    ? undefined
    : refuse('not_finite', field, `${field} must hold finite float32, not ${wrong}`);
}

function checkTags(draft: PredictionDraft, { maxTags }: Circumstances): Refusal | undefined {
  if (draft.tags.length > maxTags)
    return refuse('too_many_tags', 'tags', `${draft.tags.length} tags, at most ${maxTags}`);
  if (draft.scores.length > maxTags)
    return refuse('too_many_tags', 'scores', `${draft.scores.length} classes, at most ${maxTags}`);
  for (const [name, value] of draft.tags) {
    const size = Buffer.byteLength(name);
    if (size === 0 || size > LONGEST_NAME) return wrongKey('tags', 'a tag', size);
    const wrong = checkLength(`tags.${name}`, value);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

function checkTrace(traceId: string, spanId: string): Refusal | undefined {
  if (traceId !== '' && (!isHex(traceId, 32) || traceId === NO_TRACE))
    return refuse('bad_trace_id', 'trace_id', `${REASONS.bad_trace_id}, not ${shown(traceId)}`);
  if (spanId !== '' && (!isHex(spanId, 16) || spanId === NO_SPAN))
    return refuse('bad_span_id', 'span_id', `${REASONS.bad_span_id}, not ${shown(spanId)}`);
  return undefined;
}

function isHex(text: string, length: number): boolean {
  return text.length === length && /^[0-9a-f]+$/.test(text);
}
