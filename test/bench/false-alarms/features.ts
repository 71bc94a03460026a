import type { Bar, BenchReport } from '../bench.ts';
import { CASES, tryCase, tryDummy, type CaseResult } from './injections.ts';
import { openWatchedWorld, pages } from './watched-world.ts';

const DAYS = 30;
const FEATURES = 100;
const PATIENCE = 48;
const TRIALS = 10;
/** The default of the setting. */
const BUDGET = 0.1;
const OPEN = 'days, weeks and wobble, looked at while open';

interface Quiet {
  readonly what: string;
  readonly reference: number;
  readonly budget: number;
  readonly windows: number;
  readonly pages: number;
  readonly expected: number;
}

const WORLDS = [
  { what: 'nothing but sampling noise', life: 0, reference: 336, budgets: [10], months: 1 },
  { what: 'days, weeks and wobble', life: 1, reference: 336, budgets: [10, BUDGET], months: 1 },
  { what: 'days, weeks and wobble', life: 1, reference: 168, budgets: [BUDGET], months: 1 },
  // A day knows no weekend, and how unlike it is depends on the features: those of six models.
  { what: 'days, weeks and wobble', life: 1, reference: 24, budgets: [10, BUDGET], months: 6 },
] as const;

/** Looks at a window while it is open: more see little more, because each is mostly what the last one saw. */
const LOOKS = 20;
const OPEN_DAYS = 10;
const OPEN_WORLDS = [
  { reference: 336, budget: 10 },
  { reference: 336, budget: BUDGET },
  { reference: 168, budget: 10 },
] as const;

/** Months in which nothing is wrong, then things that are, through detectors, limits and false-discovery control. */
export function measureFeatures(progress: (line: string) => void): BenchReport {
  const quiet: Quiet[] = [];
  for (const [at, { what, life, reference, budgets, months }] of WORLDS.entries()) {
    const windows = DAYS * 24;
    const worlds = Array.from({ length: months }, (_, month) =>
      openWatchedWorld({ seed: 11 + at + 100 * month, features: FEATURES, life, records: 2000 }, reference),
    );
    for (const budget of budgets) {
      progress(`${what}, reference of ${reference} windows, ${budget} false pages a week allowed`);
      let count = 0;
      for (const world of worlds)
        for (let hour = 0; hour < windows; hour++) if (pages(world.judgeHour(world.firstHour + hour, budget))) count++;
      const expected = (months * budget * DAYS) / 7;
      quiet.push({ what, reference, budget, windows: months * windows, pages: count, expected });
    }
  }
  const open: Quiet[] = OPEN_WORLDS.map(({ reference, budget }, at) => {
    progress(`looks at open windows, reference of ${reference} windows, ${budget} false pages a week allowed`);
    const world = openWatchedWorld({ seed: 21 + at, features: FEATURES, life: 1, records: 2000 }, reference);
    const windows = OPEN_DAYS * 24;
    let count = 0;
    for (let hour = 0; hour < windows; hour++)
      for (const judged of world.judgeOpenHour(world.firstHour + hour, budget, LOOKS))
        if (pages(judged)) {
          count++;
          break;
        }
    return { what: OPEN, reference, budget, windows, pages: count, expected: (budget * OPEN_DAYS) / 7 / 2 };
  });
  const tryAll = (reference: number): CaseResult[] => {
    const world = openWatchedWorld({ seed: 12, features: FEATURES, life: 1, records: 2000 }, reference);
    return CASES.map((one) => {
      progress(`${one.name}, reference of ${reference} windows`);
      return tryCase(world, one, { trials: TRIALS, patience: PATIENCE, pagesAWeek: BUDGET });
    });
  };
  const results = { twoWeeks: tryAll(336), day: tryAll(24) };
  const text = describe(quiet, open, results);
  return { text, figures: { quiet, open, results }, bars: barsOf([...quiet, ...open]) };
}

/** Counts are small, so a bar allows what chance adds to the budget: three times the root of what is expected, and one. */
function barsOf(quiet: readonly Quiet[]): Bar[] {
  return quiet.map(({ what, reference, budget, pages: count, expected }) => ({
    name: `${what}, reference of ${reference} windows, ${budget} a week: windows with a false page, of ${expected.toFixed(1)} allowed`,
    value: count,
    bound: mostOf(expected),
    sense: 'at most',
  }));
}

function mostOf(expected: number): number {
  return expected + 3 * Math.sqrt(expected) + 1;
}

function describe(
  quiet: readonly Quiet[],
  open: readonly Quiet[],
  results: Readonly<Record<'twoWeeks' | 'day', readonly CaseResult[]>>,
): string {
  const { found, delay } = tryDummy(BUDGET, PATIENCE);
  return [
    `Simulated summaries, seeded: ${DAYS} days of windows of an hour, ${FEATURES} features (20 of them in one slice too), 500 to 2,000 records a window.`,
    '',
    `| nothing is wrong | reference | false pages allowed a week | windows with a false page | allowed in as many |`,
    '| --- | --- | --- | --- | --- |',
    ...quiet.map(
      (row) =>
        `| ${row.what} | ${row.reference} windows | ${row.budget} | ${row.pages} of ${row.windows}${row.pages > mostOf(row.expected) ? ', the budget is not kept' : ''} | ${row.expected.toFixed(1)} |`,
    ),
    '',
    `And looked at ${LOOKS} times while they are open, for which half of the budget is set aside (days, weeks and wobble, ${OPEN_DAYS} days):`,
    '',
    `| reference | false pages allowed a week | open windows with a false page | allowed in ${OPEN_DAYS} days |`,
    '| --- | --- | --- | --- |',
    ...open.map(
      (row) =>
        `| ${row.reference} windows | ${row.budget} | ${row.pages} of ${row.windows}${row.pages > mostOf(row.expected) ? ', the budget is not kept' : ''} | ${row.expected.toFixed(1)} |`,
    ),
    '',
    `What is wrong with one feature (days, weeks and wobble; ${BUDGET} false pages a week allowed), found within ${PATIENCE} windows, and the delay in windows (median), with a reference of two weeks and with one of a day:`,
    '',
    '| what is wrong | found, two weeks | delay | found, a day | delay | a dummy that alarms as often as the budget allows |',
    '| --- | --- | --- | --- | --- | --- |',
    ...results.twoWeeks.map((row, at) => {
      const cells = [row, results.day[at]!].map(
        (one) => `${one.found} of ${one.trials} | ${Number.isNaN(one.delay) ? '' : one.delay}`,
      );
      return `| ${row.name} | ${cells.join(' | ')} | ${(100 * found).toFixed(0)} %, ${delay} |`;
    }),
  ].join('\n');
}
