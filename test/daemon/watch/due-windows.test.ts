import { describe, expect, it } from 'vitest';
import { modelSettings } from '../../../daemon/config/config.ts';
import { openDueWindows } from '../../../daemon/watch/due-windows.ts';

const HOUR = 3_600_000;
const T = Date.UTC(2026, 10, 18, 12);
const watch = { tick: 10_000, settle: 30_000, open_windows: true, false_alarm_budget: 1, back: 48 };
const plain = modelSettings.parse({});
const withBudget = modelSettings.parse({ budgets: { fresh: { of: 'stale_scores' } } });

describe('a model that nothing comes from', () => {
  it('is judged while it is silent where it has budgets, and left alone otherwise', () => {
    expect(openDueWindows(watch, () => plain).take('m', T)).toEqual([]);
    const open = [{ window: { from: T, to: T + HOUR }, final: false }];
    expect(openDueWindows(watch, () => withBudget).take('m', T + 1000)).toEqual(open);
  });

  it('is judged once a window where open ones are left alone', () => {
    const windows = openDueWindows({ ...watch, open_windows: false }, () => withBudget);
    expect(windows.take('m', T + 60_000)).toEqual([{ window: { from: T - HOUR, to: T }, final: true }]);
    expect(windows.take('m', T + 120_000)).toEqual([]);
    expect(windows.take('m', T + HOUR + 10_000)).toEqual([]);
    expect(windows.take('m', T + HOUR + 30_000)).toEqual([{ window: { from: T, to: T + HOUR }, final: true }]);
  });
});
