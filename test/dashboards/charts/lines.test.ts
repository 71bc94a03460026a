import { describe, expect, it } from 'vitest';
import { categoryShares } from '../../../dashboards/charts/category-shares.ts';
import { describeLines } from '../../../dashboards/charts/describe-lines.ts';
import { intervalScale } from '../../../dashboards/charts/interval-scale.ts';
import { sparkPath } from '../../../dashboards/charts/spark-path.ts';
import { formatNumber } from '../../../dashboards/format-number.ts';
import { statisticLines } from '../../../dashboards/pages/subject/statistic-lines.ts';
import { finding, HOUR, START } from '../a-finding.ts';

const side = (counts: Record<string, number>) => ({
  count: 0,
  missing: 0,
  bins: [],
  categories: Object.entries(counts).map(([value, count]) => ({ value, count })),
});

describe('small lines', () => {
  it('have a gap where a value is missing', () => {
    const { line } = sparkPath([1, 2, null, 3, 4], 100, 20, true);
    expect(line.match(/M/g)).toHaveLength(2);
  });

  it('are nothing without values, rather than a line at zero', () => {
    expect(sparkPath([null, null], 100, 20, true)).toEqual({ line: '', area: '', last: null });
    expect(sparkPath([], 100, 20, false).last).toBeNull();
  });

  it('end at the newest value', () => {
    expect(sparkPath([0, 10], 100, 20, true).last).toEqual([97, 3]);
  });
});

describe('the text of a chart', () => {
  it('says newest, lowest and highest of each line, the limit and the alerts', () => {
    const said = describeLines({
      title: 'Score',
      unit: 'score',
      at: [0, 1, 2],
      lines: [
        { label: 'mean', values: [0.2, 0.1, 0.4, null], colour: 'line-1' },
        { label: 'p95', values: [null], colour: 'line-2' },
      ],
      from: START,
      to: START + HOUR,
      format: formatNumber,
      limit: 0.5,
      marks: [{ from: START, to: null, label: 'amount moved' }],
    });
    expect(said).toBe(
      'Score, score, 2026-03-01 00:00 – 01:00 UTC. mean: newest 0.4, lowest 0.1, highest 0.4; p95: no data. Limit 0.5. Alerts: amount moved.',
    );
  });
});

describe('categories', () => {
  it('are paired, commonest of either side first, and one that is new has a share of 0 before', () => {
    expect(categoryShares(side({ a: 5, new: 5 }), side({ a: 9, old: 1 }), 10)).toEqual([
      { value: 'a', current: 0.5, expected: 0.9 },
      { value: 'new', current: 0.5, expected: 0 },
      { value: 'old', current: 0, expected: 0.1 },
    ]);
  });

  it('beyond the most are added up', () => {
    const shares = categoryShares(side({ a: 50, b: 30, c: 10, d: 10 }), null, 2);
    expect(shares.map(({ value }) => value)).toEqual(['a', 'b', '2 others']);
    expect(shares[2]?.current).toBeCloseTo(0.2);
  });

  it('have no share, rather than 0, where a side has no records', () => {
    expect(categoryShares(side({ a: 1 }), null, 5)[0]?.expected).toBeNull();
    expect(categoryShares(side({}), side({ a: 1 }), 5)[0]?.current).toBeNull();
  });
});

describe('the scale of a check', () => {
  it('keeps zero and margin on the picture when the interval is far wider', () => {
    const scale = intervalScale([{ harm: 0.03, margin: 0.02, interval: [-5, 5] }], 0, 100);
    const places = [scale.place(-5), scale.place(0), scale.place(0.02), scale.place(5)];
    expect(places[0]).toBe(0);
    expect(places[3]).toBe(100);
    expect(places[2]! - places[1]!).toBeGreaterThan(5);
  });

  it('reaches as far as the harm, so that a harmful interval is seen beyond its margin', () => {
    const scale = intervalScale([{ harm: 0.54, margin: 0.05, interval: [0.46, 0.61] }], 0, 100);
    expect(scale.place(0.61) - scale.place(0.46)).toBeGreaterThan(15);
    expect(scale.place(0.05)).toBeLessThan(scale.place(0.46));
  });

  it('has room without an interval', () => {
    const scale = intervalScale([{ harm: null, margin: 0.02, interval: null }], 0, 90);
    expect(scale.place(0)).toBeCloseTo(30);
    expect(scale.place(0.02)).toBeCloseTo(60);
  });
});

describe('statistics over time', () => {
  it('are one line a detector in ascending time, with a gap where there was too little data', () => {
    const lines = statisticLines([
      finding('a', 2, { statistic: 0.3, state: 'fail' }),
      finding('a', 0, { statistic: 0.1 }),
      finding('a', 1, { statistic: 0.2, state: 'insufficient' }),
      finding('a', 0, { detector: 'ks', statistic: 0.05, limit: 0.2 }),
    ]);
    expect(lines.map(({ detector }) => detector)).toEqual(['psi', 'ks']);
    expect(lines[0]?.values).toEqual([0.1, null, 0.3]);
    expect(lines[1]?.limit).toBe(0.2);
  });

  it('take the worst of several versions in one window', () => {
    const [line] = statisticLines([
      finding('a', 0, { version: '2', state: 'fail', statistic: 0.4 }),
      finding('a', 0, { version: '1', statistic: 0.01 }),
    ]);
    expect(line?.values).toEqual([0.4]);
  });
});
