import { readdirSync, readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { detectors, findDetector } from '../../detectors/find-detector.ts';
import { Bins } from '../../detectors/maths/bins.ts';
import type { Bin, Histogram, Judgement, Need, Series, Summary, SummaryByNeed } from '../../detectors/terms.ts';
import { defaultsOf, normal, randomFrom, sampleOf, times } from './samples.ts';
import { trialOf } from './subjects.ts';

/**
 * Failures that come without an interval, beside those of stored series: theirs is how far a chart is past its limit, which
 * estimates nothing.
 */
const WITHOUT_INTERVAL: Readonly<Record<string, string>> = {
  chi_square: 'a test statistic, which grows with the records: it estimates nothing',
  g_test: 'a test statistic, as chi_square',
  cramers_v: 'made of a test statistic, and corrected for bias; its interval takes a noncentral chi-square',
  embedding_cosine: 'biased by the noise of both means, which an interval around it would have to leave out',
  embedding_mmd: 'biased as embedding_cosine',
};

const FOLDER = new URL('../../detectors/', import.meta.url);

describe('the registry', () => {
  it('lists every file that defines a detector', () => {
    const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
    const names = files
      .filter((file) => file.includes('/'))
      .flatMap((file) => {
        const source = readFileSync(new URL(file, FOLDER), 'utf8');
        return source.includes('= defineDetector(') ? [/^ {2}name: '(\w+)'/m.exec(source)?.[1] ?? file] : [];
      });
    expect(files.length).toBeGreaterThan(names.length);
    expect(names.length).toBeGreaterThan(20);
    expect(detectors.map(({ name }) => name).sort()).toEqual(names.sort());
  });

  it('finds a detector by its name, and no other', () => {
    for (const detector of detectors) expect(findDetector(detector.name)).toBe(detector);
    expect(findDetector('constructor')).toBeUndefined();
    expect(findDetector('PSI')).toBeUndefined();
  });

  it('runs few of drift by default, so that one shift is not told many times; the others run where they are named', () => {
    const drift = detectors.filter(({ kind, subject }) => kind === 'drift' && subject === 'feature');
    const byDefault = drift.filter(({ onRequest }) => !onRequest).map(({ name }) => name);
    expect(byDefault).toEqual(['psi', 'tail_share', 'wasserstein']);
    const ofSamples = detectors.filter(({ needs }) => needs === 'sample');
    expect(ofSamples.map(({ onRequest }) => onRequest)).toEqual([true, true, true, true]);
    expect(drift.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['chi_square', 'cramers_v', 'g_test', 'hellinger', 'jensen_shannon', 'ks', 'l_infinity']),
    );
  });
});

/** Freezes everything inside, so that a detector that writes into its input throws. */
function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const inner of Object.values(value)) frozen(inner);
    Object.freeze(value);
  }
  return value;
}

function copyOf<S extends Summary>(summary: S): S {
  return 'bins' in summary ? { ...summary, bins: Bins.of([...summary.bins]) } : structuredClone(summary);
}

function expectSound({ state, statistic, limit, reason, count, interval, details }: Judgement): void {
  expect(reason).not.toBe('');
  expect(reason).not.toMatch(/NaN|undefined|Infinity/);
  expect(Number.isFinite(count)).toBe(true);
  const numbers = [statistic, limit, ...(interval ?? []), ...Object.values(details ?? {})];
  expect(numbers.filter((number) => typeof number === 'number' && !Number.isFinite(number))).toEqual([]);
  expect([statistic === null, limit === null]).toEqual([state === 'insufficient', state === 'insufficient']);
}

describe.each(detectors.map((detector) => [detector.name, detector] as const))('%s', (_, detector) => {
  const trial = frozen(trialOf(detector));
  const settings = frozen(defaultsOf(detector));
  const judge = (
    reference: SummaryByNeed[Need] | null,
    window: SummaryByNeed[Need],
    chosen: Readonly<Record<string, number>> = settings,
  ): Judgement => {
    const judgement = detector.judge(reference, window, chosen);
    expectSound(judgement);
    return judgement;
  };

  it('passes when the window is like the reference', () => {
    const judgement = judge(trial.usual, trial.usual);
    expect(judgement).toMatchObject({ state: 'pass' });
    expect(judgement.count).toBeGreaterThanOrEqual({ series: 400, sample: 300 }[detector.needs as string] ?? 5000);
  });

  it('fails on a gross shift, and says by how much', () => {
    const judgement = judge(trial.usual, trial.shifted);
    expect(judgement.state).toBe('fail');
    expect(judgement.reason).toMatch(detector.fails === 'above' ? /above the limit of/ : /below the limit of/);
    expect(judgement.reason).toMatch(/\d.*; .*\d/);
  });

  it('says how sure it is of a failure, or is one of those of which no interval is known', () => {
    const { interval, statistic } = judge(trial.usual, trial.shifted);
    expect(interval === undefined).toBe(detector.name in WITHOUT_INTERVAL || detector.needs === 'series');
    if (interval === undefined) return;
    expect(interval[0]).toBeLessThanOrEqual(statistic ?? NaN);
    expect(interval[1]).toBeGreaterThanOrEqual(statistic ?? NaN);
  });

  it('judges on the harmful side of the limit only', () => {
    const { statistic, limit } = judge(trial.usual, trial.shifted);
    expect(Math.sign((statistic ?? 0) - (limit ?? 0))).toBe(detector.fails === 'above' ? 1 : -1);
  });

  it('is insufficient on an empty window, and on one with too little, and says how much more is needed', () => {
    expect(judge(trial.usual, trial.empty)).toMatchObject({ state: 'insufficient', count: 0 });
    const judgement = judge(trial.usual, trial.tooLittle);
    expect(judgement.state).toBe('insufficient');
    expect(judgement.reason).toMatch(/the window holds only [\d,]+ .*, [\d,]+ more are needed/);
  });

  it('is insufficient without a reference or with one that holds too little, unless it needs none', () => {
    const states = [null, trial.empty, trial.tooLittle].map((reference) => judge(reference, trial.shifted).state);
    expect(states).toEqual(Array(3).fill(detector.comparesWithReference ? 'insufficient' : 'fail'));
  });

  it('gives the same answer twice and leaves its input as it was', () => {
    const before = JSON.stringify(trial);
    expect(judge(trial.usual, trial.shifted)).toEqual(judge(trial.usual, trial.shifted));
    expect(JSON.stringify(trial)).toBe(before);
  });

  it('keeps nothing of a reference but what belongs to it and to the settings', () => {
    const rarer = { ...settings, ...('chance' in settings && { chance: 1e-10 }) };
    for (const window of [trial.usual, trial.shifted])
      for (const chosen of [settings, rarer, settings]) {
        const anew = detector.judge(copyOf(trial.usual), copyOf(window), chosen);
        expect(detector.judge(trial.usual, window, chosen)).toEqual(anew);
        expect(detector.weigh(trial.usual, window, chosen).state).toBe(anew.state);
        expect(detector.judge(trial.shifted, window, chosen)).toEqual(
          detector.judge(copyOf(trial.shifted), window, chosen),
        );
      }
  });

  it('declares settings that a person can use', () => {
    for (const [name, setting] of Object.entries(detector.settings)) {
      const [least, most] = setting.range ?? [NaN, NaN];
      expect(name).toMatch(/^[a-z][a-z0-9_]*$/);
      expect(setting.default).toBeGreaterThanOrEqual(least);
      expect(setting.default).toBeLessThanOrEqual(most);
      expect(setting.meaning.length * setting.unit.length).toBeGreaterThan(0);
    }
    expect(Object.keys(detector.settings).some((name) => name.startsWith('minimum_'))).toBe(true);
    expect(detector.name).toMatch(/^[a-z][a-z0-9_]*$/);
  });

  it('says something sound at both ends of every setting', () => {
    for (const [name, setting] of Object.entries(detector.settings)) {
      for (const value of setting.range ?? []) {
        judge(trial.usual, trial.usual, { ...settings, [name]: value });
        judge(trial.usual, trial.shifted, { ...settings, [name]: value });
      }
    }
  });
});

const count = fc.nat({ max: 3000 });
const bins = fc
  .array(fc.tuple(fc.double({ noNaN: true, noDefaultInfinity: true }), count), { maxLength: 12 })
  .map((edges): Bin[] => {
    const lows = [...new Map(edges)].sort(([one], [other]) => one - other);
    return lows.map(([low, counted], at) => ({ low, high: lows[at + 1]?.[0] ?? low, count: counted }));
  });
const categories = fc
  .uniqueArray(fc.tuple(fc.string(), count), { maxLength: 12, selector: ([value]) => value })
  .map((pairs) => pairs.map(([value, counted]) => ({ value, count: counted })));
const histogram = fc.tuple(bins, categories, count).map(([numbers, texts, missing]): Histogram => {
  const present = [...numbers, ...texts].reduce((total, each) => total + each.count, 0);
  return { count: present + missing, missing, bins: Bins.of(numbers), categories: texts };
});
const outcomes = fc
  .array(fc.record({ score: fc.double({ noNaN: true }), positives: count, negatives: count }), { maxLength: 12 })
  .map((groups) => {
    const byScore = [...new Map(groups.map((group) => [group.score, group])).values()];
    const labelled = byScore.reduce((total, { positives, negatives }) => total + positives + negatives, 0);
    const ascending = byScore.sort((one, other) => one.score - other.score);
    return { predictions: labelled, mature: labelled, labelled, outcomes: ascending };
  });
const budget = fc
  .array(fc.tuple(count, fc.double({ min: 0, max: 1, noNaN: true })), { maxLength: 12 })
  .map((points) => ({
    asOf: points.length * 400 * 60_000,
    points: points.map(([total, share], at) => ({
      from: at * 400 * 60_000,
      to: (at + 1) * 400 * 60_000,
      total,
      bad: Math.round(total * share),
    })),
  }));
const durations = bins.map((numbers) => {
  const positive = numbers.filter(({ low }) => low >= 0);
  return { count: positive.reduce((total, each) => total + each.count, 0), errors: 0, bins: Bins.of(positive) };
});
const series = fc
  .array(fc.tuple(fc.double({ noNaN: true, noDefaultInfinity: true }), count), { maxLength: 120 })
  .chain((points) =>
    fc.constantFrom('share' as const, 'number' as const).map((unit): Series => ({
      stepMs: 3_600_000,
      unit,
      points: points.map(([value, records], at) => ({
        at: at * 3_600_000,
        value: unit === 'share' ? Math.abs(value % 1) : value,
        count: records,
      })),
    })),
  );
const residuals = fc
  .array(fc.tuple(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), count, count), { maxLength: 12 })
  .map((groups) => ({
    predictions: 100,
    mature: 100,
    labelled: 100,
    labels: groups
      .map(([error, known]) => ({ low: error, high: error, weight: known, squares: known }))
      .sort((one, other) => one.low - other.low),
    errors: groups
      .map(([error, known, unknown]) => ({
        score: error,
        count: known,
        unknown,
        moments: [known, known * error, known * Math.abs(error), known * error ** 2] as const,
        squares: [known, known * error, known * Math.abs(error), known * error ** 2, known * error ** 4] as const,
      }))
      .sort((one, other) => one.score - other.score),
  }));
const name = fc.constantFrom('card', 'cash', '__proto__');
const classes = fc
  .uniqueArray(fc.tuple(name, outcomes, outcomes), { maxLength: 3, selector: ([one]) => one })
  .map((all) => all.map(([one, some, others]) => ({ name: one, outcomes: some.outcomes, named: others.outcomes })));
const cellsOf = fc.uniqueArray(fc.tuple(name, name, count), {
  maxLength: 9,
  selector: ([one, other]) => `${one} ${other}`,
});
const confusions = fc.tuple(cellsOf, classes).map(([cells, probabilities]) => ({
  predictions: 100,
  mature: 100,
  labelled: 100,
  cells: cells.map(([predicted, actual, records]) => ({
    predicted,
    actual,
    count: records,
    weight: records,
    weightSquares: records,
  })),
  classes: probabilities,
}));
const labelGroups = fc.array(fc.tuple(count, count, count, count), { maxLength: 12 }).map((groups) => ({
  groups: groups.map(([predictions, waiting, positives, others], at) => ({
    age: at * 3_600_000,
    predictions,
    waiting,
    positives,
    others,
  })),
  sources: [{ value: 'bank', count: 5 }],
}));
const labels = fc
  .tuple(labelGroups, labelGroups, fc.nat({ max: 1e9 }))
  .map(([followed, arrived, windowMs]) => ({ windowMs, followed, arrived }));
/** Small rows of numbers out of a seed, with missing ones, equal ones and huge ones among them. */
const sample = fc
  .tuple(fc.constantFrom(0, 3, 120, 220), fc.nat({ max: 4 }), fc.integer())
  .map(([rows, columns, seed]) => {
    const random = randomFrom(seed);
    const odd = [NaN, 0, -1, 3e38, -3e38, 1e-45, Infinity];
    return sampleOf(times(rows, () => times(columns, () => odd[Math.floor(20 * random())] ?? normal(random))));
  });
const anyOf: { readonly [N in Need]: fc.Arbitrary<SummaryByNeed[N]> } = {
  histogram,
  outcomes,
  forecast: outcomes,
  budget,
  durations,
  residuals,
  residual_forecast: residuals,
  confusions,
  confusion_forecast: confusions,
  labels,
  series,
  sample,
};

describe.each(detectors.map((detector) => [detector.name, detector] as const))('%s on anything', (_, detector) => {
  it('gives a finite statistic or none', () => {
    const settings = defaultsOf(detector);
    const summary: fc.Arbitrary<SummaryByNeed[Need]> = anyOf[detector.needs];
    fc.assert(
      fc.property(summary, summary, (reference, window) => {
        expectSound(detector.judge(reference, window, settings));
        expectSound(detector.judge(null, window, settings));
      }),
      { numRuns: detector.needs === 'sample' ? 30 : 300 },
    );
  });
});
