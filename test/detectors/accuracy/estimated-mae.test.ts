import { expect, it } from 'vitest';
import { estimatedMae } from '../../../detectors/all.ts';
import { expectFrom } from '../../../detectors/maths/boosted-trees.ts';
import type { LossRows, Residuals, ScoredErrors } from '../../../detectors/terms.ts';
import { defaultsOf, normal, randomFrom, times } from '../samples.ts';

const settings = defaultsOf(estimatedMae);

interface Row {
  readonly score: number;
  readonly age: number;
  readonly hard: boolean;
  readonly loss: number;
}

/** Predictions whose errors are five times as large where a feature says so, and grow with another; the score says nothing of it. */
function rowsOf(seed: number, count: number, hardShare: number): Row[] {
  const random = randomFrom(seed);
  return times(count, () => {
    const [score, age, hard] = [100 + 10 * normal(random), 20 + 60 * random(), random() < hardShare];
    return { score, age, hard, loss: Math.abs((hard ? 5 : 1) * (age / 50) * normal(random)) };
  });
}

function residualsOf(rows: readonly Row[], labelled: boolean, sampled = true): Residuals {
  const errors = rows
    .toSorted((one, other) => one.score - other.score)
    .map(({ score, loss }): ScoredErrors => ({
      score,
      count: labelled ? 1 : 0,
      unknown: labelled ? 0 : 1,
      moments: labelled ? [1, loss, loss, loss ** 2] : [0, 0, 0, 0],
      squares: labelled ? [1, loss, loss, loss ** 2, loss ** 4] : [0, 0, 0, 0, 0],
    }));
  const some = rows.slice(0, 1000);
  const values = some.flatMap(({ age, hard }) => [age, hard ? 1 : 0]);
  const lossRows: LossRows = {
    features: {
      rows: some.length,
      columns: ['age', 'kind=hard'],
      matrix: Buffer.from(Float32Array.from(values).buffer).toString('base64'),
    },
    scores: some.map(({ score }) => score),
    losses: some.map(({ loss }) => (labelled ? loss : null)),
  };
  const known = labelled ? rows.length : 0;
  return { predictions: rows.length, mature: known, labelled: known, errors, ...(sampled && { rows: lossRows }) };
}

const realised = (rows: readonly Row[]): number => rows.reduce((sum, { loss }) => sum + loss, 0) / rows.length;

it('foretells from features the error that came true, where the score says nothing of it', () => {
  const errors = times(8, (seed) => {
    const [reference, window] = [rowsOf(2 * seed + 1, 4000, 0.2), rowsOf(2 * seed + 2, 4000, 0.7)];
    const found = estimatedMae.judge(residualsOf(reference, true), residualsOf(window, false), settings);
    const without = estimatedMae.judge(
      residualsOf(reference, true, false),
      residualsOf(window, false, false),
      settings,
    );
    expect([found.state, without.state]).toEqual(['fail', 'pass']);
    // The window errs twice as much as the reference did.
    expect(realised(window) / realised(reference)).toBeGreaterThan(1.8);
    expect(without.statistic! / realised(window)).toBeLessThan(0.6);
    return found.statistic! / realised(window) - 1;
  });
  const mean = errors.reduce((sum, error) => sum + Math.abs(error), 0) / errors.length;
  // Measured: 3.5 % in the mean, 6.6 % at worst.
  expect(mean).toBeLessThan(0.045);
  expect(Math.max(...errors.map(Math.abs))).toBeLessThan(0.08);
});

it('raises no alarm where nothing changed, in 60 windows', () => {
  const judged = times(60, (seed) =>
    estimatedMae.judge(
      residualsOf(rowsOf(500 + seed, 1500, 0.2), true),
      residualsOf(rowsOf(900 + seed, 1500, 0.2), false),
      { ...settings, growth: 1 },
    ),
  );
  expect(judged.map(({ state }) => state)).toEqual(times(60, () => 'pass'));
});

it('says the same twice, and leaves features aside where too few of their rows have a label', () => {
  const [reference, window] = [residualsOf(rowsOf(1, 2000, 0.2), true), residualsOf(rowsOf(2, 2000, 0.7), false)];
  expect(estimatedMae.judge(reference, window, settings)).toEqual(estimatedMae.judge(reference, window, settings));
  const few = {
    ...reference,
    rows: { ...reference.rows!, losses: reference.rows!.losses.map((loss, at) => (at < 150 ? loss : null)) },
  };
  expect(estimatedMae.judge(few, window, settings).details).not.toHaveProperty('by_features');
});

it('expects of a row what rows like it had, and nothing where no target is known (by hand)', () => {
  const values = Float32Array.from(times(200, (at) => at % 2));
  const targets = Float64Array.from(times(200, (at) => (at < 100 ? (at % 2 === 0 ? 3 : 7) : NaN)));
  const expected = expectFrom(values, 1, targets);
  expect(expected[150]).toBeCloseTo(3, 1);
  expect(expected[151]).toBeCloseTo(7, 1);
  expect(
    [
      ...expectFrom(
        values,
        1,
        targets.map(() => NaN),
      ),
    ].every(Number.isNaN),
  ).toBe(true);
});
