import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countByGroup, partition, sayGroup } from '../../../detectors/maths/partition.ts';
import { histogramOf, normal, randomFrom, times } from '../samples.ts';

const DECILES = times(9, (at) => (at + 1) / 10);

describe('partition', () => {
  it('cuts a smooth reference into ten groups of about a tenth, and one beyond each end', () => {
    const random = randomFrom(2);
    const reference = histogramOf(times(20_000, () => Math.exp(3 + normal(random))));
    const groups = partition(reference, 1000, DECILES);
    const counts = countByGroup(groups, reference);
    expect(counts).toHaveLength(13);
    expect(counts[0]).toBe(0);
    expect(counts.slice(1, 11).every((count) => count > 1500 && count < 2500)).toBe(true);
    expect(counts.slice(11)).toEqual([0, 0]);
  });

  it('is not blinded by one outlier', () => {
    const random = randomFrom(3);
    const values = times(5000, () => Math.exp(3 + normal(random)));
    const plain = partition(histogramOf(values), 1000, DECILES);
    const spoiled = partition(histogramOf([...values, 1e300]), 1000, DECILES);
    expect(spoiled.edges.slice(0, 10)).toEqual(plain.edges.slice(0, 10));
  });

  it('gives a frequent value a group of its own, however rare the others', () => {
    const reference = histogramOf([...times(980, () => 0), ...times(20, () => 1)]);
    const counts = countByGroup(partition(reference, 1000, DECILES), reference);
    expect(counts.filter((count) => count > 0)).toEqual([980, 20]);
    const late = histogramOf([...times(20, () => 0), ...times(980, () => 1)]);
    expect(countByGroup(partition(late, 1000, DECILES), late).filter((count) => count > 0)).toEqual([20, 980]);
  });

  it('keeps values apart that a constant reference never had', () => {
    const groups = partition(histogramOf(times(300, () => 5)), 300, DECILES);
    const at = (value: number): number => countByGroup(groups, histogramOf([value])).indexOf(1);
    expect(new Set([at(1), at(5), at(500)]).size).toBe(3);
  });

  it('counts rare and unseen categories together', () => {
    const reference = histogramOf([...times(500, () => 'EU'), ...times(495, () => 'US'), 'a', 'b', 'c', 'd', 'e']);
    const groups = partition(reference, 1000, DECILES);
    expect([...groups.categories.keys()]).toEqual(['EU', 'US']);
    expect(countByGroup(groups, histogramOf(['EU', 'a', 'new', 'US', 7]))).toEqual([1, 1, 1, 2]);
  });

  it('loses no record, whatever the reference and the window hold', () => {
    const value = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.string(), fc.constant(0));
    fc.assert(
      fc.property(fc.array(value), fc.array(value), (before, after) => {
        const groups = partition(histogramOf(before), after.length, DECILES);
        const counts = countByGroup(groups, histogramOf(after));
        expect(counts).toHaveLength(groups.size);
        expect(counts.reduce((total, count) => total + count, 0)).toBe(after.length);
        for (const [group] of counts.entries()) expect(sayGroup(groups, group)).not.toBe('');
      }),
    );
  });
});
