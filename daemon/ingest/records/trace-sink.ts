import { checkSpan, type Circumstances, type Mended } from './admission.ts';
import type { AttributeSink } from '../decode/any-value.ts';
import { MlReader, ServiceReader } from './attribute-readers.ts';
import {
  AttributeWriter,
  DROPPED_ATTRIBUTES,
  DROPPED_EVENTS,
  DROPPED_LINKS,
  type AttributeLimits,
  type AttributeTarget,
} from './attributes.ts';
import { ByteRange } from '../decode/byte-range.ts';
import { emptyFindings } from './findings.ts';
import { countRecord } from '../decode/count-record.ts';
import { Oversized } from '../decode/protobuf.ts';
import { MlAttributes, type MlKeys } from './ml-attributes.ts';
import { truncateColumns } from '../native/block.ts';
import type { PredictionDrafts } from './predictions.ts';
import { addRider } from './span-riders.ts';
import {
  appendEvent,
  appendLink,
  appendSpan,
  durationOf,
  EventDraft,
  LinkDraft,
  RepeatedAttributes,
  SpanDraft,
  type Origin,
  type SpanColumns,
} from './spans.ts';

/** What one body may become. */
export interface SinkLimits extends AttributeLimits {
  readonly maxRecords: number;
  /** `ml.*` attributes of one record. */
  readonly maxMlAttributes: number;
}

/** Where spans go, and what is kept from one body to the next, so that it is not made anew. */
export interface SpanMemory {
  readonly spans: SpanColumns;
  readonly mlKeys: MlKeys;
  readonly drafts: PredictionDrafts;
  /** Of the resource and the scope in hand. */
  readonly resource: RepeatedAttributes;
  readonly scope: RepeatedAttributes;
}

/** Bytes that the resources and scopes of one body may become when they are repeated for each of their spans. */
export const MOST_COPIED = 256 * 1024 * 1024;
/** Stands before the attributes of scopes, which are written among those of spans. */
export const SCOPE_PREFIX = 'otel.scope.';

/**
 * Takes one traces body as it is read: attributes, events and links go straight into the columns, everything else at the end
 * of its span, where it is admitted or leaves no trace. The decoder walks and sets the drafts; this decides.
 */
export class TraceSink {
  readonly found = emptyFindings();
  readonly span = new SpanDraft();
  readonly event = new EventDraft();
  readonly link = new LinkDraft();
  readonly scopeName = new ByteRange();
  readonly scopeVersion = new ByteRange();
  readonly spanAttributes: AttributeSink;
  readonly eventAttributes: AttributeWriter;
  readonly linkAttributes: AttributeWriter;
  readonly resourceAttributes: AttributeSink;
  readonly scopeAttributes: AttributeWriter;
  /** Bytes that the rows have from resources and scopes. */
  copiedBytes = 0;
  readonly #columns: SpanColumns;
  readonly #now: Circumstances;
  readonly #mend: (what: Mended) => void;
  readonly #limits: SinkLimits;
  readonly #spanWriter: AttributeWriter;
  readonly #ml: MlAttributes;
  readonly #drafts: PredictionDrafts;
  #records = 0;
  #rows = 0;
  readonly #resource: RepeatedAttributes;
  readonly #scope: RepeatedAttributes;
  readonly #resourceWriter: AttributeWriter;
  readonly #service = new ByteRange();

  constructor(memory: SpanMemory, now: Circumstances, limits: SinkLimits, mend: (what: Mended) => void) {
    const columns = memory.spans;
    this.#columns = columns;
    this.#now = now;
    this.#mend = mend;
    this.#limits = limits;
    const writer = (target: AttributeTarget) => new AttributeWriter(target, limits, mend);
    this.#spanWriter = writer(columns.SpanAttributes);
    this.eventAttributes = writer(columns['Events.Attributes'].items);
    this.linkAttributes = writer(columns['Links.Attributes'].items);
    this.#ml = new MlAttributes(memory.mlKeys, limits.maxMlAttributes);
    this.#drafts = memory.drafts;
    this.spanAttributes = new MlReader(this.#spanWriter, this.#ml);
    this.#resource = memory.resource;
    this.#scope = memory.scope;
    this.#scope.clear();
    this.#resourceWriter = writer(this.#resource);
    this.resourceAttributes = new ServiceReader(this.#resourceWriter, this.#service);
    this.scopeAttributes = writer(this.#scope);
  }

  beginResource(): void {
    this.#resource.clear();
    this.#resourceWriter.begin();
    this.#service.clear();
    this.beginScope();
  }

  beginScope(): void {
    this.#count();
    this.scopeName.clear();
    this.scopeVersion.clear();
    this.#scope.clear();
    this.scopeAttributes.begin();
  }

  /** Tells how many attributes the sender dropped of a resource. */
  endResource(dropped: number): void {
    this.#resourceWriter.dropped(DROPPED_ATTRIBUTES, dropped);
    this.#cut(this.#service);
  }

  /** Tells how many attributes the sender dropped of a scope. */
  endScope(dropped: number): void {
    this.scopeAttributes.dropped(DROPPED_ATTRIBUTES, dropped);
    this.#cut(this.scopeName);
    this.#cut(this.scopeVersion);
  }

  beginSpan(): void {
    this.#count();
    this.span.clear();
    this.#ml.clear();
    this.#rows = this.#columns.Timestamp.rows;
    this.#spanWriter.begin();
    this.eventAttributes.begin();
    this.linkAttributes.begin();
  }

  endEvent(): void {
    this.#count();
    this.#cut(this.event.name);
    this.eventAttributes.dropped(DROPPED_ATTRIBUTES, this.event.droppedAttributes);
    appendEvent(this.#columns, this.event);
    this.span.tooDeep ||= this.eventAttributes.sawTooDeep;
    this.eventAttributes.begin();
  }

  endLink(): void {
    this.#count();
    this.#cut(this.link.traceState);
    this.linkAttributes.dropped(DROPPED_ATTRIBUTES, this.link.droppedAttributes);
    appendLink(this.#columns, this.link);
    this.span.tooDeep ||= this.linkAttributes.sawTooDeep;
    this.linkAttributes.begin();
  }

  endSpan(): void {
    const { span } = this;
    span.tooDeep ||= this.#spanWriter.sawTooDeep || this.#resourceWriter.sawTooDeep || this.scopeAttributes.sawTooDeep;
    const refusal = checkSpan(span, this.#now);
    if (refusal !== undefined) {
      truncateColumns(this.#columns, this.#rows);
      this.#resource.forgetPlaces();
      this.#scope.forgetPlaces();
      this.found.refusals.add(refusal);
      return;
    }
    this.#countCopied();
    this.#cut(span.name);
    this.#cut(span.traceState);
    this.#cut(span.statusMessage);
    this.#spanWriter.dropped(DROPPED_ATTRIBUTES, span.droppedAttributes);
    this.#spanWriter.dropped(DROPPED_EVENTS, span.droppedEvents);
    this.#spanWriter.dropped(DROPPED_LINKS, span.droppedLinks);
    const duration = durationOf(span);
    if (duration.clamped) this.#mend('duration_clamped');
    appendSpan(this.#columns, span, this.#origin, duration);
    if (this.#ml.carriesPrediction) addRider(this.found, span, this.#ml, this.#drafts);
  }

  get #origin(): Origin {
    return {
      service: this.#service,
      resource: this.#resource,
      scope: this.#scope,
      scopeName: this.scopeName,
      scopeVersion: this.scopeVersion,
    };
  }

  #count(): void {
    this.#records = countRecord(this.#records, this.#limits.maxRecords);
  }

  /** A large resource of many small spans must not become more than memory holds. */
  #countCopied(): void {
    this.copiedBytes += this.#resource.values.byteLength + this.#scope.values.byteLength + this.scopeName.length;
    if (this.copiedBytes > MOST_COPIED)
      throw new Oversized(
        `resources and scopes, repeated for each of their spans, are larger than ${MOST_COPIED} bytes`,
      );
  }

  #cut(text: ByteRange): void {
    if (text.cut(this.#limits.maxAttributeBytes)) this.#mend('text_cut');
  }
}
