import type { Confusions } from '../terms.ts';
import type { Bounds } from './accuracy-bounds.ts';

/** Share of right answers: every unknown one wrong, or right. */
export function accuracyOfClassesBounds({ cells, mature, labelled }: Confusions): Bounds {
  const count = cells.reduce((sum, cell) => sum + cell.count, 0);
  const right = cells.reduce((sum, cell) => sum + (cell.predicted === cell.actual ? cell.count : 0), 0);
  const unknown = mature - labelled;
  return [right / (count + unknown), (right + unknown) / (count + unknown)];
}

/**
 * Macro F1 over the classes that are known: best where every unknown prediction was right. Each class is worst where its own unknown
 * predictions were wrong and all others its own; not all can be so at once, so that the worst is never quite reached. NaN where
 * predictions named a class without a probability, which tells nothing of what those without a label named.
 */
export function macroF1Bounds({ cells, classes, mature, labelled }: Confusions): Bounds {
  const unknownOf = new Map(
    classes.map(({ name, named }) => [name, named.reduce((sum, { unknown = 0 }) => sum + unknown, 0)]),
  );
  const all = [...unknownOf.values()].reduce((sum, unknown) => sum + unknown, 0);
  if (all !== mature - labelled) return [NaN, NaN];
  const names = new Set(cells.flatMap(({ predicted, actual }) => [predicted, actual]));
  for (const [name, unknown] of unknownOf) if (unknown > 0) names.add(name);
  let [worst, best] = [0, 0];
  for (const name of names) {
    const count = (of: (cell: Confusions['cells'][number]) => boolean): number =>
      cells.reduce((sum, cell) => sum + (of(cell) ? cell.count : 0), 0);
    const hits = count(({ predicted, actual }) => predicted === name && actual === name);
    const whole = count(({ predicted }) => predicted === name) + count(({ actual }) => actual === name);
    const own = unknownOf.get(name) ?? 0;
    worst += (2 * hits) / (whole + all);
    best += (2 * (hits + own)) / (whole + 2 * own);
  }
  return [worst / names.size, best / names.size];
}
