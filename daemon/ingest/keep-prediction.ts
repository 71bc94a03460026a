import { wholeCharacters } from './decode/byte-range.ts';
import { checkPrediction, type Circumstances, type Refusal } from './records/admission.ts';
import { TEXT } from './records/feature-list.ts';
import { appendPrediction, type PredictionDraft } from './records/predictions.ts';
import type { Segment } from './spool/segment.ts';
import type { Taking } from './take-body.ts';
import type { Tally } from './tally.ts';

/** Admits a prediction, whatever door it came through; one that was taken lately counts as accepted and is not stored again. */
export function keepPrediction(
  draft: PredictionDraft,
  segment: Segment,
  now: Circumstances,
  { ids, fingerprint, limits, tally }: Taking,
): Refusal | undefined {
  const refusal = checkPrediction(draft, now);
  if (refusal !== undefined) return refusal;
  const { model, version, role, predictionId } = draft;
  // The candidate answers the same prediction_id as the control: version and role are part of the identity.
  const print = fingerprint(`${model.length}:${version.length}:${model}${version}${role}${predictionId}`);
  if (!ids.add(print, now.receivedAt)) {
    tally.duplicates++;
    return undefined;
  }
  for (const number of print) segment.prints.uint32(number);
  cutFeatures(draft, limits.max_attribute_bytes, tally);
  appendPrediction(segment.predictions, draft, now.receivedAt, segment.number);
  segment.predictionRollup.count(draft, now.receivedAt);
  segment.touch(model, draft.timestamp);
  tally.predictions++;
  return undefined;
}

function cutFeatures({ features }: PredictionDraft, most: number, tally: Tally): void {
  const { texts } = features.words;
  for (let at = 0; at < features.length; at++) {
    const text = features.texts[at]!;
    if (features.kinds[at] !== TEXT || texts.bytesOf(text) <= most) continue;
    tally.count('attribute_cut');
    const bytes = Buffer.from(texts.text(text));
    features.texts[at] = texts.placeOf(bytes, 0, wholeCharacters(bytes, 0, most));
  }
}
