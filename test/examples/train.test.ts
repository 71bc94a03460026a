import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { join } from 'node:path';
import { BROKEN, HEALTHY, type Breakage } from '../../examples/payments/breakage.ts';
import { encodedWidth, encodeRow, fitInputs } from '../../examples/payments/encode.ts';
import { loadModel, saveModel } from '../../examples/payments/model-files.ts';
import { seededRandom } from '../../examples/payments/random.ts';
import { simulatePayment, type Payment } from '../../examples/payments/simulate-payment.ts';
import { areaUnderCurve, scoreRows, THRESHOLD, trainModel, type TrainedModel } from '../../examples/payments/train.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const history = payments(2, 20_000, HEALTHY);
const recent = payments(3, 8000, BROKEN);
let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let first: TrainedModel;

beforeAll(async () => {
  directory = await temporaryDirectory();
  first = await trainModel(rowsOf(payments(1, 30_000, HEALTHY)), { epochs: 3, seed: 1 });
});
afterAll(() => directory.remove());

describe('the first model', () => {
  it('tells fraud from good payments it never saw', () => {
    expect(first.auc).toBeGreaterThan(0.85);
    expect(aucOf(first, history)).toBeGreaterThan(0.88);
  });

  it('declines about eight good payments in a thousand', () => {
    const good = history.filter((payment) => !payment.fraud);
    const declined = scoresOf(first, good).filter((score) => score >= THRESHOLD).length;
    expect(declined / good.length).toBeGreaterThan(0.004);
    expect(declined / good.length).toBeLessThan(0.014);
  });

  it('fails on the bad day: it misses the new fraud and declines good payments in cents', () => {
    expect(aucOf(first, recent)).toBeLessThan(aucOf(first, history) - 0.08);
    const european = recent.filter((payment) => payment.region === 'EU' && !payment.fraud);
    expect(scoresOf(first, european).filter((score) => score >= THRESHOLD).length / european.length).toBeGreaterThan(
      0.03,
    );
  });

  it('scores the same after it was saved and loaded', async () => {
    const path = join(directory.path, 'v1');
    await saveModel(first.network, first.inputs, path);
    const loaded = await loadModel(path);
    const rows = history.slice(0, 500).map((payment) => payment.features);
    expect(loaded.inputs).toEqual(first.inputs);
    expect(scoreRows(loaded.network, loaded.inputs, rows)).toEqual(scoreRows(first.network, first.inputs, rows));
  });
});

describe('training', () => {
  it('gives the same model for the same rows and seed', async () => {
    const rows = rowsOf(payments(5, 2000, HEALTHY));
    const [one, other] = [
      await trainModel(rows, { epochs: 1, seed: 4 }),
      await trainModel(rows, { epochs: 1, seed: 4 }),
    ];
    expect(scoresOf(one, recent)).toEqual(scoresOf(other, recent));
  });

  it('learns from weeks of history and a few thousand rows of the bad day to do better on it', async () => {
    const rows = [...rowsOf(history), ...rowsOf(payments(4, 4000, BROKEN), 6)];
    const retrained = await trainModel(rows, { epochs: 2, seed: 9 });
    expect(aucOf(retrained, recent)).toBeGreaterThan(aucOf(first, recent) + 0.03);
    expect(aucOf(retrained, history)).toBeGreaterThan(0.88);
  });
});

describe('the encoding', () => {
  it('fits worked-out values: logarithm, mean, scale, categories, yes or no, missing', () => {
    const rows = [
      { kind: 'a', amount: 0, known: true, hour: 1 },
      { kind: 'b', amount: Math.E - 1, known: false, hour: 3 },
    ];
    const inputs = fitInputs(rows);
    expect(inputs.map((input) => [input.feature, input.encoding])).toEqual([
      ['amount', 'number'],
      ['hour', 'number'],
      ['kind', 'one_hot'],
      ['known', 'boolean'],
    ]);
    const matrix = new Float32Array(encodedWidth(inputs));
    encodeRow({ kind: 'b', amount: Math.E - 1, known: true, hour: 1 }, inputs, matrix, 0);
    expect([...matrix]).toEqual([1, -1, 0, 1, 1].map((value) => expect.closeTo(value, 6)));
    encodeRow({ kind: 'never seen', amount: null, known: null, hour: null }, inputs, matrix, 0);
    expect([...matrix]).toEqual([0, 0, 0, 0, 0].map((value) => expect.closeTo(value, 6)));
  });
});

function payments(seed: number, count: number, breakage: Breakage): Payment[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, (_, index) => simulatePayment(random, `p${index}`, 0, breakage));
}

function rowsOf(of: readonly Payment[], weight = 1) {
  return of.map(({ features, fraud }) => ({ features, fraud, weight }));
}

function scoresOf(model: TrainedModel, of: readonly Payment[]): Float32Array {
  return scoreRows(
    model.network,
    model.inputs,
    of.map((payment) => payment.features),
  );
}

function aucOf(model: TrainedModel, of: readonly Payment[]): number {
  return areaUnderCurve(scoresOf(model, of), of);
}
