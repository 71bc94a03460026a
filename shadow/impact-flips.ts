import { wilsonInterval } from '../detectors/maths/binomial.ts';
import { differenceInterval, type Estimate } from '../detectors/maths/combine-intervals.ts';
import type { ImpactFlips } from '../detectors/terms.ts';
import { inputWidth } from './input-columns.ts';
import { pickRows } from './matrix-rows.ts';
import { shuffled, withRankedColumns } from './ranked-columns.ts';
import type { ColumnRange } from './seeded-draws.ts';
import { scoreAll, type Scored, type ShiftQuestion } from './shift-question.ts';

/** Times that halves of the window exchange their values, which says what noise flips. */
const SPLITS = 6;
/** 97.5 % of Student's t with as many degrees of freedom: what noise flips is known from so many trials. */
const STUDENT = 2.447;

/**
 * The decisions that change when a feature takes values of the reference, with what noise flips in their interval.
 * @param before scores of the window
 * @param after of the window with the values of the reference
 * @returns null where the model decides nothing by a threshold, or no row has both scores
 */
export async function impactFlips(
  question: ShiftQuestion,
  columns: readonly ColumnRange[],
  before: Scored,
  after: Scored,
  random: () => number,
): Promise<ImpactFlips | null> {
  const { threshold, inputs, window, reference } = question;
  if (threshold === null) return null;
  const { compared, up, down } = changes(before.scores, after.scores, threshold);
  if (compared === 0) return null;
  const share = (up + down) / compared;
  const [rows, usual] = [window.length, reference.length].map((values) => values / inputWidth(inputs)) as [
    number,
    number,
  ];
  // Halves of the window are further from each other than the window is from the reference, where neither has moved.
  const nearer = Math.sqrt((1 / rows + 1 / usual) / (4 / rows));
  const noise = STUDENT * nearer * (await flippedWithin(question, columns, before, random));
  const shown: Estimate = { value: share, interval: wilsonInterval(up + down, compared) };
  const [low, high] = differenceInterval(shown, { value: 0, interval: [-noise, noise] });
  return { share, interval: [Math.max(0, low), Math.min(1, high)], declined: (up - down) / compared };
}

/** Part of the decisions that change when two halves of the window take each other's values: root mean square of some halvings. */
async function flippedWithin(
  question: ShiftQuestion,
  columns: readonly ColumnRange[],
  before: Scored,
  random: () => number,
): Promise<number> {
  const { inputs, window, threshold } = question;
  const width = inputWidth(inputs);
  let squares = 0;
  for (let split = 0; split < SPLITS; split++) {
    let [compared, flipped] = [0, 0];
    const order = shuffled(window.length / width, random);
    const halves = [order.slice(0, order.length / 2), order.slice(order.length / 2)] as const;
    for (const [own, others] of [halves, halves.toReversed()] as (typeof halves)[]) {
      const [rows, donors] = [pickRows(window, width, own), pickRows(window, width, others)];
      const { scores } = await scoreAll(question, withRankedColumns(rows, donors, width, columns, random));
      const found = changes(
        Float32Array.from(own, (row) => before.scores[row] ?? Number.NaN),
        scores,
        threshold ?? 0,
      );
      compared += found.compared;
      flipped += found.up + found.down;
    }
    squares += compared === 0 ? 0 : (flipped / compared) ** 2 / SPLITS;
  }
  return Math.sqrt(squares);
}

/** Decisions that change: `up` of rows that are declined before and no more, `down` the other way. */
function changes(before: Float32Array, after: Float32Array, threshold: number) {
  let [compared, up, down] = [0, 0, 0];
  for (const [row, was] of before.entries()) {
    const is = after[row] ?? Number.NaN;
    if (!Number.isFinite(was) || !Number.isFinite(is)) continue;
    compared++;
    if (was >= threshold && is < threshold) up++;
    if (was < threshold && is >= threshold) down++;
  }
  return { compared, up, down };
}
