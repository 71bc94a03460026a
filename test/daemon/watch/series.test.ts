import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { modelSettings } from '../../../daemon/models/model-schema.ts';
import { openModelSettings } from '../../../daemon/models/model-settings.ts';
import { openFindings, type Findings } from '../../../daemon/store/findings.ts';
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
        { ...common, kind: 'score', name: '', missing: 0, numbers: { [binCode(0.25)]: 500, [binCode(-1)]: 500 } },
      ];
    }).flat();
    await opened.store.writer.insert('prediction_minutes', rows);
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

  it('have one value a step: missing shares and the mean score', async () => {
    const stretch = { from: START, to: START + 4 * HOUR };
    const query = { model: MODEL, services: [], stepMs: 2 * HOUR, stretch };
    const read = await readStoredSeries(opened.store.reader, query);
    expect(read.map(({ name }) => name)).toEqual(['missing share of amount', 'mean score']);
    expect(read[0]?.series).toEqual({
      stepMs: 2 * HOUR,
      unit: 'share',
      points: [
        { at: START, value: 0.0185, count: 2000 },
        { at: START + 2 * HOUR, value: 0.0205, count: 2000 },
      ],
    });
    const [score] = read[1]?.series.points ?? [];
    expect(Math.abs((score?.value ?? 0) - (0.25 - 1) / 2)).toBeLessThan(0.02);
    expect(await readStoredSeries(opened.store.reader, { ...query, model: `' OR 1=1` })).toEqual([]);
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
    const inputs = await findings.inputs(newest!.id);
    expect(recompute(inputs!)).toEqual(newest);
    const calm = await findings.list({ model: MODEL, subject: 'mean score', detector: 'adwin', limit: 10 });
    expect(calm.every(({ state }) => state !== 'fail')).toBe(true);
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
