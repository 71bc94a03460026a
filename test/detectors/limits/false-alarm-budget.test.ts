import { expect, it } from 'vitest';
import { CASES, tryCase, tryDummy } from '../../bench/false-alarms/injections.ts';
import { openWatchedWorld, pages } from '../../bench/false-alarms/watched-world.ts';
import { times } from '../samples.ts';

/** The short form of `npm run bench -- false-alarms`: fewer features and days, the same world and watch. */
const DAYS = 14;
const REFERENCE = 336;
const BUDGET = 0.5;
const PATIENCE = 12;
const TRIALS = 3;
/** Sizes that leave no doubt within so few windows; the long form tries others. */
const SIZES = [
  'mean +1 sd',
  'standard deviation x2',
  'one category takes 30 % of the others',
  'a new category, 5 %',
  'missing +10 %',
  'unit x100',
];

const world = openWatchedWorld({ seed: 12, features: 30, life: 1, records: 2000 }, REFERENCE);

it('two weeks of days, nights and weekends with nothing wrong raise no more false pages than the budget allows', () => {
  const windows = times(DAYS * 24, (hour) => world.judgeHour(world.firstHour + hour, BUDGET));
  expect(windows.flat().filter(({ finding }) => finding.state === 'pass').length).toBeGreaterThan(100 * windows.length);
  expect(windows.filter(pages).length).toBeLessThanOrEqual((BUDGET * DAYS) / 7);
});

it.each(CASES.filter(({ name }) => SIZES.includes(name)))(
  'what goes wrong is found, which an alarm as frequent as the budget seldom does: $name',
  (one) => {
    const { found } = tryCase(world, one, { trials: TRIALS, patience: PATIENCE, pagesAWeek: BUDGET });
    expect(found).toBe(TRIALS);
    expect(tryDummy(BUDGET, PATIENCE).found * TRIALS).toBeLessThan(found / 2);
  },
);

it('windows that are looked at while they grow raise no more either: what few records scatter adds up with what the reference does', () => {
  const [hours, looks, budget] = [16, 10, 10];
  const wide = openWatchedWorld({ seed: 21, features: 100, life: 1, records: 2000 }, REFERENCE);
  const judged = times(hours, (hour) => [...wide.judgeOpenHour(wide.firstHour + hour, budget, looks)]);
  expect(judged.flat(2).filter(({ finding }) => finding.state === 'pass').length).toBeGreaterThan(20_000);
  // Half of the budget is for looks at open windows: half a page in 16 hours.
  expect(judged.filter((windows) => windows.some(pages)).length).toBeLessThanOrEqual(1);
});
