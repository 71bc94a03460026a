import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { modelSettings } from '../../../daemon/models/model-schema.ts';
import { openModelSettings } from '../../../daemon/models/model-settings.ts';
import { openFindings, type Findings } from '../../../daemon/store/findings.ts';
import { condenseHours } from '../../../daemon/store/prediction-hours.ts';
import { readStoredSeries } from '../../../daemon/store/stored-series.ts';
import { recompute } from '../../../daemon/watch/judge.ts';
import type { Watch } from '../../../daemon/watch/watch.ts';
import { binCode } from '../../../detectors/maths/log-bins.ts';
import type { ModelRecord } from '../../../detectors/terms.ts';
import { temporaryStore } from '../../support/temporary.ts';
import { openTestWatch } from '../../support/open-watch.ts';

const HOUR = 3_600_000;
const START = Date.UTC(2026, 10, 2);
const HOURS = 120;
const MODEL = 'fraud';
/** The hour from which on the amount is missing in 30 % and no longer in about 2 %. */
const CHANGED = 110;

describe('stored series', () => {
  let opened: Awaited<ReturnType<typeof temporaryStore>>;
  let findings: Findings;
  let watch: Watch;
  const settings = modelSettings.parse({ window: '1h', reference: '2d', detectors: { cusum: true, adwin: true } });
  const now = START + HOURS * HOUR + 31_000;

  beforeAll(async () => {
    opened = await temporaryStore();
    const rows = Array.from({ length: HOURS }, (_, hour) => {
      const common = {
        model: MODEL,
        version: 'v1',
        slice: 'all',
        bucket: new Date(START + hour * HOUR).toISOString().slice(0, 19).replace('T', ' '),
        count: 1000,
        categories: {},
      };
      const missing = hour < CHANGED ? 18 + (hour % 5) : 300;
      return [
        { ...common, kind: 'feature', name: 'amount', missing, numbers: { [binCode(40)]: 1000 - missing } },
        {
          ...common,
          kind: 'latency',
          name: '',
          missing: 0,
          numbers: { [binCode((hour < CHANGED ? 30 : 45) + (hour % 5))]: 60, [binCode(12)]: 940 },
        },
        { ...common, kind: 'score', name: '', missing: 0, numbers: { [binCode(0.25)]: 500, [binCode(-1)]: 500 } },
      ];
    }).flat();
    await opened.store.writer.insert('prediction_minutes', rows);
    const spans = Array.from({ length: HOURS }, (_, hour) => {
      const common = {
        service: 'checkout',
        bucket: new Date(START + hour * HOUR).toISOString().slice(0, 19).replace('T', ' '),
      };
      return [
        { ...common, operation: 'charge', count: 1000, errors: 10, durations: { [binCode(10)]: 1000 } },
        { ...common, operation: 'refund', count: 100, errors: 2, durations: { [binCode(20)]: 40, [binCode(400)]: 60 } },
      ];
    }).flat();
    await opened.store.writer.insert('span_minutes', spans);
    const book = await openModelSettings(
      { directory: 'models', defaults: settings, by_name: {} },
      opened.store.documents<ModelRecord>('models'),
    );
    findings = openFindings(opened.store.writer, opened.store.reader);
    watch = await openTestWatch({ store: opened.store, book, findings, clock: { now: () => now } });
  });
  afterAll(async () => {
    await opened.remove();
  });

  it('have one value a step: missing shares, means, and the p95 of latencies', async () => {
    const stretch = { from: START, to: START + 4 * HOUR };
    const query = { model: MODEL, services: ['checkout'], stepMs: 2 * HOUR, stretch };
    const read = await readStoredSeries(opened.store.reader, query);
    const series = new Map(read.map(({ name, series: one }) => [name, one]));
    expect([...series].map(([name, { unit }]) => `${name}: ${unit}`)).toEqual([
      'mean of amount: number',
      'mean score: number',
      'missing share of amount: share',
      'p95 of prediction: duration',
      'error share of checkout/charge: share',
      'error share of checkout/refund: share',
      'error share of service checkout: share',
      'p95 of checkout/charge: duration',
      'p95 of checkout/refund: duration',
      'p95 of service checkout: duration',
    ]);
    expect(series.get('missing share of amount')).toEqual({
      stepMs: 2 * HOUR,
      unit: 'share',
      points: [
        { at: START, value: 0.0185, count: 2000 },
        { at: START + 2 * HOUR, value: 0.0205, count: 2000 },
      ],
    });
    const first = (name: string): number => series.get(name)?.points[0]?.value ?? Number.NaN;
    const within = (value: number, of: number) => expect(Math.abs(value / of - 1)).toBeLessThanOrEqual(1 / 64);
    within(first('mean score'), (0.25 - 1) / 2);
    within(first('mean of amount'), 40);
    expect(series.get('mean of amount')?.points.map(({ count }) => count)).toEqual([1963, 1959]);
    within(first('p95 of prediction'), 30);
    // 1,000 charges at 10 ms, 60 of 1,100 requests of the service at 400 ms: the p95 of the whole is that of the refunds.
    within(first('p95 of checkout/charge'), 10);
    within(first('p95 of checkout/refund'), 400);
    within(first('p95 of service checkout'), 400);
    expect(first('error share of service checkout')).toBeCloseTo(12 / 1100, 12);
    expect(await readStoredSeries(opened.store.reader, { ...query, services: [], model: `' OR 1=1` })).toEqual([]);
  });

  it('are the same read of condensed hours as of minutes, of each hour once', async () => {
    const stretch = { from: START, to: START + 60 * HOUR };
    const query = { model: MODEL, services: [], stepMs: HOUR, stretch };
    const before = await readStoredSeries(opened.store.reader, query);
    await condenseHours(opened.store.writer, MODEL, { from: START, to: START + 2 * HOUR });
    expect(await readStoredSeries(opened.store.reader, query)).toEqual(before);
    await opened.store.writer.run(
      'ALTER TABLE {database}.prediction_hours UPDATE missing = 999 WHERE 1 SETTINGS mutations_sync = 2',
    );
    const altered = await readStoredSeries(opened.store.reader, query);
    const missing = altered.find(({ name }) => name === 'missing share of amount')?.series.points;
    expect(missing?.slice(0, 4).map(({ value }) => value)).toEqual([0.999, 0.999, 0.02, 0.021]);
    await opened.store.writer.run('TRUNCATE TABLE {database}.prediction_hours');
  });

  it('are judged by the detectors that are switched on, with the time of the change, and can be recomputed', async () => {
    await watch.tick();
    const stored = await findings.list({ model: MODEL, subject: 'missing share of amount', limit: 1000 });
    expect(new Set(stored.map(({ detector }) => detector))).toEqual(new Set(['cusum', 'adwin']));
    const newest = stored.find(({ detector, window }) => detector === 'cusum' && window.to === START + HOURS * HOUR);
    expect(newest).toMatchObject({ state: 'fail', details: { change_at: START + CHANGED * HOUR } });
    expect(newest?.reason).toMatch(
      /^it changed from 2 % to 30 % at about 2026-11-06 14:00 UTC; CUSUM over its threshold is/,
    );
    expect(stored.filter(({ window, state }) => window.to <= START + CHANGED * HOUR && state === 'fail')).toEqual([]);
    const slower = await findings.list({ model: MODEL, subject: 'p95 of prediction', detector: 'cusum', limit: 1 });
    expect(slower[0]?.state).toBe('fail');
    // The chart began to rise with an hour that was slow by chance.
    expect(Math.abs(Number(slower[0]?.details?.['change_at']) - (START + CHANGED * HOUR))).toBeLessThanOrEqual(
      3 * HOUR,
    );
    expect(slower[0]?.reason).toMatch(
      /^it changed from 3\d[.\d]* ms to 4\d[.\d]* ms at about 2026-11-06 1[1-4]:00 UTC/,
    );
    const inputs = await findings.inputs(newest!.id);
    expect(recompute(inputs!)).toEqual(newest);
    for (const subject of ['mean score', 'mean of amount']) {
      const calm = await findings.list({ model: MODEL, subject, detector: 'adwin', limit: 10 });
      expect(calm.map(({ state }) => state)).not.toContain('fail');
      expect(calm.length).toBeGreaterThan(0);
    }
  });

  it('are judged by any detector that an evaluation names', async () => {
    const [answer] = await watch.evaluate({
      model: MODEL,
      reference: { from: START, to: START + 48 * HOUR },
      window: { from: START + 115 * HOUR, to: START + 116 * HOUR },
      step: '1h',
      detectors: ['page_hinkley', 'hddm_a'],
    });
    const found = answer?.findings.filter(({ subject }) => subject === 'missing share of amount');
    expect(found?.map(({ detector, state }) => [detector, state])).toEqual([
      ['hddm_a', 'fail'],
      ['page_hinkley', 'fail'],
    ]);
  });
});
