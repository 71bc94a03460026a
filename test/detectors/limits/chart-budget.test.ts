import { describe, expect, it } from 'vitest';
import { modelSettings } from '../../../daemon/config/config.ts';
import { judge, recompute, settingsOf, type Place, type Summaries } from '../../../daemon/watch/judge.ts';
import { findingOf, rule } from '../../../daemon/watch/rule.ts';
import { detectors } from '../../../detectors/find-detector.ts';
import { chanceOfSeries, chanceOfWindow } from '../../../detectors/limits/alarm-budget.ts';
import { chanceOfChart } from '../../../detectors/limits/charts-together.ts';
import { settingsAt } from '../../../detectors/limits/judge-under.ts';
import { cusumThreshold } from '../../../detectors/maths/cusum-threshold.ts';
import { ALL, type Series } from '../../../detectors/terms.ts';
import { normal, randomFrom, times } from '../samples.ts';

const HOUR = 3_600_000;
const REFERENCE = 672;
const SINCE = 500;
const RECORDS = 2000;

describe('the threshold of a CUSUM', () => {
  it.each([
    // Montgomery, Introduction to Statistical Quality Control, table 9.3: average run lengths of 168 and 465.
    [4, 168],
    [5, 465],
  ])('is %d where the average run length is that of the textbook, to a tenth', (threshold, runLength) => {
    expect(cusumThreshold(1 / runLength, 0.5)).toBeCloseTo(threshold, 1);
  });
});

describe('charts looked at together', () => {
  /** Charts that fire as long as they are allowed at least so much. */
  const together = (charts: number, worth: readonly number[], chance: number): number =>
    chanceOfChart(charts, worth, chance, (left, each) => left.filter((one) => one <= each));

  it('are held to the step that as many of them reach (e-BH by hand)', () => {
    // 1/100, 2/100 and 3/100 of the chance are allowed to one, two and three of a hundred.
    expect(together(100, [1e-6, 5e-6], 1e-3)).toBeCloseTo(2e-5, 12);
    expect(together(100, [1e-6, 9e-4], 1e-3)).toBeCloseTo(1e-5, 12);
    expect(together(100, [1.5e-5, 9e-4], 1e-3)).toBeCloseTo(1e-5, 12);
    expect(together(100, [], 1e-3)).toBeCloseTo(1e-5, 12);
    expect(together(2, [9e-4, 9e-4], 1e-3)).toBeCloseTo(1e-3, 12);
  });
});

/** Whatever the detectors ask for by themselves is put away: what is left is the budget. */
const settings = modelSettings.parse({
  detectors: {
    page_hinkley: { threshold: 1, recent: SINCE },
    cusum: { threshold: 1, recent: SINCE },
    ewma: { width: 1, recent: SINCE },
    adwin: { chance: 0.5, recent: SINCE },
    kswin: { chance: 0.5, recent: SINCE },
    ddm: { width: 1, recent: SINCE },
    hddm_a: { chance: 0.5, recent: SINCE },
    hddm_w: { chance: 0.5, recent: SINCE },
  },
});
const CHARTS = detectors.filter(({ needs }) => needs === 'series');

/** Half of the series are means, half shares of 2,000 records; from `changed` on the first of them lies `shift` deviations higher. */
function summariesOf(series: number, points: number, random: () => number, shift = 0, changed = Infinity): Summaries {
  const draw = (at: number): Series => {
    const share = 0.02 + 0.2 * random();
    const value = (point: number): number => {
      const away = normal(random) + (at < 2 && point >= changed ? shift : 0);
      return at % 2 === 0 ? 10 + away : Math.max(0, share + away * Math.sqrt((share * (1 - share)) / RECORDS));
    };
    const unit = at % 2 === 0 ? 'number' : 'share';
    return { stepMs: HOUR, unit, points: times(points, (n) => ({ at: n * HOUR, value: value(n), count: RECORDS })) };
  };
  const judged = times(series, (at) => ({ version: ALL, slice: ALL, subject: `series ${at}`, summary: draw(at) }));
  return { features: [], scores: [], operations: [], budgets: [], outcomes: [], series: judged };
}

function judgeSeries(pagesAWeek: number, seed: number, shift = 0, changed = Infinity) {
  const random = randomFrom(seed);
  const whole = summariesOf(16, REFERENCE + SINCE, random, shift, REFERENCE + changed);
  const part = (from: number, to: number): Summaries => ({
    ...whole,
    series: whole.series!.map((one) => ({
      ...one,
      summary: { ...one.summary, points: one.summary.points.slice(from, to) },
    })),
  });
  const from = (REFERENCE + SINCE) * HOUR;
  const place: Place = {
    model: 'made up',
    window: { from, to: from + HOUR },
    reference: { from: 0, to: REFERENCE * HOUR },
    judgedAt: from,
    final: true,
    chance: chanceOfWindow(pagesAWeek, HOUR, true),
  };
  const trials = judge(place, settings, part(REFERENCE, REFERENCE + SINCE), part(0, REFERENCE));
  return rule(place, trials, () => null).map(findingOf);
}

describe('a chart held to a false alarm in 10,000 points', () => {
  it.each([48, 168])('keeps to it with a reference of no more than %d', (reference) => {
    const [random, series, chance] = [randomFrom(reference), 300, 1e-4];
    const charts = CHARTS.filter(({ name }) => ['cusum', 'ewma', 'page_hinkley'].includes(name));
    const fired = Object.fromEntries(charts.map(({ name }) => [name, 0]));
    for (let run = 0; run < series; run++) {
      const { points } = summariesOf(1, reference + SINCE, random).series![0]!.summary;
      const part = (from: number, to: number): Series => ({
        stepMs: HOUR,
        unit: 'number',
        points: points.slice(from, to),
      });
      for (const chart of charts) {
        const held = settingsAt(chart, settingsOf(chart, settings, true) as Record<string, number>, 0, chance);
        const { state } = chart.judge(part(0, reference), part(reference, reference + SINCE), held);
        if (state === 'fail') fired[chart.name]!++;
      }
    }
    // 5 % of the series would be 15.
    for (const { name } of charts) expect([name, fired[name]! <= series * SINCE * chance]).toEqual([name, true]);
    expect(Object.values(fired).some((count) => count > 0)).toBe(true);
  });
});

describe('charts over stored series keep the false-alarm budget', () => {
  const WORLDS = 40;
  const BUDGET = 1;
  const allowed = WORLDS * SINCE * chanceOfSeries(chanceOfWindow(BUDGET, HOUR, true));

  it(`in ${WORLDS} x ${SINCE} points of 16 series in which nothing changes`, () => {
    const findings = times(WORLDS, (at) => judgeSeries(BUDGET, 1000 + at));
    expect(allowed).toBeGreaterThan(7);
    expect(findings.flat().filter(({ finding }) => finding.state === 'pass').length).toBeGreaterThan(WORLDS * 16 * 4);
    const wrong = findings.filter((judged) => judged.some(({ finding }) => finding.state === 'fail'));
    expect(wrong.length).toBeLessThanOrEqual(allowed);
  });

  it.each(CHARTS.map(({ name }) => [name] as const))(
    'and %s finds two series that moved by three deviations',
    (name) => {
      const found = times(5, (at) => judgeSeries(BUDGET, 5000 + at, 3, 300)).filter((judged) =>
        judged.some(({ finding: { detector, state, subject } }) => {
          return detector === name && state === 'fail' && (subject === 'series 0' || subject === 'series 1');
        }),
      );
      expect(found).toHaveLength(5);
    },
  );

  it('and what failed can be recomputed from what was stored', () => {
    const failed = judgeSeries(BUDGET, 5000, 3, 300).filter(({ finding }) => finding.state === 'fail');
    expect(failed.length).toBeGreaterThan(3);
    for (const judged of failed) expect(recompute(judged)).toEqual(judged.finding);
  });
});
