import type { Config } from '../config/config.ts';
import { checkLabel, type Circumstances, type Refusal } from './records/admission.ts';
import type { JsonObject } from './decode/json.ts';
import { exactLabels, walkArray, walkLines } from './decode/records.ts';
import { Malformed } from './decode/protobuf.ts';
import type { Door, Received } from './doors/doors.ts';
import { keepPrediction } from './keep-prediction.ts';
import type { KnownSources } from './records/known-sources.ts';
import { appendLabel, type LabelDraft } from './records/labels.ts';
import { setLabelField, setPredictionField } from './records/read-fields.ts';
import type { Fingerprint, RememberedIds } from './spool/remembered-ids.ts';
import type { Outcome, Segment } from './spool/segment.ts';
import { takeLogs, takeTraces } from './take-otlp.ts';
import { takeRecords } from './take-records.ts';
import type { Tally } from './tally.ts';

/** What taking a body needs besides the segment that it goes into. */
export interface Taking {
  readonly limits: Config['ingest'];
  readonly spansPastMs: number;
  readonly ids: Pick<RememberedIds, 'add'>;
  readonly fingerprint: (text: string) => Fingerprint;
  readonly sources: Pick<KnownSources, 'nameOf'>;
  readonly tally: Tally;
}

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
