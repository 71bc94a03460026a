import { refuse, wholeMilliseconds } from './admission.ts';
import type { AnyValue, AttributeSink } from './any-value.ts';
import { carriesPrediction, readMlAttributes, type MlAttribute } from './ml-attributes.ts';
import type { Findings } from './trace-sink.ts';

/** Takes one logs body as it is read. Log records are kept only as predictions, so each is one or is refused. */
export class LogSink {
  readonly found: Findings = { spans: [], predictions: [], refusals: [], predictionRefusals: [] };
  readonly attributes: AttributeSink;
  traceId = '';
  spanId = '';
  /** Unsigned nanoseconds in halves: when it happened, and when the collector saw it. */
  time: readonly [low: number, high: number] = [0, 0];
  observed: readonly [low: number, high: number] = [0, 0];
  #ml: MlAttribute[] = [];
  #tooDeep = false;

  constructor() {
    this.attributes = {
      bytes: () => undefined,
      value: (key: string, value: AnyValue) => {
        if (key.startsWith('ml.')) this.#ml.push([key, value]);
      },
      tooDeep: () => {
        this.#tooDeep = true;
      },
    };
  }

  beginRecord(): void {
    this.traceId = '';
    this.spanId = '';
    this.time = [0, 0];
    this.observed = [0, 0];
    this.#ml = [];
    this.#tooDeep = false;
  }

  endRecord(): void {
    if (this.#tooDeep) {
      this.found.refusals.push(refuse('too_deep', 'attributes'));
      return;
    }
    if (!carriesPrediction(this.#ml)) {
      this.found.refusals.push(refuse('not_a_prediction', 'attributes'));
      return;
    }
    const read = readMlAttributes(this.#ml);
    if ('reason' in read) {
      this.found.refusals.push(read);
      return;
    }
    const [low, high] = this.time[0] === 0 && this.time[1] === 0 ? this.observed : this.time;
    read.timestamp = wholeMilliseconds(low, high);
    read.traceId = this.traceId;
    read.spanId = this.spanId;
    this.found.predictions.push(read);
  }
}
