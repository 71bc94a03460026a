import { checkSpan, wholeMilliseconds, type Circumstances, type Mended, type Refusal } from './admission.ts';
import type { AnyValue, AttributeSink } from './any-value.ts';
import { AttributeWriter, type AttributeLimits } from './attributes.ts';
import { carriesPrediction, readMlAttributes, type MlAttribute } from './ml-attributes.ts';
import { rowsOf, truncateColumns } from './native/block.ts';
import { StringColumn } from './native/columns.ts';
import type { PredictionDraft } from './predictions.ts';
import { appendSpan, durationOf, emptySpan, type SpanColumns, type SpanDraft } from './spans.ts';

/** What an admitted span adds to the rollups. */
export interface SpanCount {
  readonly service: string;
  readonly operation: string;
  readonly startMs: number;
  readonly durationMs: number;
  readonly failed: boolean;
}

/** Where the decoders of OTLP put their refusals and what rides on spans; kept until the body has been read to its end. */
export interface Findings {
  readonly spans: SpanCount[];
  readonly predictions: PredictionDraft[];
  /** Of the records that the signal is made of. */
  readonly refusals: Refusal[];
  /** Of predictions that ride on spans which are stored all the same. */
  readonly predictionRefusals: Refusal[];
}

/**
 * Takes one traces body as it is read: attributes, events and links go straight into the columns, everything else at the end
 * of its span, where it is admitted or leaves no trace. The decoder walks; this decides.
 */
export class TraceSink {
  readonly columns: SpanColumns;
  readonly found: Findings = { spans: [], predictions: [], refusals: [], predictionRefusals: [] };
  readonly spanAttributes: AttributeSink;
  readonly eventAttributes: AttributeWriter;
  readonly linkAttributes: AttributeWriter;
  readonly resourceAttributes: AttributeSink;
  span: SpanDraft = emptySpan();
  scopeName = '';
  scopeVersion = '';
  readonly #now: Circumstances;
  readonly #mend: (what: Mended) => void;
  readonly #limits: AttributeLimits;
  readonly #spanWriter: AttributeWriter;
  #ml: MlAttribute[] = [];
  #rows = 0;
  #resourceKeys: string[] = [];
  #resourceValues = new StringColumn();
  #resourceWriter: AttributeWriter;
  #service = '';

  constructor(columns: SpanColumns, now: Circumstances, limits: AttributeLimits, mend: (what: Mended) => void) {
    this.columns = columns;
    this.#now = now;
    this.#mend = mend;
    this.#limits = limits;
    const writer = (target: ConstructorParameters<typeof AttributeWriter>[0]) =>
      new AttributeWriter(target, limits, mend);
    this.#spanWriter = writer(columns.SpanAttributes);
    this.eventAttributes = writer(columns['Events.Attributes'].items);
    this.linkAttributes = writer(columns['Links.Attributes'].items);
    this.#resourceWriter = writer({ keys: this.#resourceKeys, values: this.#resourceValues });
    this.spanAttributes = withMl(this.#spanWriter, (key, value) => this.#ml.push([key, value]));
    this.resourceAttributes = {
      bytes: (key, source, start, end) => {
        if (key === 'service.name') this.#service = Buffer.from(source.subarray(start, end)).toString();
        this.#resourceWriter.bytes(key, source, start, end);
      },
      value: (key, value) => {
        if (key === 'service.name' && typeof value === 'string') this.#service = value;
        this.#resourceWriter.value(key, value);
      },
      tooDeep: () => this.#resourceWriter.tooDeep(),
    };
  }

  beginResource(): void {
    this.#resourceKeys = [];
    this.#resourceValues = new StringColumn();
    this.#resourceWriter = new AttributeWriter(
      { keys: this.#resourceKeys, values: this.#resourceValues },
      this.#limits,
      this.#mend,
    );
    this.#service = '';
    this.beginScope();
  }

  beginScope(): void {
    this.scopeName = '';
    this.scopeVersion = '';
  }

  beginSpan(): void {
    this.span = emptySpan();
    this.#ml = [];
    this.#rows = rowsOf(this.columns);
    this.#spanWriter.begin();
    this.eventAttributes.begin();
    this.linkAttributes.begin();
  }

  /** Finishes an event whose attributes are written; its time is unsigned nanoseconds in halves. */
  endEvent(low: number, high: number, name: string): void {
    // DateTime64(9) ends in 2262: a later event is a broken clock, and must not wrap to 1677.
    if (high < 0x80_00_00_00) this.columns['Events.Timestamp'].items.pushHalves(low, high);
    else this.columns['Events.Timestamp'].items.pushHalves(0, 0);
    this.columns['Events.Name'].items.push(name);
    this.columns['Events.Attributes'].items.close();
    this.span.tooDeep ||= this.eventAttributes.sawTooDeep;
    this.eventAttributes.begin();
  }

  endLink(traceId: string, spanId: string, traceState: string): void {
    this.columns['Links.TraceId'].items.push(traceId);
    this.columns['Links.SpanId'].items.push(spanId);
    this.columns['Links.TraceState'].items.push(traceState);
    this.columns['Links.Attributes'].items.close();
    this.span.tooDeep ||= this.linkAttributes.sawTooDeep;
    this.linkAttributes.begin();
  }

  endSpan(): void {
    const { span } = this;
    span.tooDeep ||= this.#spanWriter.sawTooDeep || this.#resourceWriter.sawTooDeep;
    const refusal = checkSpan(span, this.#now);
    if (refusal !== undefined) {
      truncateColumns(this.columns, this.#rows);
      this.found.refusals.push(refusal);
      return;
    }
    const duration = durationOf(span);
    if (duration.clamped) this.#mend('duration_clamped');
    appendSpan(
      this.columns,
      span,
      {
        service: this.#service,
        resourceKeys: this.#resourceKeys,
        resourceValues: this.#resourceValues,
        scopeName: this.scopeName,
        scopeVersion: this.scopeVersion,
      },
      duration,
    );
    const startMs = wholeMilliseconds(span.startLow, span.startHigh);
    const durationMs = (duration.high * 4_294_967_296 + duration.low) / 1e6;
    this.found.spans.push({
      service: this.#service,
      operation: span.name,
      startMs,
      durationMs,
      failed: span.statusCode === 2,
    });
    this.#takePrediction(startMs, durationMs);
  }

  #takePrediction(startMs: number, durationMs: number): void {
    if (!carriesPrediction(this.#ml)) return;
    const read = readMlAttributes(this.#ml);
    if ('reason' in read) {
      this.found.predictionRefusals.push(read);
      return;
    }
    read.timestamp = startMs;
    read.latencyMs = durationMs;
    read.traceId = this.span.traceId;
    read.spanId = this.span.spanId;
    this.found.predictions.push(read);
  }
}

/** Writes everything, and hands `ml.*` over as values. */
function withMl(writer: AttributeWriter, take: (key: string, value: AnyValue) => void): AttributeSink {
  return {
    bytes: (key, source, start, end) => writer.bytes(key, source, start, end),
    value: (key, value) => {
      if (key.startsWith('ml.')) take(key, value);
      writer.value(key, value);
    },
    tooDeep: () => writer.tooDeep(),
  };
}
