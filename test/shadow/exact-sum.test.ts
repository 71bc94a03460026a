import { describe, expect, it } from 'vitest';
import { addExactly } from '../../shadow/exact-sum.ts';
import { normal, randomFrom } from '../detectors/samples.ts';

const sumOf = (terms: readonly number[]): number[] => {
  const sums = new Float64Array(2);
  for (const term of terms) addExactly(sums, 0, term);
  return [...sums];
};
/** Of multiples of 2^-73, in whole numbers. */
const exactly = (terms: readonly number[]): number =>
  Number(terms.reduce((sum, term) => sum + BigInt(term * 2 ** 73), 0n)) / 2 ** 73;

function shuffled(terms: readonly number[], random: () => number): number[] {
  return terms
    .map((term) => [random(), term] as const)
    .sort(([a], [b]) => a - b)
    .map(([, term]) => term);
}

describe('an exact sum', () => {
  it('is the float64 nearest to the sum of the terms, where adding them up is not', () => {
    expect(sumOf([1, 2 ** -60, -1])).toEqual([2 ** -60, 0]);
    expect(sumOf([0.1, 0.2, 0.3])[0]).toBe(0.6);
    expect(0.1 + 0.2 + 0.3).not.toBe(0.6);
    const random = randomFrom(3);
    const terms = Array.from({ length: 20_000 }, () => (random() * 1000 - 300) / 3);
    expect(sumOf(terms)[0]).toBe(exactly(terms));
    expect(terms.reduce((sum, term) => sum + term, 0)).not.toBe(exactly(terms));
  });

  it('is the same in whatever order scores, tiny squares and money come', () => {
    const random = randomFrom(5);
    const terms = Array.from({ length: 5000 }, (_, n) =>
      n % 3 === 0 ? random() : n % 3 === 1 ? (normal(random) * 1e-5) ** 2 : Math.round(random() * 1e7) / 100,
    );
    const [first, ...others] = Array.from({ length: 20 }, () => sumOf(shuffled(terms, random)));
    for (const other of others) expect(other).toEqual(first);
    const plain = Array.from({ length: 20 }, () => shuffled(terms, random).reduce((sum, term) => sum + term, 0));
    expect(new Set(plain).size).toBeGreaterThan(1);
  });

  it('says of what is too large that it is infinite', () => {
    expect(sumOf([1e308, 1e308, 1])[0]).toBe(Infinity);
  });
});
