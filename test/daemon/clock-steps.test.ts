import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { advance, inactiveAlert, judge } from '../../daemon/alerts/alert-record.ts';

import { ingestFindings } from '../../daemon/compose/ingest-findings.ts';
import { defaultConfig, modelSettings } from '../../daemon/config/config.ts';
import { KnownOperations } from '../../daemon/ingest/rollups/known-operations.ts';
import { Overflows } from '../../daemon/ingest/rollups/overflows.ts';
import { openModelSettings } from '../../daemon/models/model-settings.ts';
import { openFindings } from '../../daemon/store/findings.ts';
import { openStore } from '../../daemon/store/store.ts';
import { openAccuracyWindows } from '../../daemon/watch/accuracy-windows.ts';
import { openDueWindows } from '../../daemon/watch/due-windows.ts';
import type { ModelRecord } from '../../detectors/terms.ts';
import { finding as failing } from './alerts/example-finding.ts';
import { openTestAlerts } from '../support/open-alerts.ts';
import { engineTime, SetClock } from '../support/temporary-ingest.ts';
import { temporaryDirectory, temporaryStore } from '../support/temporary.ts';
import { openTestWatch } from '../support/open-watch.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const NOON = Date.UTC(2026, 10, 20, 12);
const MODEL = 'fraud';
const NO_SEGMENTS = { segments: 0, rows: {} };
const settings = modelSettings.parse({
  window: '1h',
  reference: '1h',
  accuracy_window: '1h',
  label_maturity: '1h',
});
const watchSettings = { tick: 1000, settle: 30_000, open_windows: true, false_alarm_budget: 1, back: 48 };

describe('a clock that is set back', () => {
  let opened: Awaited<ReturnType<typeof temporaryStore>>;
  beforeAll(async () => {
    opened = await temporaryStore();
  });
  afterAll(() => opened.remove());

  it('does not hide what is judged later of the same window', async () => {
    const { store } = opened;
    const clock = new SetClock(NOON + 40 * MINUTE);
    const findings = openFindings(store.writer, store.reader);
    const book = await openModelSettings(
      { directory: 'models', defaults: settings, by_name: {} },
      store.documents<ModelRecord>('models'),
    );
    const judgeMore = async (count: number): Promise<number[]> => {
      const bucket = engineTime(NOON).slice(0, 19);
      const row = { model: MODEL, version: 'v1', slice: 'all', bucket, count, missing: 0, numbers: {}, categories: {} };
      await store.writer.insert('prediction_minutes', [
        { ...row, kind: 'score', name: '' },
        { ...row, kind: 'feature', name: 'amount' },
      ]);
      // A new one each time: it remembers nothing of what was stored.
      const watch = await openTestWatch({ store, book, findings, settings: watchSettings, clock });
      watch.touch(new Map([[MODEL, { from: NOON, to: NOON + 1 }]]));
      await watch.tick();
      const found = await findings.list({ model: MODEL, detector: 'missing_share', subject: 'amount', limit: 10 });
      return found.map((finding) => finding.count);
    };
    expect(await judgeMore(100)).toEqual([100]);
    clock.time -= 5 * MINUTE;
    expect(await judgeMore(50)).toEqual([150]);
  });

  it('has a window judged for good again once it was open again', () => {
    const due = openDueWindows(watchSettings, () => settings);
    const until = (now: number): unknown =>
      due.take(MODEL, now).map(({ window, final }) => [window.from - NOON, final]);
    due.touch(MODEL, { from: NOON, to: NOON + HOUR }, NOON + HOUR + MINUTE);
    expect(until(NOON + HOUR + MINUTE)).toEqual([[0, true]]);
    due.touch(MODEL, { from: NOON + HOUR, to: NOON + HOUR + 1 }, NOON + 50 * MINUTE);
    expect(until(NOON + 50 * MINUTE)).toEqual([[0, false]]);
    expect(until(NOON + HOUR + MINUTE)).toEqual([[0, true]]);
    expect(until(NOON + 2 * HOUR + MINUTE)).toEqual([[HOUR, true]]);
  });

  it('does not keep labels from the windows that they belong to', async () => {
    const { store } = opened;
    const windows = openAccuracyWindows({ engine: store.watcher, settingsOf: () => settings, back: 48, seenUntil: 0 });
    const taken = (now: number): number[] => windows.take(MODEL, now).map(({ window }) => window.from - NOON);
    await windows.look(NOON + DAY);
    taken(NOON + DAY);
    const now = NOON + 5 * MINUTE;
    await windows.look(now);
    taken(now);
    const [made, known] = [engineTime(NOON - 3 * HOUR), engineTime(now + MINUTE)];
    await store.writer.insert('predictions', [
      { prediction_id: 'p', model: MODEL, version: 'v1', timestamp: made, received_at: made, segment: 1 },
    ]);
    await store.writer.insert('labels', [
      { prediction_id: 'p', timestamp: known, label: '1', source: '', received_at: known, segment: 1 },
    ]);
    windows.labelsCame();
    await windows.look(now + 2 * MINUTE);
    expect(taken(now + 2 * MINUTE)).toContain(-3 * HOUR);
  });

  it('makes an alert wait for its hold from there, not until the clock has caught up', () => {
    const patience = { hold: MINUTE, keep: 5 * MINUTE };
    const finding = failing();
    const pending = advance(judge(inactiveAlert(finding, NOON), finding, NOON), NOON, patience).at(-1)!.alert;
    expect(pending.state).toBe('pending');
    const back = NOON - HOUR;
    const again = judge(pending, { ...finding, judgedAt: finding.judgedAt + 1 }, back);
    expect(advance(again, back + MINUTE, patience).map(({ to }) => to)).toEqual(['firing']);
  });

  it.for([5 * MINUTE, 3 * HOUR])('does not keep alerts on the intake as they were, %i ms back', async (step) => {
    const clock = new SetClock(NOON);
    const alerts = await openTestAlerts({ store: opened.store, clock });
    const overflows = new Overflows();
    const service = `shop-${step}`;
    const tick = async (minutes: number, segments: number): Promise<string[]> => {
      clock.time += minutes * MINUTE;
      const setAside = { segments, rows: { labels: segments } };
      await alerts.observe(ingestFindings({ overflows: overflows.list(), setAside }, clock.time));
      await alerts.deliver();
      const told = (await alerts.list()).filter(
        ({ subject }) => /set aside/.test(subject) || subject.endsWith(service),
      );
      return told.map(({ detector, state }) => `${detector} ${state}`).sort();
    };
    overflows.count('operations', service, clock.time);
    await tick(0, 1);
    expect(await tick(2, 1)).toEqual(['name_limit firing', 'store_refusal firing']);
    clock.time -= step;
    overflows.count('operations', service, clock.time);
    await tick(0, 0);
    await tick(6, 0);
    expect(await tick(5, 0)).toEqual(['name_limit firing', 'store_refusal resolved']);
    await tick(6, 1);
    expect(await tick(2, 1)).toEqual(['name_limit resolved', 'store_refusal firing']);
    await tick(0, 0);
    expect(await tick(6, 0)).toEqual(['name_limit resolved', 'store_refusal resolved']);
    await alerts.close();
  });

  it('does not make names beyond a limit go on until the clock has caught up', () => {
    const troubles = {
      overflows: [{ kind: 'models', owner: '', times: 1, lastAt: NOON }],
      setAside: NO_SEGMENTS,
    } as const;
    const state = (now: number): unknown => ingestFindings(troubles, now)[0]!.state;
    expect([NOON - 3 * HOUR, NOON - MINUTE, NOON + MINUTE, NOON + 20 * MINUTE].map(state)).toEqual([
      'pass',
      'fail',
      'fail',
      'pass',
    ]);
  });

  it('goes on to forget operations that no span names any more', () => {
    const known = new KnownOperations({ maxServices: 10, maxOperations: 10 }, new Overflows());
    known.forget(10 * DAY);
    known.places.placeOf('shop', 'checkout', 10 * DAY);
    known.forget(3 * DAY);
    expect(known.places.count).toBe(1);
    known.forget(4 * DAY);
    expect(known.places.count).toBe(0);
  });
});

describe('a clock that was set back while the daemon was down', () => {
  it('does not hide later changes of a document', async () => {
    const { path, remove } = await temporaryDirectory();
    const change = { id: 'a', model: MODEL, state: 'active' };
    const ahead = { ...change, updated_at: `${engineTime(Date.now() + 30 * DAY)}000`, body: JSON.stringify(change) };
    const before = await openStore(defaultConfig().store, path);
    await before.writer.insert('silences', [ahead]);
    await before.close();
    const store = await openStore(defaultConfig().store, path);
    const silences = store.documents('silences');
    await silences.put({ ...change, state: 'ended' });
    expect(await silences.get('a')).toMatchObject({ state: 'ended' });
    await store.close();
    await remove();
  });
});

describe('a clock that is set forward, or a machine that slept', () => {
  it('has every window judged whose labels matured meanwhile, each once', () => {
    const engine = {} as never;
    const windows = openAccuracyWindows({ engine, settingsOf: () => settings, back: 48, seenUntil: 0 });
    const taken = (now: number): unknown =>
      windows.take(MODEL, now).map(({ window, final }) => [(window.from - NOON) / HOUR, final]);
    expect(taken(NOON + 5 * MINUTE)).toEqual([[-1, false]]);
    expect(taken(NOON + 3 * HOUR + 5 * MINUTE)).toEqual([
      [-1, true],
      [0, true],
      [1, true],
      [2, false],
    ]);
    expect(taken(NOON + 3 * HOUR + 5 * MINUTE + 1000)).toEqual([]);
    const years = taken(NOON + 5000 * DAY + 5 * MINUTE) as unknown[];
    expect(years).toHaveLength(watchSettings.back + 1);
  });
});
