import { truncateColumns } from '../native/block.ts';
import { predictionColumns, type PredictionColumns } from './predictions.ts';
import { spanColumns, type SpanColumns } from './spans.ts';

/** As many segments as may be filled, and wait for their blocks, at once. */
const MOST = 4;
/** Columns of a segment that was larger than this are let go, so that one odd body does not hold memory for ever. */
const MOST_BYTES = 64 * 1024 * 1024;

/**
 * Columns of segments whose blocks are written, to be filled again: what grew once need not grow anew every second, which
 * would keep the garbage collector and the kernel busy.
 */
export class SpareColumns {
  readonly #spans: SpanColumns[] = [];
  readonly #predictions: PredictionColumns[] = [];

  spans(): SpanColumns {
    return this.#spans.pop() ?? spanColumns();
  }

  predictions(): PredictionColumns {
    return this.#predictions.pop() ?? predictionColumns();
  }

  /**
   * Takes columns that nobody reads any more.
   * @param bytes how much went into them
   */
  give(spans: SpanColumns, predictions: PredictionColumns, bytes: number): void {
    if (bytes > MOST_BYTES || this.#spans.length >= MOST) return;
    truncateColumns(spans, 0);
    truncateColumns(predictions, 0);
    this.#spans.push(spans);
    this.#predictions.push(predictions);
  }
}
