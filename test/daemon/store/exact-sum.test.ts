import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfusions } from '../../../daemon/store/confusions.ts';
import { readOutcomes } from '../../../daemon/store/outcomes.ts';
import { readResiduals } from '../../../daemon/store/residuals.ts';
import { errorMoments } from '../../../detectors/maths/error-moments.ts';
import { temporaryStore } from '../../support/temporary.ts';

const HOUR = 3_600_000;
const T = Date.UTC(2026, 10, 1, 12);
const ROWS = 12_000;

describe('sums that judgements rest on', () => {
  let opened: Awaited<ReturnType<typeof temporaryStore>>;
  const query = (model: string) => ({
    model,
    window: { from: T, to: T + HOUR },
    now: T + 3 * HOUR,
    rules: { positiveLabel: 'a', unlabelled: 'unknown' as const, maturityMs: HOUR, threshold: 0.5 },
    slices: [],
  });
  /** The same rows under a name, in parts, from the first or the last on. */
  const insert = async (model: string, parts: number, backwards = false) => {
    const { writer } = opened.store;
    const size = ROWS / parts;
    for (let part = 0; part < parts; part++) {
      const from = backwards ? (parts - 1 - part) * size : part * size;
      const range = `numbers(${from}, ${size}) ORDER BY number ${backwards ? 'DESC' : ''}`;
      const unit = (salt: number) => `(cityHash64(number, ${salt}) / 18446744073709551616)`;
      await writer.run(`INSERT INTO {database}.predictions (timestamp, model, version, prediction_id, score, scores, value, propensity)
        SELECT fromUnixTimestamp64Milli(toInt64(${T} + number)), '${model}', 'v1', concat('${model}', toString(number)), round(${unit(1)}, 1) + 1e-9 * ${unit(2)},
          map('a', ${unit(3)}, 'b', ${unit(4)}), exp(20 * ${unit(5)} - 5), 0.001 + 0.999 * ${unit(6)} FROM ${range}`);
      const truth = model.startsWith('price')
        ? `toString((${unit(7)} - 0.5) * exp(40 * ${unit(8)} - 12))`
        : `if(number % 3 = 0, 'a', 'b')`;
      await writer.run(`INSERT INTO {database}.labels (prediction_id, timestamp, label)
        SELECT concat('${model}', toString(number)), fromUnixTimestamp64Milli(toInt64(${T} + number)), ${truth} FROM ${range}`);
    }
  };
  beforeAll(async () => {
    opened = await temporaryStore();
  });
  afterAll(async () => {
    await opened.remove();
  });

  it.each([
    ['errors of a regression', 'price', readResiduals],
    ['outcomes with propensities and money', 'score', readOutcomes],
    ['confusions with propensities', 'kind', readConfusions],
  ] as const)('are the same to the last bit in whatever order the rows come: %s', async (_, name, read) => {
    await insert(`${name} in parts`, 8);
    await insert(`${name} backwards`, 3, true);
    const { reader, writer } = opened.store;
    const first = JSON.stringify(await read(reader, query(`${name} in parts`)));
    // Often enough for the engine to compile the statement.
    for (let time = 0; time < 5; time++)
      expect(JSON.stringify(await read(reader, query(`${name} in parts`)))).toBe(first);
    expect(JSON.stringify(await read(reader, query(`${name} backwards`)))).toBe(first);
    for (const table of ['predictions', 'labels']) await writer.run(`OPTIMIZE TABLE {database}.${table} FINAL`);
    expect(JSON.stringify(await read(reader, query(`${name} in parts`)))).toBe(first);
  });

  it('are right for errors from tiny to huge, of either sign, and finite where a power is not', async () => {
    const errors = [0, 1e-12, -3e-7, 0.1, -255.999, 256, 1e12, -1e12, 7.25];
    const insertErrors = async (model: string, all: readonly number[], propensity: number) => {
      await opened.store.writer.insert(
        'predictions',
        all.map((_, n) => ({
          model,
          version: 'v1',
          prediction_id: `${model}${n}`,
          timestamp: new Date(T).toISOString().slice(0, 19).replace('T', ' '),
          score: 0,
          propensity,
        })),
      );
      await opened.store.writer.insert(
        'labels',
        all.map((error, n) => ({
          prediction_id: `${model}${n}`,
          label: String(-error),
          timestamp: new Date(T).toISOString().slice(0, 19).replace('T', ' '),
        })),
      );
      const [row] = await readResiduals(opened.store.reader, query(model));
      return errorMoments(row!.residuals.errors);
    };
    const sums = await insertErrors('wide', errors, 0.3);
    const sum = (of: (error: number) => number) => errors.reduce((all, error) => all + of(error), 0);
    const near = (one: number, other: number) => expect(Math.abs(one / other - 1)).toBeLessThan(1e-13);
    near(sums.weight, 9 / 0.3);
    near(sums.absolute, sum(Math.abs) / 0.3);
    near(sums.error, sum((error) => (Math.abs(error) === 1e12 ? 0 : error)) / 0.3);
    near(sums.squared, sum((error) => error ** 2) / 0.3);
    near(sums.squares.fourth, sum((error) => error ** 4) / 0.09);
    const small = await insertErrors('small', [1e-12, -3e-7], 1);
    near(small.squares.fourth, 1e-48 + 8.1e-27);
    near(small.error, 1e-12 - 3e-7);
    const huge = await insertErrors('huge', [1e200, -1e200], 1e-320);
    expect(huge.absolute).toBe(Number.MAX_VALUE);
    expect(huge.squared).toBe(Number.MAX_VALUE);
    expect(huge.error).toBe(0);
  });
});
