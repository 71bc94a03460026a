import type { Model } from '../../../daemon/api/contract.ts';

export interface DetectorChoice {
  /** A kind of detectors as `kind:drift`, or the name of one. */
  readonly value: string;
  readonly label: string;
}

const KIND_WORDS: Readonly<Record<string, string>> = {
  drift: 'drift, the worst of all',
  quality: 'data quality, the worst of all',
  latency: 'latency, the worst of all',
  accuracy: 'accuracy, the worst of all',
};

/** What the heat map can show of a model: a kind of detectors together, or one alone; drift first. */
export function detectorChoices(model: Pick<Model, 'detectors'>): DetectorChoice[] {
  const kinds = [...new Set(model.detectors.map(({ kind }) => kind))].sort((a, b) => rank(a) - rank(b));
  return [
    ...kinds.map((kind) => ({ value: `kind:${kind}`, label: KIND_WORDS[kind] ?? kind })),
    ...model.detectors.map(({ detector }) => ({ value: detector, label: detector })),
  ];
}

/** Names of the detectors that a choice stands for. */
export function detectorsOf(model: Pick<Model, 'detectors'>, choice: string): ReadonlySet<string> {
  if (!choice.startsWith('kind:')) return new Set([choice]);
  const kind = choice.slice('kind:'.length);
  return new Set(model.detectors.filter((detector) => detector.kind === kind).map(({ detector }) => detector));
}

function rank(kind: string): number {
  const place = Object.keys(KIND_WORDS).indexOf(kind);
  return place < 0 ? Number.MAX_SAFE_INTEGER : place;
}
