import { checkSpan, wholeMilliseconds, type Circumstances, type Mended, type Refusal } from './admission.ts';
import type { AttributeSink } from './any-value.ts';
import { MlReader, ServiceReader } from './attribute-readers.ts';
import { AttributeWriter, type AttributeLimits, type AttributeTarget } from './attributes.ts';
import { ByteRange } from './byte-range.ts';
import { carriesPrediction, readMlAttributes, type MlAttribute } from './ml-attributes.ts';
import { truncateColumns } from './native/block.ts';
import type { PredictionDraft } from './predictions.ts';
import {
  appendEvent,
  appendLink,
  appendSpan,
  durationOf,
  EventDraft,
  LinkDraft,
  ResourceAttributes,
  SpanDraft,
  type Origin,
  type SpanColumns,
} from './spans.ts';

/** What a body of OTLP held besides its spans, and what of it is refused; kept until it has been read to its end. */
export interface Findings {
  readonly predictions: PredictionDraft[];
  /** Of the records that the signal is made of. */
  readonly refusals: Refusal[];
  /** Of predictions that ride on spans which are stored all the same. */
  readonly predictionRefusals: Refusal[];
}

/**
 * Takes one traces body as it is read: attributes, events and links go straight into the columns, everything else at the end
 * of its span, where it is admitted or leaves no trace. The decoder walks and sets the drafts; this decides.
 */
export class TraceSink {
  readonly found: Findings = { predictions: [], refusals: [], predictionRefusals: [] };
  readonly span = new SpanDraft();
  readonly event = new EventDraft();
  readonly link = new LinkDraft();
  readonly scopeName = new ByteRange();
  readonly scopeVersion = new ByteRange();
  readonly spanAttributes: AttributeSink;
  readonly eventAttributes: AttributeWriter;
  readonly linkAttributes: AttributeWriter;
  resourceAttributes: AttributeSink;
  readonly #columns: SpanColumns;
  readonly #now: Circumstances;
  readonly #mend: (what: Mended) => void;
  readonly #limits: AttributeLimits;
  readonly #spanWriter: AttributeWriter;
  readonly #ml: MlAttribute[] = [];
  #rows = 0;
  #resource = new ResourceAttributes();
  #resourceWriter: AttributeWriter;
  readonly #service = new ByteRange();

  constructor(columns: SpanColumns, now: Circumstances, limits: AttributeLimits, mend: (what: Mended) => void) {
    this.#columns = columns;
    this.#now = now;
    this.#mend = mend;
    this.#limits = limits;
    const writer = (target: AttributeTarget) => new AttributeWriter(target, limits, mend);
    this.#spanWriter = writer(columns.SpanAttributes);
    this.eventAttributes = writer(columns['Events.Attributes'].items);
    this.linkAttributes = writer(columns['Links.Attributes'].items);
    this.spanAttributes = new MlReader(this.#spanWriter, this.#ml);
    this.#resourceWriter = writer(this.#resource);
    this.resourceAttributes = new ServiceReader(this.#resourceWriter, this.#service);
  }

  beginResource(): void {
    this.#resource = new ResourceAttributes();
    this.#resourceWriter = new AttributeWriter(this.#resource, this.#limits, this.#mend);
    this.resourceAttributes = new ServiceReader(this.#resourceWriter, this.#service);
    this.#service.clear();
    this.beginScope();
  }

  beginScope(): void {
    this.scopeName.clear();
    this.scopeVersion.clear();
  }

  beginSpan(): void {
    this.span.clear();
    this.#ml.length = 0;
    this.#rows = this.#columns.Timestamp.rows;
    this.#spanWriter.begin();
    this.eventAttributes.begin();
    this.linkAttributes.begin();
  }

  endEvent(): void {
    appendEvent(this.#columns, this.event);
    this.span.tooDeep ||= this.eventAttributes.sawTooDeep;
    this.eventAttributes.begin();
  }

  endLink(): void {
    appendLink(this.#columns, this.link);
    this.span.tooDeep ||= this.linkAttributes.sawTooDeep;
    this.linkAttributes.begin();
  }

  endSpan(): void {
    const { span } = this;
    span.tooDeep ||= this.#spanWriter.sawTooDeep || this.#resourceWriter.sawTooDeep;
    const refusal = checkSpan(span, this.#now);
    if (refusal !== undefined) {
      truncateColumns(this.#columns, this.#rows);
      this.#resource.forgetPlaces();
      this.found.refusals.push(refusal);
      return;
    }
    const duration = durationOf(span);
    if (duration.clamped) this.#mend('duration_clamped');
    appendSpan(this.#columns, span, this.#origin, duration);
    if (carriesPrediction(this.#ml)) this.#takePrediction((duration.high * 4_294_967_296 + duration.low) / 1e6);
  }

  get #origin(): Origin {
    return {
      service: this.#service,
      resource: this.#resource,
      scopeName: this.scopeName,
      scopeVersion: this.scopeVersion,
    };
  }

  #takePrediction(durationMs: number): void {
    const read = readMlAttributes(this.#ml);
    if ('reason' in read) {
      this.found.predictionRefusals.push(read);
      return;
    }
    const { span } = this;
    read.timestamp = wholeMilliseconds(span.startLow, span.startHigh);
    read.latencyMs = durationMs;
    read.traceId = span.traceId.hex();
    read.spanId = span.spanId.hex();
    this.found.predictions.push(read);
  }
}
