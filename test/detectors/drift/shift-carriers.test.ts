import { describe, expect, it } from 'vitest';
import { sayCarrier, shiftCarriers, type SliceCounts } from '../../../detectors/drift/shift-carriers.ts';
import { normal, randomFrom } from '../samples.ts';

const GROUPS = 11;

/** Counts of draws by region: group of each is a decile of the reference, `moved` of a region shifts them. */
function traffic(options: {
  readonly seed: number;
  readonly regions: Readonly<Record<string, { readonly before: number; readonly now: number; readonly moved: number }>>;
  readonly records?: number;
}): { all: SliceCounts; slices: SliceCounts[] } {
  const random = randomFrom(options.seed);
  const records = options.records ?? 20_000;
  const groupOf = (moved: number): number =>
    Math.min(GROUPS - 1, Math.max(0, Math.round(5 + moved + 2 * normal(random))));
  const draw = (count: number, moved: number): number[] => {
    const counts = Array.from({ length: GROUPS }, () => 0);
    for (let n = 0; n < count; n++) counts[groupOf(moved)]!++;
    return counts;
  };
  const slices = Object.entries(options.regions).map(([region, { before, now, moved }]) => ({
    slice: `region=${region}`,
    expected: draw(before * records, 0),
    observed: draw(now * records, moved),
  }));
  const sum = (of: 'expected' | 'observed'): number[] =>
    Array.from({ length: GROUPS }, (_, group) => slices.reduce((total, slice) => total + slice[of][group]!, 0));
  return { all: { slice: 'all', expected: sum('expected'), observed: sum('observed') }, slices };
}

function together(slice: string, one: SliceCounts, other: SliceCounts): SliceCounts {
  const add = (of: 'expected' | 'observed'): number[] => one[of].map((count, group) => count + other[of][group]!);
  return { slice, expected: add('expected'), observed: add('observed') };
}

const still = { before: 0.25, now: 0.25, moved: 0 };

describe('the slices that carry a shift', () => {
  it('are the one that moved, with all of the shift and an interval around it', () => {
    const { all, slices } = traffic({
      seed: 1,
      regions: { EU: { ...still, moved: 2 }, US: still, BR: still, IN: still },
    });
    const [first, ...others] = shiftCarriers(all, slices)!;
    expect(others).toEqual([]);
    expect(first).toMatchObject({ slice: 'region=EU', traffic: 0.25, trafficBefore: 0.25 });
    expect(first!.interval[0]).toBeLessThan(1);
    expect(first!.interval[1]).toBeGreaterThan(1);
    expect(first!.interval[1] - first!.interval[0]).toBeLessThan(0.2);
    expect(sayCarrier(first!)).toMatch(/^region=EU holds 25 % of the traffic and carries \d+(\.\d)? % of the shift$/);
  });

  it('carry parts that add up', () => {
    const regions = { EU: { ...still, moved: 2 }, US: still, BR: { ...still, moved: 3 }, IN: still };
    const { all, slices } = traffic({ seed: 2, regions });
    const zone = together('zone=moved', slices[0]!, slices[2]!);
    const found = shiftCarriers(all, [...slices, zone])!;
    const shareOf = (name: string): number => found.find(({ slice }) => slice === name)!.share;
    expect(shareOf('region=EU') + shareOf('region=BR')).toBeCloseTo(shareOf('zone=moved'), 10);
    expect(shareOf('zone=moved')).toBeGreaterThan(0.9);
    expect(shareOf('region=BR')).toBeGreaterThan(shareOf('region=EU'));
  });

  it('are also those whose traffic grew, when their values differ', () => {
    const { all, slices } = traffic({
      seed: 3,
      regions: { EU: { before: 0.05, now: 0.4, moved: 3 }, US: { before: 0.95, now: 0.6, moved: 0 } },
    });
    const [first] = shiftCarriers(all, slices)!;
    expect(first!.slice).toBe('region=EU');
    expect(sayCarrier(first!)).toContain('holds 40 % of the traffic (5 % before)');
  });

  it('are none where everybody moved alike', () => {
    const moved = { ...still, moved: 1 };
    for (let seed = 10; seed < 20; seed++) {
      const { all, slices } = traffic({ seed, regions: { EU: moved, US: moved, BR: moved, IN: moved } });
      expect(shiftCarriers(all, slices)).toEqual([]);
    }
  });

  it('are not asked for where nothing moved, or nothing is there', () => {
    for (let seed = 20; seed < 40; seed++) {
      const { all, slices } = traffic({ seed, regions: { EU: still, US: still, BR: still, IN: still }, records: 2000 });
      expect(shiftCarriers(all, slices)).toBeNull();
    }
    expect(shiftCarriers({ expected: [], observed: [] }, [])).toBeNull();
    expect(shiftCarriers({ expected: [5, 5], observed: [0, 0] }, [])).toBeNull();
  });

  it('say first what is small and carries much', () => {
    const { all, slices } = traffic({
      seed: 4,
      regions: { EU: { ...still, moved: 3 }, US: still, BR: still, IN: still },
    });
    const wide = together('zone=west', slices[0]!, slices[1]!);
    expect(shiftCarriers(all, [wide, ...slices])!.map(({ slice }) => slice)).toEqual(['region=EU', 'zone=west']);
  });
});
