import type { AgeGroup } from '../terms.ts';
import { arrivedBy, type ArrivalPoint } from './label-arrival.ts';

/**
 * Labels that should have become known in a stretch of time, by the age that their predictions had then: each prediction
 * grew older by `windowMs` in it, and the delay curve says how likely its label came meanwhile.
 * @param groups predictions by their age at the end of the stretch
 * @returns for each group of ages, the labels expected at that age; ages beyond the curve's end expect none
 */
export function expectedArrivals(
  curve: readonly ArrivalPoint[],
  groups: readonly AgeGroup[],
  windowMs: number,
): number[] {
  const edges = groups.map(({ age }) => age);
  const shares = edges.map((age) => anyArrived(curve, age));
  const last = anyArrived(curve, Infinity);
  return groups.map((_, at) => {
    const [low, high] = [edges[at] ?? 0, edges[at + 1] ?? Infinity];
    let expected = 0;
    for (let older = at; older < groups.length; older++) {
      const predictions = groups[older]?.predictions ?? 0;
      if (predictions === 0) continue;
      const oldest = ageOf(edges, older);
      if (oldest - windowMs >= high) break;
      const from = Math.max(low, oldest - windowMs);
      const to = Math.min(high, oldest);
      if (to <= from) continue;
      const until = to === high && at + 1 < shares.length ? (shares[at + 1] ?? last) : anyArrived(curve, to);
      expected += predictions * (until - (from === low ? (shares[at] ?? 0) : anyArrived(curve, from)));
    }
    return expected;
  });
}

/** Predictions of a group are taken to be as old as its middle. */
function ageOf(edges: readonly number[], group: number): number {
  const from = edges[group] ?? 0;
  return (from + (edges[group + 1] ?? from)) / 2;
}

function anyArrived(curve: readonly ArrivalPoint[], age: number): number {
  const { positives, others } = arrivedBy(curve, age);
  return positives + others;
}
