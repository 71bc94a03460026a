import { randomBytes } from 'node:crypto';
import type { Window } from '../../../detectors/terms.ts';
import { millisecondsOf } from '../records/admission.ts';
import type { Admission } from '../ingest.ts';
import type { KnownFeatures } from '../rollups/known-features.ts';
import type { KnownOperations } from '../rollups/known-operations.ts';
import { labelColumns } from '../records/labels.ts';
import { MlKeys } from '../records/ml-attributes.ts';
import { rowsOf, type Columns } from '../native/block.ts';
import { Bytes } from '../native/bytes.ts';
import { PredictionDrafts, wordsOf, type PredictionColumns } from '../records/predictions.ts';
import { PredictionRollup } from '../rollups/prediction-rollup.ts';
import type { RememberedBody } from './remembered-bodies.ts';
import { markOf, markPredictionMinutes, markSpanMinutes } from './segment-marks.ts';
import type { RecordScanner } from '../decode/record-scanner.ts';
import type { SpanReader } from '../decode/span-reader.ts';
import { RunReader } from '../records/read-runs.ts';
import { LogReader } from '../records/read-log.ts';
import { TapeReader } from '../records/read-tape.ts';
import { SpanRollup } from '../rollups/span-rollup.ts';
import { RepeatedAttributes, type SpanColumns } from '../records/spans.ts';
import { SCOPE_PREFIX } from '../records/trace-sink.ts';
import type { SpareColumns } from '../records/spare-columns.ts';
import type { RollupLimits } from '../rollups/version-rows.ts';

/** How a body was answered; `message` is for OTLP, `errors` for predictions and labels. */
export interface Outcome extends Admission {
  readonly message: string;
}

/** What outlives a segment and its rollups need. */
export interface Surroundings {
  readonly rollups: RollupLimits;
  readonly known: KnownFeatures;
  readonly operations: KnownOperations;
  readonly spare: SpareColumns;
  readonly scanner: RecordScanner;
  readonly spanReader: SpanReader;
  readonly sliceTags: (model: string) => readonly string[];
}

/** A stretch of the spool and, beside it in memory, the rows of the same records, by table in the order of loading. */
export class Segment {
  /** Name of its files and root of its deduplication tokens: unique even if a spool is thrown away. */
  readonly name: string;
  readonly number: number;
  readonly spans: SpanColumns;
  readonly predictions: PredictionColumns;
  readonly labels = labelColumns();
  readonly mlKeys: MlKeys;
  readonly drafts: PredictionDrafts;
  readonly tape: TapeReader;
  readonly logs: LogReader;
  readonly runs: RunReader;
  readonly resource = new RepeatedAttributes();
  readonly scope = new RepeatedAttributes(SCOPE_PREFIX);
  readonly spanRollup: SpanRollup;
  readonly predictionRollup: PredictionRollup;
  readonly bodies: RememberedBody<Outcome>[] = [];
  /** Fingerprints of the predictions taken, 16 bytes each. */
  readonly prints = new Bytes();
  readonly models = new Map<string, Window>();
  /** What resources and scopes add to rows beyond the bytes of the bodies. */
  copiedBytes = 0;
  readonly #spare: SpareColumns;
  firstReceivedAt = Infinity;
  lastReceivedAt = 0;

  constructor(name: string, surroundings: Surroundings) {
    this.name = name;
    this.number = numberOf(name);
    this.#spare = surroundings.spare;
    this.spans = this.#spare.spans();
    this.predictions = this.#spare.predictions();
    const words = wordsOf(this.predictions);
    this.drafts = new PredictionDrafts(words);
    this.mlKeys = new MlKeys(words);
    this.runs = new RunReader(surroundings.spanReader, this.spans);
    this.tape = new TapeReader(surroundings.scanner);
    this.logs = new LogReader(surroundings.scanner, this.mlKeys);
    this.spanRollup = new SpanRollup(surroundings.operations);
    this.predictionRollup = new PredictionRollup(surroundings.rollups, surroundings.known, surroundings.sliceTags);
  }

  /** Tells that a record of the model at this time is among the rows. */
  touch(model: string, at: number): void {
    const window = this.models.get(model);
    this.models.set(model, {
      from: Math.min(window?.from ?? at, at),
      to: Math.max(window?.to ?? at + 1, at + 1),
    });
  }

  /** Tells that a body was answered. */
  remember(body: RememberedBody<Outcome>): void {
    this.bodies.push(body);
    this.firstReceivedAt = Math.min(this.firstReceivedAt, body.receivedAt);
    this.lastReceivedAt = Math.max(this.lastReceivedAt, body.receivedAt);
  }

  /** Between which the spans began, in Unix milliseconds; null for none. */
  spanWindow(): Window | null {
    const { Timestamp } = this.spans;
    let [from, to] = [Infinity, -Infinity];
    for (let row = 0; row < Timestamp.rows; row++) {
      const at = millisecondsOf(Timestamp.lowAt(row), Timestamp.highAt(row));
      if (at < from) from = at;
      if (at > to) to = at;
    }
    return from <= to ? { from: Math.floor(from), to: Math.ceil(to) } : null;
  }

  /**
   * Hands its columns on to later segments; its rows are gone then.
   * @param spoolBytes of the bodies that the rows came in
   */
  handOn(spoolBytes: number): void {
    this.#spare.give(this.spans, this.predictions, spoolBytes + this.copiedBytes);
  }

  tables(): readonly (readonly [table: string, columns: Columns])[] {
    const [spanMinutes, predictionMinutes] = [this.spanRollup.columns(), this.predictionRollup.columns()];
    markSpanMinutes(spanMinutes, markOf(this.number));
    markPredictionMinutes(predictionMinutes, markOf(this.number));
    const all: [string, Columns][] = [
      ['otel_traces', this.spans],
      ['span_minutes', spanMinutes],
      ['predictions', this.predictions],
      ['prediction_minutes', predictionMinutes],
      ['labels', this.labels],
    ];
    return all.filter(([, columns]) => rowsOf(columns) > 0);
  }
}

/** Digits of a number up to 2^53. */
const DIGITS = 16;

/** A name that sorts by its number; the random part keeps apart what two spools, or two daemons, number alike. */
export function segmentName(number: number): string {
  return `${String(number).padStart(DIGITS, '0')}-${randomBytes(4).toString('hex')}`;
}

export function numberOf(name: string): number {
  return Number(name.slice(0, DIGITS));
}
