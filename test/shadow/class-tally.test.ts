import { describe, expect, it } from 'vitest';
import { alignClasses, comparedClasses, decidedClass, OTHER } from '../../shadow/class-columns.ts';
import { ClassTally, type ClassPairs } from '../../shadow/class-tally.ts';
import { compareClasses } from '../../shadow/compare-classes.ts';
import { judgeClasses, NO_CLASS_LABELS } from '../../shadow/judge-classes.ts';
import { seededDraws } from '../../shadow/seeded-draws.ts';
import { accuracyGolden } from '../detectors/accuracy-golden.ts';

const NAMES = comparedClasses(['b', 'a'], ['c']);

type Row = readonly [
  control: readonly number[],
  candidate: readonly number[],
  stake: number,
  slice: string,
  error?: number,
];

function pairs(rows: readonly Row[]): ClassPairs {
  const keys = ['', ...new Set(rows.map(([, , , slice]) => slice).filter((slice) => slice !== ''))];
  return {
    rows: rows.length,
    recorded: Float64Array.from(rows.flatMap(([control]) => control)),
    candidate: Float64Array.from(rows.flatMap(([, candidate]) => candidate)),
    stakes: Float64Array.from(rows, ([, , stake]) => stake),
    errors: Uint8Array.from(rows, ([, , , , error]) => error ?? 0),
    slices: [{ keys, indexes: rows.map(([, , , slice]) => keys.indexOf(slice)) }],
  };
}

const NONE = [NaN, NaN, NaN, NaN];
const FIRST = pairs([
  [[0.5, 0.25, 0.25, 0], [0.25, 0.5, 0.25, 0], 10, 'region=EU'],
  [[0.5, 0.25, 0.25, 0], [0.5, 0.25, 0.25, 0], 20, 'region=US'],
]);
const SECOND = pairs([
  [[0.125, 0.125, 0.75, 0], [0.5, 0.5, 0, 0], 40, 'region=EU'],
  [NONE, [1, 0, 0, 0], 80, 'region=EU'],
  [[1, 0, 0, 0], NONE, 160, '', 2],
]);

describe('classes in columns', () => {
  it('are those of both in ascending order, then the most probable other one', () => {
    expect(NAMES).toEqual(['a', 'b', 'c', OTHER]);
    expect(comparedClasses(['a', 'b'], ['b'])).toEqual(['a', 'b', OTHER]);
  });

  it('take the scores of a model by name, and keep rows without scores empty', () => {
    const scores = Float32Array.from([0.25, 0.75, NaN, NaN]);
    expect([...alignClasses(scores, ['c', 'a'], NAMES)]).toEqual([0.75, 0, 0.25, 0, NaN, NaN, NaN, NaN]);
  });

  it('of equally probable ones the first by name is decided, and none without scores', () => {
    const scores = Float64Array.from([0, 0.5, 0.5, 0, NaN, NaN, NaN, NaN, 0.25, NaN, 0.5, 0]);
    expect([0, 1, 2].map((row) => decidedClass(scores, row, 4))).toEqual([1, -1, -1]);
  });
});

describe('a tally of classes', () => {
  const counted = (): ClassTally => {
    const tally = new ClassTally(NAMES.length);
    tally.add(FIRST);
    tally.add(SECOND);
    return tally;
  };

  it('counts changes with their money, shifts and distances, and what has no scores beside them', () => {
    const [all, eu, us] = counted().counts(10);
    expect(all).toMatchObject({ slice: 'all', replayed: 5, pairs: 3, unscored: 1, errors: { no_score: 1 } });
    expect(all?.changes).toEqual([
      { from: 0, to: 1, count: 1, value: 10 },
      { from: 2, to: 0, count: 1, value: 40 },
    ]);
    expect(all?.classes[0]).toEqual({
      control: 2,
      candidate: 2,
      controlSum: 1.125,
      candidateSum: 1.25,
      shiftSquares: 0.0625 + 0.140625,
    });
    // Half the absolute differences: 0.25, 0 and 0.75.
    expect([all?.distanceSum, all?.distanceSquares]).toEqual([1, 0.0625 + 0.5625]);
    expect([eu?.slice, eu?.replayed, us?.slice, us?.replayed]).toEqual(['region=EU', 3, 'region=US', 1]);
  });

  it('goes on from what was kept as if it had never stopped, in whatever order pages come', () => {
    const before = new ClassTally(NAMES.length);
    before.add(SECOND);
    const kept: unknown = JSON.parse(JSON.stringify(before.record()));
    const after = new ClassTally(NAMES.length, kept as ReturnType<ClassTally['record']>);
    after.add(FIRST);
    expect(after.counts(10)).toEqual(counted().counts(10));
    expect(after.replayed).toBe(5);
  });

  it('counts slices together where a tag has a value for every customer', () => {
    const tally = new ClassTally(100);
    const one = Array.from({ length: 100 }, () => 0.01);
    tally.add(pairs(Array.from({ length: 400 }, (_, at): Row => [one, one, 1, `customer=${at}`])));
    const slices = tally.counts(1000);
    expect(slices.length).toBeLessThan(250);
    expect(slices.find(({ slice }) => slice === 'customer=(other)')?.replayed).toBeGreaterThan(100);
  });

  it('is told as shares with their intervals, each prediction standing for as many as it does', () => {
    const [all] = counted().counts(10);
    const found = compareClasses(all!, NAMES, 10, NO_CLASS_LABELS);
    expect(found).toMatchObject({ failed: 1, errors: { no_score: 1, no_recorded_score: 1 } });
    expect(found.flips).toMatchObject({ count: 20, share: 2 / 3, value: 500 });
    expect(found.flips.changes[0]).toMatchObject({ from: 'a', to: 'b', count: 10, share: 1 / 3, value: 100 });
    // Wilson's score interval of 1 of 3, and of 2 of 3.
    expect(found.flips.changes[0]?.interval).toEqual([expect.closeTo(0.0614919, 6), expect.closeTo(0.7923404, 6)]);
    expect(found.flips.interval).toEqual([expect.closeTo(0.2076596, 6), expect.closeTo(0.9385081, 6)]);
    expect(found.classes.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
    expect(found.classes[0]).toMatchObject({
      shares: { control: 2 / 3, candidate: 2 / 3 },
      shift: expect.closeTo(0.125 / 3, 12),
    });
    expect(found.distance.mean).toBeCloseTo(1 / 3, 12);
    // Nothing is known of nothing, and little of one pair.
    const empty = new ClassTally(NAMES.length);
    empty.add(pairs([[NONE, NONE, 1, '', 1]]));
    const nothing = compareClasses(empty.counts(0)[0]!, NAMES, 1, NO_CLASS_LABELS);
    expect([nothing.flips.share, nothing.flips.interval, nothing.classes]).toEqual([0, [0, 1], []]);
  });
});

describe('classes against labels', () => {
  it('agree with scikit-learn on accuracy and macro F1', () => {
    const { multiclass } = accuracyGolden;
    const names = [...comparedClasses([...multiclass.predicted, ...multiclass.actual])];
    const scores = Float64Array.from(
      multiclass.predicted.flatMap((predicted) => names.map((name) => (name === predicted ? 1 : 0))),
    );
    const weights = new Float64Array(multiclass.actual.length).fill(1);
    const { control, mcnemarP } = judgeClasses(
      { control: scores, candidate: scores, labels: multiclass.actual, weights },
      names,
      multiclass.actual.length,
    );
    expect(control.accuracy).toBeCloseTo(multiclass.accuracy, 12);
    expect(control.macroF1).toBeCloseTo(multiclass.macro_f1, 12);
    expect(mcnemarP).toBeNull();
  });

  it('are paired: log loss, differences and McNemar on the same predictions, worked out by hand', () => {
    const found = judgeClasses(
      {
        control: Float64Array.from([0.5, 0.25, 0.25, 0, 0.25, 0.5, 0.25, 0, 0.5, 0.25, 0.25, 0]),
        candidate: Float64Array.from([0.25, 0.5, 0.25, 0, 0.25, 0.5, 0.25, 0, 0.25, 0.25, 0.5, 0]),
        labels: ['a', 'b', 'c'],
        weights: Float64Array.from([1, 1, 2]),
      },
      NAMES,
      3,
    );
    expect(found).toMatchObject({
      count: 3,
      onlyControlRight: 1,
      onlyCandidateRight: 1,
      mcnemarP: 1,
      effective: 16 / 6,
    });
    expect([found.control.accuracy, found.candidate.accuracy]).toEqual([0.5, 0.75]);
    expect(found.control.logLoss).toBeCloseTo((Math.log(2) * 2 + 2 * Math.log(4)) / 4, 12);
    expect(found.candidate.logLoss).toBeCloseTo((Math.log(4) + Math.log(2) * 3) / 4, 12);
    // Differences -1, 0 and 1 with weights 1, 1 and 2: the mean is a quarter.
    const half = (1.959963984540054 * Math.sqrt(1.25 ** 2 + 0.25 ** 2 + (2 * 0.75) ** 2)) / 4;
    expect(found.accuracyDifference).toEqual({
      mean: 0.25,
      interval: [expect.closeTo(0.25 - half, 12), expect.closeTo(0.25 + half, 12)],
    });
  });

  it('of a label that is none of the classes both are wrong, at a finite loss', () => {
    const scores = Float64Array.from([1, 0, 0, 0]);
    const { control } = judgeClasses(
      { control: scores, candidate: scores, labels: ['never seen'], weights: Float64Array.of(1) },
      NAMES,
      1,
    );
    expect(control).toMatchObject({ accuracy: 0, macroF1: 0, logLoss: expect.closeTo(36.04365, 4) });
    expect(NO_CLASS_LABELS).toMatchObject({ count: 0, control: { accuracy: null }, lossDifference: null });
  });

  it('say with 95 % what they say: seeded draws in which both are right alike, and in which one is right more often', () => {
    const runs = 400;
    const count = 300;
    let [covered, alarms, better, shifts] = [0, 0, 0, 0];
    for (let run = 0; run < runs; run++) {
      const random = seededDraws(run + 1);
      const labels = Array.from({ length: count }, () => NAMES[Math.floor(random() * 3)] ?? '');
      /** Gives the label most, with a chance, and else another class; probabilities between 0.4 and 0.8. */
      const answers = (chance: number): Float64Array =>
        Float64Array.from(
          labels.flatMap((label) => {
            const right = NAMES.indexOf(label);
            const named = random() < chance ? right : (right + 1 + Math.floor(random() * 2)) % 3;
            const most = 0.4 + 0.4 * random();
            return NAMES.map((_, at) => (at === named ? most : at < 3 ? (1 - most) / 2 : 0));
          }),
        );
      const judged = (chance: number) => {
        const [control, candidate] = [answers(0.7), answers(chance)];
        const pairsOf = {
          rows: count,
          recorded: control,
          candidate,
          stakes: new Float64Array(count),
          errors: new Uint8Array(count),
          slices: [],
        };
        const tally = new ClassTally(NAMES.length);
        tally.add(pairsOf);
        const weights = new Float64Array(count).fill(1);
        return {
          shift: compareClasses(tally.counts(0)[0]!, NAMES, 1, NO_CLASS_LABELS).classes[0],
          labelled: judgeClasses({ control, candidate, labels, weights }, NAMES, count),
        };
      };
      const { labelled, shift } = judged(0.7);
      const [low, high] = labelled.accuracyDifference?.interval ?? [0, 0];
      if (low <= 0 && high >= 0) covered++;
      if ((labelled.mcnemarP ?? 1) < 0.05) alarms++;
      if ((shift?.interval[0] ?? 0) <= 0 && (shift?.interval[1] ?? 0) >= 0) shifts++;
      if ((judged(0.8).labelled.mcnemarP ?? 1) < 0.05) better++;
    }
    // Of 400, 95 % are 380, give or take 4.4; McNemar's exact test is a little shy. Ten points more are mostly found.
    console.log(
      `intervals of the accuracy hold in ${covered}, of the shift in ${shifts} of ${runs}; McNemar: ${alarms} false, ${better} found`,
    );
    expect(covered).toBeGreaterThan(366);
    expect(shifts).toBeGreaterThan(366);
    expect(alarms).toBeLessThan(34);
    expect(better).toBeGreaterThan(runs / 2);
  });
});
