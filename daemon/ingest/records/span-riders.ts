import { millisecondsOf, wholeMilliseconds } from './admission.ts';
import { MlSink } from './attribute-readers.ts';
import type { AttributeSink } from '../decode/any-value.ts';
import { ByteRange } from '../decode/byte-range.ts';
import { emptyFindings, type Findings } from './findings.ts';
import { MlAttributes, type MlKeys } from './ml-attributes.ts';
import type { PredictionDrafts } from './predictions.ts';
import { durationOf, EventDraft, LinkDraft, SpanDraft } from './spans.ts';

/** Adds the prediction that rides on an admitted span to what is found, or why there is none. */
export function addRider(found: Findings, span: SpanDraft, ml: MlAttributes, drafts: PredictionDrafts): void {
  const draft = drafts.take();
  const refusal = ml.readInto(draft);
  if (refusal !== undefined) {
    found.predictionRefusals.add(refusal);
    return;
  }
  const { low, high } = durationOf(span);
  draft.timestamp = wholeMilliseconds(span.startLow, span.startHigh);
  draft.latencyMs = millisecondsOf(low, high);
  draft.traceId = span.traceId.hex();
  draft.spanId = span.spanId.hex();
  found.predictions.push(draft);
}

/** Takes nothing. Its key points into the body that is read: nobody else holds it. */
function takesNothing(): AttributeSink {
  return { key: new ByteRange(), text() {}, number() {}, value() {}, tooDeep() {} };
}

/** Takes the predictions that ride on spans whose rows are written already. */
export class SpanRiders {
  readonly found = emptyFindings();
  readonly span = new SpanDraft();
  readonly event = new EventDraft();
  readonly link = new LinkDraft();
  readonly spanAttributes: AttributeSink;
  readonly eventAttributes = takesNothing();
  readonly linkAttributes = takesNothing();
  readonly #ml: MlAttributes;
  readonly #drafts: PredictionDrafts;

  /** @param maxMlAttributes `ml.*` attributes of one span */
  constructor(keys: MlKeys, drafts: PredictionDrafts, maxMlAttributes: number) {
    this.#ml = new MlAttributes(keys, maxMlAttributes);
    this.#drafts = drafts;
    this.spanAttributes = new MlSink(this.#ml);
  }

  beginSpan(): void {
    this.span.clear();
    this.#ml.clear();
  }

  endSpan(): void {
    if (this.#ml.carriesPrediction) addRider(this.found, this.span, this.#ml, this.#drafts);
  }

  endEvent(): void {}

  endLink(): void {}
}
