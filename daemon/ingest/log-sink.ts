import { refuse, wholeMilliseconds } from './admission.ts';
import type { AnyValue, AttributeSink } from './any-value.ts';
import { ByteRange } from './byte-range.ts';
import { carriesPrediction, readMlAttributes, type MlAttribute } from './ml-attributes.ts';
import type { Findings } from './trace-sink.ts';

/** Takes one logs body as it is read. Log records are kept only as predictions, so each is one or is refused. */
export class LogSink {
  readonly found: Findings = { predictions: [], refusals: [], predictionRefusals: [] };
  readonly attributes: AttributeSink;
  readonly traceId = new ByteRange();
  readonly spanId = new ByteRange();
  /** Unsigned nanoseconds in halves: when it happened, and when the collector saw it. */
  time: readonly [low: number, high: number] = [0, 0];
  observed: readonly [low: number, high: number] = [0, 0];
  #ml: MlAttribute[] = [];
  #tooDeep = false;

  constructor() {
    const key = new ByteRange();
    const take = (value: AnyValue): void => {
      const name = key.text();
      if (name.startsWith('ml.')) this.#ml.push([name, value]);
    };
    this.attributes = {
      key,
      text: (source, start, end) => take(Buffer.from(source.subarray(start, end)).toString()),
      number: take,
      value: take,
      tooDeep: () => {
        this.#tooDeep = true;
      },
    };
  }

  beginRecord(): void {
    this.traceId.clear();
    this.spanId.clear();
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
    read.traceId = this.traceId.hex();
    read.spanId = this.spanId.hex();
    this.found.predictions.push(read);
  }
}
