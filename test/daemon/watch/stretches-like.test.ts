import { expect, it } from 'vitest';
import { stretchesLike } from '../../../daemon/watch/read-samples.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const MONDAY = Date.UTC(2026, 0, 5);
const hours = (reference: [number, number], window: [number, number]): [number, number][] => {
  const at = ([from, to]: [number, number]) => ({ from: MONDAY + from * HOUR, to: MONDAY + to * HOUR });
  return stretchesLike(at(reference), at(window)).map(({ from, to }) => [(from - MONDAY) / HOUR, (to - MONDAY) / HOUR]);
};

it('takes of a reference the same time of the week, of one that is shorter the same time of the day', () => {
  expect(hours([0, 336], [400, 406])).toEqual([
    [64, 70],
    [232, 238],
  ]);
  expect(hours([0, 72], [100, 101])).toEqual([
    [4, 5],
    [28, 29],
    [52, 53],
  ]);
  // A day of the week, of a window of a day.
  expect(hours([0, 336], [336 + 48, 336 + 72])).toEqual([
    [48, 72],
    [216, 240],
  ]);
});

it('takes all of a reference that is too short, as of a file whose rows have no time, and of one no longer than the window', () => {
  expect(hours([0, 5], [30, 31])).toEqual([[0, 5]]);
  expect(hours([0, 0], [30, 31])).toEqual([[0, 0]]);
  expect(hours([0, 24], [48, 72])).toEqual([[0, 24]]);
  expect(hours([0, (7 * DAY) / HOUR], [168, 336])).toEqual([[0, 168]]);
});

it('cuts what reaches over the ends, and is right for windows before and within the reference', () => {
  expect(hours([3, 171], [336, 342])).toEqual([
    [3, 6],
    [168, 171],
  ]);
  expect(hours([336, 672], [10, 12])).toEqual([
    [346, 348],
    [514, 516],
  ]);
  expect(hours([0, 336], [200, 201])).toEqual([[32, 33]]);
  // The only week of it is the window's own: other days then, and all of it where there are none.
  expect(hours([0, 168], [24, 25])).toEqual([0, 48, 72, 96, 120, 144].map((hour) => [hour, hour + 1]));
  expect(hours([0, 24], [4, 5])).toEqual([[0, 24]]);
});
