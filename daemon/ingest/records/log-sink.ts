import { isTraceId, isSpanId, refuse, wholeMilliseconds, type Mended } from './admission.ts';
import { MlSink } from './attribute-readers.ts';
import { ByteRange } from '../decode/byte-range.ts';
import { countRecord } from '../decode/count-record.ts';
import { emptyFindings } from './findings.ts';
import { MlAttributes, type MlKeys } from './ml-attributes.ts';
import type { PredictionDraft, PredictionDrafts } from './predictions.ts';
import type { LogReader } from './read-log.ts';
import type { SinkLimits } from './trace-sink.ts';

/** What of a segment log records are read with. */
interface LogParts {
  readonly mlKeys: MlKeys;
  readonly drafts: PredictionDrafts;
  readonly logs: LogReader;
}

/** Takes one logs body as it is read. Log records are kept only as predictions, so each is one or is refused. */
export class LogSink {
  readonly found = emptyFindings();
  readonly attributes: MlSink;
  readonly traceId = new ByteRange();
  readonly spanId = new ByteRange();
  /** Unsigned nanoseconds in halves: when it happened, and when the collector saw it. */
  time: readonly [low: number, high: number] = [0, 0];
  observed: readonly [low: number, high: number] = [0, 0];
  readonly #ml: MlAttributes;
  readonly #limits: SinkLimits;
  readonly #drafts: PredictionDrafts;
  readonly #reader: LogReader;
  readonly #mend: (what: Mended) => void;
  #records = 0;

  constructor({ mlKeys, drafts, logs }: LogParts, limits: SinkLimits, mend: (what: Mended) => void) {
    this.#limits = limits;
    this.#ml = new MlAttributes(mlKeys, limits.maxMlAttributes);
    this.#drafts = drafts;
    this.#reader = logs;
    this.#mend = mend;
    this.attributes = new MlSink(this.#ml);
  }

  /** Resources and scopes count too: empty ones cost time. */
  count(): void {
    this.#records = countRecord(this.#records, this.#limits.maxRecords);
  }

  /**
   * Takes a record as it lies in a body, where it is as most are.
   * @returns whether it did: it is to be walked otherwise
   */
  take(body: Uint8Array, start: number, end: number): boolean {
    const draft = this.#drafts.take();
    if (!this.#reader.read(body, start, end, this.#limits.maxMlAttributes, draft)) {
      this.#drafts.putBack();
      return false;
    }
    this.count();
    this.#reader.id('TRACE_ID', this.traceId);
    this.#reader.id('SPAN_ID', this.spanId);
    this.#add(draft, this.#reader.time);
    return true;
  }

  beginRecord(): void {
    this.count();
    this.traceId.clear();
    this.spanId.clear();
    this.time = [0, 0];
    this.observed = [0, 0];
    this.#ml.clear();
    this.attributes.sawTooDeep = false;
  }

  endRecord(): void {
    if (this.attributes.sawTooDeep) {
      this.found.refusals.add(refuse('too_deep', 'attributes'));
      return;
    }
    if (!this.#ml.carriesPrediction) {
      this.found.refusals.add(refuse('not_a_prediction', 'attributes'));
      return;
    }
    const draft = this.#drafts.take();
    const refusal = this.#ml.readInto(draft);
    if (refusal !== undefined) {
      this.found.refusals.add(refusal);
      return;
    }
    this.#add(draft, this.time[0] === 0 && this.time[1] === 0 ? this.observed : this.time);
  }

  #add(draft: PredictionDraft, [low, high]: readonly [low: number, high: number]): void {
    draft.timestamp = wholeMilliseconds(low, high);
    draft.traceId = this.#linked(this.traceId, isTraceId(this.traceId));
    draft.spanId = this.#linked(this.spanId, isSpanId(this.spanId));
    this.found.predictions.push(draft);
  }

  /** opentelemetry/proto/logs/v1/logs.proto: a record whose id is invalid belongs to no trace or span, and is a record all the same. */
  #linked(id: ByteRange, valid: boolean): string {
    if (valid) return id.hex();
    if (id.length > 0) this.#mend('link_dropped');
    return '';
  }
}
