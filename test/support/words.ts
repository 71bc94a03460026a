import { Dictionary } from '../../daemon/ingest/native/dictionary.ts';
import { EMBEDDING, NUMBER, TEXT, type FeatureList, type Words } from '../../daemon/ingest/records/feature-list.ts';

/** Dictionaries of a segment that holds nothing yet. */
export function emptyWords(): Words {
  return { names: new Dictionary(), texts: new Dictionary() };
}

/** The features of a record as names and values. */
export function featuresOf(features: FeatureList): [string, string | number | readonly number[] | null][] {
  return Array.from({ length: features.length }, (_, at) => {
    const kind = features.kinds[at];
    if (kind === NUMBER) return [features.nameAt(at), features.numbers[at]!];
    if (kind === TEXT) return [features.nameAt(at), features.textAt(at)];
    return [features.nameAt(at), kind === EMBEDDING ? features.embeddings[at]! : null];
  });
}
