import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { modelSettings, type ModelSettings } from '../../../daemon/config/config.ts';
import { openModelSettings } from '../../../daemon/models/model-settings.ts';
import { openReferences, type References } from '../../../daemon/models/references.ts';
import { openFindings, type Findings } from '../../../daemon/store/findings.ts';
import { recompute } from '../../../daemon/watch/judge.ts';
import { binCode } from '../../../detectors/maths/log-bins.ts';
import type { Finding, ModelRecord } from '../../../detectors/terms.ts';
import { temporaryStore } from '../../support/temporary.ts';
import { openTestWatch } from '../../support/open-watch.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;
const NOON = Date.UTC(2026, 10, 20, 12);

/** Slow at noon, fast at night: 40 ms and 160 ms. */
function usualMs(at: number): number {
  return 100 - 60 * Math.cos((2 * Math.PI * (at % DAY)) / DAY);
}

describe('latency with a daily course', () => {
  let opened: Awaited<ReturnType<typeof temporaryStore>>;
  let references: References;
  let findings: Findings;
  const base = modelSettings.parse({ window: '1h', reference: '6h', services: ['scorer'] });
  const book = (settings: ModelSettings) =>
    openModelSettings(
      { directory: 'models', defaults: settings, by_name: {} },
      opened.store.documents<ModelRecord>('models'),
    );

  /** An hour of spans, and of predictions whose amount never changes. */
  async function addHour(from: number, milliseconds: number): Promise<void> {
    const bucket = new Date(from).toISOString().slice(0, 19).replace('T', ' ');
    const durations: Record<string, number> = {};
    for (let at = 0; at < 2000; at++) {
      const code = binCode(milliseconds * Math.exp(((at % 41) - 20) / 80));
      durations[code] = (durations[code] ?? 0) + 1;
    }
    const operation = { service: 'scorer', operation: 'predict', bucket, count: 2000, errors: 0, durations };
    await opened.store.writer.insert('span_minutes', [operation]);
    const common = { model: 'fraud', version: 'v1', slice: 'all', bucket, count: 2000, missing: 0, categories: {} };
    await opened.store.writer.insert('prediction_minutes', [
      { ...common, kind: 'feature', name: 'amount', numbers: { [binCode(40)]: 1000, [binCode(60)]: 1000 } },
      { ...common, kind: 'score', name: '', numbers: { [binCode(0.25)]: 2000 } },
    ]);
  }

  beforeAll(async () => {
    opened = await temporaryStore();
    findings = openFindings(opened.store.writer, opened.store.reader);
    // The first full windows are those of a night.
    const hours = [3, 2, 1].flatMap((weeks) => [0, 1].map((hour) => NOON - weeks * WEEK + hour * HOUR));
    const night = Array.from({ length: 6 }, (_, hour) => NOON - 3 * WEEK - 13 * HOUR + hour * HOUR);
    for (const from of [...night, ...hours, NOON]) await addHour(from, usualMs(from));
    await addHour(NOON + HOUR, 2 * usualMs(NOON + HOUR));
    references = openReferences(opened.store.watcher, await book(base), opened.store.documents('references'));
  });
  afterAll(async () => {
    await opened.remove();
  });

  async function judged(changes: Partial<ModelSettings>): Promise<Finding[]> {
    const settings = await book({ ...base, ...changes });
    const observed: Finding[] = [];
    const watch = await openTestWatch({
      store: opened.store,
      findings,
      settings: { open_windows: false, back: 4 },
      book: settings,
      references,
      clock: { now: () => NOON + 2 * HOUR + 31_000 },
      observe: async (found) => void observed.push(...found),
    });
    watch.touch(new Map([['fraud', { from: NOON, to: NOON + 2 * HOUR }]]));
    await watch.tick();
    return observed.filter(({ final, window }) => final && window.from >= NOON);
  }
  const of = (found: readonly Finding[], detector: string, from: number) =>
    found.find((one) => one.detector === detector && one.window.from === from && one.subject !== 'prediction');

  it('fails at noon against a night, whatever is wrong', async () => {
    const found = await judged({});
    expect(of(found, 'latency_shift', NOON)).toMatchObject({ state: 'fail', details: { quantile: 'p50' } });
    expect(of(found, 'latency_shift', NOON)?.reference?.id).toBeDefined();
  });

  it('passes against the same hour of earlier weeks, and fails when it doubles', async () => {
    const found = await judged({ latency_reference: 'same_hour' });
    const [usual, doubled] = [of(found, 'latency_shift', NOON), of(found, 'latency_shift', NOON + HOUR)];
    expect(usual).toMatchObject({ state: 'pass', reference: { from: NOON - 3 * WEEK, to: NOON - WEEK + HOUR } });
    expect(usual?.statistic).toBeCloseTo(1, 1);
    expect(doubled).toMatchObject({ state: 'fail', reference: { from: NOON + HOUR - 3 * WEEK } });
    expect(doubled?.statistic).toBeCloseTo(2, 1);
    const inputs = await findings.inputs(doubled!.id);
    expect(recompute(inputs!)).toEqual(inputs!.finding);
  });

  it('leaves features and scores their fixed reference', async () => {
    const [fixed, own] = [await judged({}), await judged({ latency_reference: 'same_hour' })];
    for (const detector of ['psi', 'score_drift']) {
      expect(of(own, detector, NOON)?.state).toBe('pass');
      expect(of(own, detector, NOON)?.reference?.id).toBe(of(fixed, detector, NOON)?.reference?.id);
    }
  });

  it('may keep the fixed reference where the traffic has one that moves', async () => {
    const found = await judged({ reference_kind: 'same_hour', latency_reference: 'fixed' });
    expect(of(found, 'latency_shift', NOON)).toMatchObject({ state: 'fail' });
    expect(of(found, 'latency_shift', NOON)?.reference?.id).toBeDefined();
    expect(of(found, 'psi', NOON)?.reference).toEqual({ from: NOON - 3 * WEEK, to: NOON - WEEK + HOUR });
  });

  it('is insufficient where there are no earlier weeks', async () => {
    const found = await judged({ latency_reference: 'previous' });
    expect(of(found, 'latency_shift', NOON)).toMatchObject({ state: 'insufficient', reference: null });
    expect(of(found, 'psi', NOON)?.state).toBe('pass');
  });
});
