import type { PredictionDraft } from './predictions.ts';
import { Refusals } from './refusals.ts';

/** What a body of OTLP held besides its spans, and what of it is refused; kept until it has been read to its end. */
export interface Findings {
  readonly predictions: PredictionDraft[];
  /** Of the records that the signal is made of. */
  readonly refusals: Refusals;
  /** Of predictions that ride on spans which are stored all the same. */
  readonly predictionRefusals: Refusals;
}

export function emptyFindings(): Findings {
  return { predictions: [], refusals: new Refusals(), predictionRefusals: new Refusals() };
}
