import { Bins } from '../../detectors/maths/bins.ts';
import type { Histogram } from '../../detectors/terms.ts';
import type { ModelSettings } from '../config/config.ts';
import { decisionSubjects } from '../decision-subjects.ts';
import type { Judged } from './judge.ts';

/** The decisions of each version and slice: those recorded, or of a binary model that records none what its threshold makes of the scores. */
export function decisionsOf(
  recorded: readonly Judged<Histogram>[],
  scores: readonly Judged<Histogram>[],
  { kind, threshold }: Pick<ModelSettings, 'kind' | 'threshold'>,
): Judged<Histogram>[] {
  if (kind !== 'binary') return [...recorded];
  const known = new Set(recorded.map(placeOf));
  const others = scores.filter((score) => score.subject === '' && !known.has(placeOf(score)));
  return [
    ...recorded,
    ...others.map((score) => ({
      ...score,
      subject: decisionSubjects.byThreshold,
      summary: decidedAt(score.summary, threshold),
    })),
  ];
}

/** Scores as decisions: at and above the threshold declined. Of the bin that it cuts as much as lies above it. */
export function decidedAt({ count, missing, bins }: Histogram, threshold: number): Histogram {
  let above = 0;
  for (const { low, high, count: records } of bins) {
    if (low >= threshold) above += records;
    else if (high > threshold) above += (records * (high - threshold)) / (high - low);
  }
  const declined = Math.round(above);
  const categories = [
    { value: 'approve', count: count - missing - declined },
    { value: 'decline', count: declined },
  ];
  return { count, missing, bins: Bins.none, categories };
}

function placeOf({ version, slice }: Judged<Histogram>): string {
  return JSON.stringify([version, slice]);
}
