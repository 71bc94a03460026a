import type { Config } from '../config/config.ts';
import { checkLabel, checkPrediction, type Circumstances, type Refusal } from './records/admission.ts';
import { wholeCharacters } from './decode/byte-range.ts';
import type { ReadLimits } from './decode/span-reader.ts';
import { walkLogs } from './decode/logs-protobuf.ts';
import { walkLogsJson, walkTracesJson } from './decode/otlp-json.ts';
import type { JsonObject } from './decode/json.ts';
import { exactLabels, walkArray, walkLines } from './decode/records.ts';
import { walkSpanAt, walkTraces } from './decode/traces-protobuf.ts';
import { Malformed } from './decode/protobuf.ts';
import type { Door, Received } from './doors/doors.ts';
import { TEXT } from './records/feature-list.ts';
import type { KnownSources } from './records/known-sources.ts';
import { appendLabel, type LabelDraft } from './records/labels.ts';
import { LogSink } from './records/log-sink.ts';
import { rowsOf, truncateColumns } from './native/block.ts';
import { appendPrediction, type PredictionDraft } from './records/predictions.ts';
import type { Refusals } from './records/refusals.ts';
import { setLabelField, setPredictionField } from './records/read-fields.ts';
import type { Fingerprint, RememberedIds } from './spool/remembered-ids.ts';
import type { Outcome, Segment } from './spool/segment.ts';
import { takeRecords } from './take-records.ts';
import type { Tally } from './tally.ts';
import { MOST_COPIED, TraceSink, type SinkLimits } from './records/trace-sink.ts';
import { SpanRiders } from './records/span-riders.ts';
import { emptyFindings, type Findings } from './records/findings.ts';

/** What taking a body needs besides the segment that it goes into. */
export interface Taking {
  readonly limits: Config['ingest'];
  readonly spansPastMs: number;
  readonly ids: Pick<RememberedIds, 'add'>;
  readonly fingerprint: (text: string) => Fingerprint;
  readonly sources: Pick<KnownSources, 'nameOf'>;
  readonly tally: Tally;
}

/** Attributes of a prediction besides features and tags, and some of other conventions under `ml.`. */
const OTHER_ML_ATTRIBUTES = 64;

/**
 * Reads a body once: admits or refuses each record, writes the admitted ones into the columns and rollups of the segment.
 * @throws Malformed for a body that cannot be read at all; it leaves no trace
 */
export function takeBody(received: Received, segment: Segment, taking: Taking): Outcome {
  const { limits } = taking;
  const now: Circumstances = {
    receivedAt: received.receivedAt,
    pastMs: limits.past,
    futureMs: limits.future,
    maxFeatures: limits.max_features,
    maxEmbedding: limits.max_embedding,
    maxTags: limits.max_tags,
  };
  const { door, body } = received;
  checkForm(door, body);
  switch (door) {
    case 'predictions/ndjson':
      return takeLines(body, segment, now, taking);
    case 'predictions/json':
      return takeRecords(walkArray, body, taking, (fields) => takePrediction(fields, segment, now, taking));
    case 'labels/ndjson':
    case 'labels/json':
      return takeRecords(door === 'labels/json' ? walkArray : walkLines, exactLabels(body), taking, (fields) =>
        takeLabel(fields, segment, now, taking),
      );
    case 'traces/protobuf':
    case 'traces/json':
      return takeTraces(door === 'traces/json', body, segment, now, taking);
    case 'logs/protobuf':
    case 'logs/json':
      return takeLogs(door === 'logs/json', body, segment, now, taking);
    default:
      return door satisfies never;
  }
}

/** What looks like something else would be refused for reasons that help nobody. @throws Malformed */
function checkForm(door: Door, body: Uint8Array): void {
  if (body[0] === 0x1f && body[1] === 0x8b)
    throw new Malformed('the body is packed with gzip, and no content encoding says so');
  const inBraces = body[0] === 0x7b || body[0] === 0x5b;
  if (inBraces && door.endsWith('protobuf'))
    throw new Malformed('the body is JSON, not protobuf: send it as application/json');
}

/** Predictions as NDJSON: what the scanner cannot read is parsed. */
function takeLines(body: Uint8Array, segment: Segment, now: Circumstances, taking: Taking): Outcome {
  const { drafts, tape } = segment;
  return takeRecords(
    walkLines,
    body,
    taking,
    (fields) => takePrediction(fields, segment, now, taking),
    (bytes, start, end) => {
      drafts.release();
      const draft = drafts.take();
      return tape.read(bytes, start, end, draft) ? { refusal: keepPrediction(draft, segment, now, taking) } : undefined;
    },
  );
}

function takePrediction(fields: JsonObject, segment: Segment, now: Circumstances, taking: Taking): Refusal | undefined {
  segment.drafts.release();
  const draft = segment.drafts.take();
  // What JSON.parse made has no properties but its own.
  for (const field in fields) {
    const refusal = setPredictionField(draft, field, fields[field]);
    if (refusal !== undefined) return refusal;
  }
  return keepPrediction(draft, segment, now, taking);
}

function takeLabel(fields: JsonObject, segment: Segment, now: Circumstances, taking: Taking): Refusal | undefined {
  const draft: LabelDraft = { predictionId: '', label: '', timestamp: now.receivedAt, source: '' };
  for (const [field, value] of Object.entries(fields)) {
    const refusal = setLabelField(draft, field, value);
    if (refusal !== undefined) return refusal;
  }
  const refusal = checkLabel(draft, now);
  if (refusal !== undefined) return refusal;
  boundSource(draft, now.receivedAt, taking);
  appendLabel(segment.labels, draft, now.receivedAt, segment.number);
  taking.tally.labels++;
  return undefined;
}

function boundSource(draft: LabelDraft, receivedAt: number, { sources, tally }: Taking): void {
  const name = sources.nameOf(draft.source, receivedAt);
  if (name === draft.source) return;
  draft.source = name;
  tally.count('source_other');
  tally.overflows.count('sources', '', receivedAt);
}

/** Admits a prediction, whatever door it came through; one that was taken lately counts as accepted and is not stored again. */
function keepPrediction(
  draft: PredictionDraft,
  segment: Segment,
  now: Circumstances,
  { ids, fingerprint, limits, tally }: Taking,
): Refusal | undefined {
  const refusal = checkPrediction(draft, now);
  if (refusal !== undefined) return refusal;
  const { model, version, role, predictionId } = draft;
  // The candidate answers the same prediction_id as the control: version and role are part of the identity.
  const print = fingerprint(`${model.length}:${version.length}:${model}${version}${role}${predictionId}`);
  if (!ids.add(print, now.receivedAt)) {
    tally.duplicates++;
    return undefined;
  }
  for (const number of print) segment.prints.uint32(number);
  cutFeatures(draft, limits.max_attribute_bytes, tally);
  appendPrediction(segment.predictions, draft, now.receivedAt, segment.number);
  segment.predictionRollup.count(draft, now.receivedAt);
  segment.touch(model, draft.timestamp);
  tally.predictions++;
  return undefined;
}

function cutFeatures({ features }: PredictionDraft, most: number, tally: Tally): void {
  const { texts } = features.words;
  for (let at = 0; at < features.length; at++) {
    const text = features.texts[at]!;
    if (features.kinds[at] !== TEXT || texts.bytesOf(text) <= most) continue;
    tally.count('attribute_cut');
    const bytes = Buffer.from(texts.text(text));
    features.texts[at] = texts.placeOf(bytes, 0, wholeCharacters(bytes, 0, most));
  }
}

function sinkLimits({ limits }: Taking): SinkLimits {
  return {
    maxAttributes: limits.max_attributes,
    maxAttributeBytes: limits.max_attribute_bytes,
    maxRecords: limits.max_records,
    // All features and tags, and the fields around them; what is more is refused.
    maxMlAttributes: limits.max_features + limits.max_tags + OTHER_ML_ATTRIBUTES,
  };
}

/** Traces as protobuf: what the reader in WebAssembly leaves is read as everything else is. */
function takeTraces(json: boolean, body: Uint8Array, segment: Segment, now: Circumstances, taking: Taking): Outcome {
  const rows = rowsOf(segment.spans);
  segment.drafts.release();
  let riders: SpanRiders | undefined;
  const ride = (bytes: Uint8Array, at: number): void => {
    riders ??= new SpanRiders(segment.mlKeys, segment.drafts, sinkLimits(taking).maxMlAttributes);
    walkSpanAt(bytes, at, riders);
  };
  const copied = json ? undefined : segment.runs.read(body, readLimits(now, taking), ride);
  if (copied === undefined) return takeUnusualTraces(json, body, segment, now, taking);
  return finishTraces(rows, copied, riders?.found ?? emptyFindings(), segment, now, taking);
}

function readLimits(now: Circumstances, { limits, spansPastMs }: Taking): ReadLimits {
  return {
    maxAttributes: limits.max_attributes,
    maxAttributeBytes: limits.max_attribute_bytes,
    maxRecords: limits.max_records,
    maxCopied: MOST_COPIED,
    earliest: now.receivedAt - spansPastMs,
    latest: now.receivedAt + now.futureMs,
  };
}

/** Counts the spans behind the first `rows`, and keeps the predictions that rode on them. */
function finishTraces(
  rows: number,
  copiedBytes: number,
  found: Findings,
  segment: Segment,
  now: Circumstances,
  taking: Taking,
  warning?: string | void,
): Outcome {
  const taken = rowsOf(segment.spans) - rows;
  segment.copiedBytes += copiedBytes;
  segment.spanRollup.count(segment.spans, rows, now.receivedAt);
  taking.tally.spans += taken;
  takeRiders(found.predictions, segment, now, taking, found.predictionRefusals);
  return otlpOutcome(taken, found, taking.tally, warning);
}

function takeUnusualTraces(
  json: boolean,
  body: Uint8Array,
  segment: Segment,
  now: Circumstances,
  taking: Taking,
): Outcome {
  const { tally } = taking;
  const rows = rowsOf(segment.spans);
  segment.drafts.release();
  const sink = new TraceSink(segment, { ...now, pastMs: taking.spansPastMs }, sinkLimits(taking), (what) =>
    tally.count(what),
  );
  let warning: string | void;
  try {
    warning = (json ? walkTracesJson : walkTraces)(body, sink);
  } catch (error) {
    truncateColumns(segment.spans, rows);
    throw error;
  }
  return finishTraces(rows, sink.copiedBytes, sink.found, segment, now, taking, warning);
}

function takeLogs(json: boolean, body: Uint8Array, segment: Segment, now: Circumstances, taking: Taking): Outcome {
  segment.drafts.release();
  const sink = new LogSink(sinkLimits(taking), segment.mlKeys, segment.drafts);
  const warning = (json ? walkLogsJson : walkLogs)(body, sink);
  const kept = takeRiders(sink.found.predictions, segment, now, taking, sink.found.refusals);
  return otlpOutcome(kept, sink.found, taking.tally, warning);
}

/** Keeps predictions that rode on spans or log records; adds those that cannot be kept to `refusals`. @returns how many were kept */
function takeRiders(
  riders: readonly PredictionDraft[],
  segment: Segment,
  now: Circumstances,
  taking: Taking,
  refusals: Refusals,
): number {
  let kept = 0;
  for (const draft of riders) {
    const refusal = keepPrediction(draft, segment, now, taking);
    if (refusal === undefined) kept++;
    else refusals.add(refusal);
  }
  return kept;
}

/** What is answered when nothing was refused, by how much was taken: outcomes are remembered, and most are alike. */
const ALL_TAKEN = Array.from({ length: 1024 }, (_, accepted): Outcome => ({
  accepted,
  rejected: 0,
  errors: [],
  message: '',
}));

function otlpOutcome(
  accepted: number,
  { refusals, predictionRefusals }: Findings,
  tally: Tally,
  warning?: string | void,
): Outcome {
  if (warning) return { accepted: 0, rejected: 0, errors: [], message: warning };
  const plain = refusals.total === 0 && predictionRefusals.total === 0 ? ALL_TAKEN[accepted] : undefined;
  if (plain !== undefined) return plain;
  refusals.each((reason, times) => tally.count(reason, times));
  predictionRefusals.each((reason, times) => tally.count(reason, times));
  const said = [refusals.say('refused'), predictionRefusals.say('prediction refused')];
  return {
    accepted,
    rejected: refusals.total,
    errors: [],
    message: said.filter((part) => part !== '').join('; '),
  };
}
