import { describe, expect, it } from 'vitest';
import { heatGrid, heatStep, severity } from '../../../dashboards/charts/heat-grid.ts';
import { heatWords, moveCell } from '../../../dashboards/charts/heat-words.ts';
import { finding, HOUR, START } from '../a-finding.ts';

describe('the heat grid', () => {
  it('has a row a feature and a column a window', () => {
    const grid = heatGrid([finding('a', 0), finding('b', 0), finding('a', 1)], 100);
    expect(grid.columns).toEqual([
      { from: START, to: START + HOUR },
      { from: START + HOUR, to: START + 2 * HOUR },
    ]);
    expect(grid.rows.map(({ subject }) => subject)).toEqual(['a', 'b']);
  });

  it('leaves a column empty where no window was judged, and never fills it from its neighbours', () => {
    const grid = heatGrid([finding('a', 0), finding('a', 3)], 100);
    expect(grid.rows[0]?.cells.map(({ state }) => state)).toEqual(['pass', 'none', 'none', 'pass']);
  });

  it('shows the worst of several findings in a cell: fail before pass before insufficient', () => {
    const pass = finding('a', 0, { detector: 'ks' });
    const fail = finding('a', 0, { state: 'fail', statistic: 0.2 });
    const insufficient = finding('a', 0, { state: 'insufficient', statistic: null, limit: null });
    for (const findings of [
      [pass, fail, insufficient],
      [insufficient, fail, pass],
    ]) {
      expect(heatGrid(findings, 10).rows[0]?.cells[0]?.finding).toBe(fail);
    }
    expect(heatGrid([insufficient, pass], 10).rows[0]?.cells[0]?.finding).toBe(pass);
    expect(heatGrid([insufficient], 10).rows[0]?.cells[0]?.state).toBe('insufficient');
  });

  it('puts rows with trouble first', () => {
    const grid = heatGrid(
      [
        finding('calm', 0, { statistic: 0.09 }),
        finding('unknown', 0, { state: 'insufficient', statistic: null }),
        finding('bad', 0, { state: 'fail', statistic: 0.11 }),
        finding('worse', 0, { state: 'fail', statistic: 0.5 }),
      ],
      10,
    );
    expect(grid.rows.map(({ subject }) => subject)).toEqual(['worse', 'bad', 'calm', 'unknown']);
  });

  it('merges neighbouring windows when there are more than columns, and loses no failure', () => {
    const findings = Array.from({ length: 100 }, (_, i) =>
      finding('a', i, i === 57 ? { state: 'fail', statistic: 0.9 } : {}),
    );
    const grid = heatGrid(findings, 10);
    expect(grid.columns).toHaveLength(10);
    expect(grid.rows[0]?.cells.map(({ state }) => state).indexOf('fail')).toBe(5);
  });

  it('puts rows with a known impact in its order, on the places that they held', () => {
    const impact = (size: number) => ({
      share: 0,
      score_shift: 0,
      rows: 1,
      is_input: true,
      flips: null,
      size,
      says: '',
    });
    const failing = (subject: string, statistic: number) => finding(subject, 0, { state: 'fail', statistic });
    const ranked = heatGrid(
      [
        { ...failing('far', 9), impact: impact(0.01) },
        { ...failing('near', 0.2), impact: impact(0.4) },
        failing('service', 1),
      ],
      10,
    );
    expect(ranked.rows.map(({ subject }) => subject)).toEqual(['near', 'service', 'far']);
  });

  it('is empty without findings', () => {
    expect(heatGrid([], 10)).toEqual({ columns: [], rows: [] });
  });

  it('takes what detectors judge as a whole as one row without a name', () => {
    const { feature: _, ...whole } = finding('a', 0);
    expect(heatGrid([whole], 10).rows[0]?.subject).toBe('');
  });

  it('keeps a feature called __proto__ as a feature', () => {
    expect(heatGrid([finding('__proto__', 0)], 10).rows[0]?.subject).toBe('__proto__');
  });
});

describe('severity', () => {
  it('is statistic over limit, on the side of the limit that the state says', () => {
    expect(severity({ state: 'pass', statistic: 0.05, limit: 0.1 })).toBe(0.5);
    expect(severity({ state: 'fail', statistic: 0.3, limit: 0.1 })).toBeCloseTo(3);
    // Where less is worse, as with ROC-AUC.
    expect(severity({ state: 'pass', statistic: 0.8, limit: 0.6 })).toBeCloseTo(0.75);
    expect(severity({ state: 'fail', statistic: 0.5, limit: 0.75 })).toBeCloseTo(1.5);
  });

  it('never makes of a failure without a usable ratio something that passes', () => {
    for (const [statistic, limit] of [
      [null, 0.1],
      [0.2, null],
      [0.2, 0],
      [Number.NaN, 0.1],
      [0, 0.1],
    ] as const) {
      expect(heatStep({ state: 'fail', severity: severity({ state: 'fail', statistic, limit }) })).toMatch(/^fail/);
    }
  });

  it('colours by steps, and keeps insufficient and not judged apart from good', () => {
    expect(heatStep({ state: 'pass', severity: 0.1 })).toBe('pass-0');
    expect(heatStep({ state: 'pass', severity: 0.99 })).toBe('pass-3');
    expect(heatStep({ state: 'fail', severity: 1 })).toBe('fail-0');
    expect(heatStep({ state: 'fail', severity: 40 })).toBe('fail-2');
    expect(heatStep({ state: 'insufficient', severity: 0 })).toBe('insufficient');
    expect(heatStep({ state: 'none', severity: 0 })).toBe('none');
  });
});

describe('walking over the grid with keys', () => {
  it('moves by one, by ten and to the ends, and stays inside', () => {
    const at = { row: 3, column: 3 };
    expect(moveCell(at, 'ArrowUp', 20, 5)).toEqual({ row: 2, column: 3 });
    expect(moveCell(at, 'PageDown', 20, 5)).toEqual({ row: 13, column: 3 });
    expect(moveCell(at, 'Home', 20, 5)).toEqual({ row: 3, column: 0 });
    expect(moveCell(at, 'End', 20, 5)).toEqual({ row: 3, column: 4 });
    expect(moveCell({ row: 0, column: 4 }, 'ArrowRight', 20, 5)).toEqual({ row: 0, column: 4 });
    expect(moveCell({ row: 0, column: 4 }, 'ArrowUp', 20, 5)).toEqual({ row: 0, column: 4 });
  });

  it('leaves every other key to the browser, and an empty grid alone', () => {
    expect(moveCell({ row: 0, column: 0 }, 'Tab', 20, 5)).toBeNull();
    expect(moveCell({ row: 0, column: 0 }, 'ArrowUp', 0, 0)).toBeNull();
  });

  it('says a cell in words, also when nothing was judged', () => {
    const column = { from: START, to: START + HOUR };
    const failing = finding('amount', 0, { state: 'fail', statistic: 0.3, final: false });
    const said = heatWords('amount', column, { state: 'fail', severity: 3, finding: failing });
    expect(said).toContain('amount, 2026-03-01 00:00 – 01:00 UTC: fails, psi 0.3, limit 0.1.');
    expect(said).toContain('still open');
    expect(heatWords('amount', column, { state: 'none', severity: 0, finding: null })).toContain('not judged');
  });
});
