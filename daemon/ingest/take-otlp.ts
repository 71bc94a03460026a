import { walkLogs } from './decode/logs-protobuf.ts';
import { walkLogsJson, walkTracesJson } from './decode/otlp-json.ts';
import type { ReadLimits } from './decode/span-reader.ts';
import { walkSpanAt, walkTraces } from './decode/traces-protobuf.ts';
import { keepPrediction } from './keep-prediction.ts';
import { rowsOf, truncateColumns } from './native/block.ts';
import type { Circumstances } from './records/admission.ts';
import { emptyFindings, type Findings } from './records/findings.ts';
import { LogSink } from './records/log-sink.ts';
import type { PredictionDraft } from './records/predictions.ts';
import type { Refusals } from './records/refusals.ts';
import { SpanRiders } from './records/span-riders.ts';
import { MOST_COPIED, TraceSink, type SinkLimits } from './records/trace-sink.ts';
import type { Outcome, Segment } from './spool/segment.ts';
import type { Taking } from './take-body.ts';
import type { Tally } from './tally.ts';

/** Attributes of a prediction besides features and tags, and some of other conventions under `ml.`. */
const OTHER_ML_ATTRIBUTES = 64;

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
export function takeTraces(
  json: boolean,
  body: Uint8Array,
  segment: Segment,
  now: Circumstances,
  taking: Taking,
): Outcome {
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

export function takeLogs(
  json: boolean,
  body: Uint8Array,
  segment: Segment,
  now: Circumstances,
  taking: Taking,
): Outcome {
  segment.drafts.release();
  const sink = new LogSink(segment, sinkLimits(taking), (what) => taking.tally.count(what));
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
