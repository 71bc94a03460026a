import { isTraceId, isSpanId, refuse, wholeMilliseconds, type Mended } from './admission.ts';
import { MlSink } from './attribute-readers.ts';
import { ByteRange } from '../decode/byte-range.ts';
import { countRecord } from '../decode/count-record.ts';
import { emptyFindings } from './findings.ts';
import { MlAttributes, type MlKeys } from './ml-attributes.ts';
import type { PredictionDrafts } from './predictions.ts';
import type { SinkLimits } from './trace-sink.ts';

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
  readonly #mend: (what: Mended) => void;
  #records = 0;

  constructor(limits: SinkLimits, keys: MlKeys, drafts: PredictionDrafts, mend: (what: Mended) => void) {
    this.#limits = limits;
    this.#ml = new MlAttributes(keys, limits.maxMlAttributes);
    this.#drafts = drafts;
    this.#mend = mend;
    this.attributes = new MlSink(this.#ml);
  }

  /** Resources and scopes count too: empty ones cost time. */
  count(): void {
    this.#records = countRecord(this.#records, this.#limits.maxRecords);
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
    const [low, high] = this.time[0] === 0 && this.time[1] === 0 ? this.observed : this.time;
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
