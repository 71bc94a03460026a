import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { modelSettings } from '../../../daemon/config/config.ts';
import { openModelSettings } from '../../../daemon/models/model-settings.ts';
import { openFindings } from '../../../daemon/store/findings.ts';
import { openAccuracyWindows } from '../../../daemon/watch/accuracy-windows.ts';
import { openLateQueue } from '../../../daemon/watch/late-queue.ts';
import { openLateWindows, type LateWindows } from '../../../daemon/watch/late-windows.ts';
import { binCode } from '../../../detectors/maths/log-bins.ts';
import type { Finding, ModelRecord } from '../../../detectors/terms.ts';
import { openTestWatch } from '../../support/open-watch.ts';
import { temporaryStore } from '../../support/temporary.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const NOW = Date.UTC(2026, 10, 27, 12, 5);
const sql = (at: number): string => new Date(at).toISOString().replace('T', ' ').slice(0, 23);
const settingsOf = () => modelSettings.parse({});

describe('the queue of late windows', () => {
  it('gives no more than the room of a tick, the newest first, each once, and all models their part', () => {
    const queue = openLateQueue(4);
    for (const from of [1, 2, 3, 4, 5, 5, 6]) queue.add('a', from);
    for (const from of [7, 8, 9]) queue.add('b', from);
    expect(queue.waiting()).toBe(9);
    queue.begin();
    expect([queue.take('a'), queue.take('b')]).toEqual([
      [6, 5],
      [9, 8],
    ]);
    expect(queue.take('a')).toEqual([]);
    const left: number[] = [];
    for (let tick = 0; tick < 4; tick++) {
      queue.begin();
      left.push(...queue.take('b'), ...queue.take('a'));
    }
    expect(left.sort((one, other) => one - other)).toEqual([1, 2, 3, 4, 7]);
    expect(queue.waiting()).toBe(0);
  });
});

describe('records that come long after their window closed', () => {
  let opened: Awaited<ReturnType<typeof temporaryStore>>;
  beforeAll(async () => {
    opened = await temporaryStore();
  });
  afterAll(async () => {
    await opened.remove();
  });
  const insert = (model: string, id: string, at: number, receivedAt: number): Promise<void> =>
    opened.store.writer.insert('predictions', [
      { model, version: 'v1', prediction_id: id, timestamp: sql(at), received_at: sql(receivedAt), segment: 1 },
    ]);
  const open = (seenUntil?: number) =>
    openLateWindows({ engine: opened.store.watcher, settingsOf, back: 48, seenUntil: seenUntil ?? undefined });
  async function taken(windows: LateWindows, model: string, now: number): Promise<number[]> {
    await windows.look(now, () => undefined);
    return windows.take(model).map(({ window }) => (NOW - 5 * MINUTE - window.from) / HOUR);
  }

  it('have the windows judged again that they touched, however old, and no others between', async () => {
    for (const [id, ago] of [
      ['old', 80 * DAY],
      ['newer', 4 * DAY],
      ['new', HOUR],
    ] as const)
      await insert('late', id, NOW - ago, NOW);
    const windows = open(NOW - MINUTE);
    windows.touch('late', { from: NOW - 80 * DAY, to: NOW }, NOW);
    expect(await taken(windows, 'late', NOW)).toEqual([4 * 24, 80 * 24]);
    expect(windows.waiting()).toBe(0);
    // The same records are not looked at again, new ones in the same hour are.
    windows.touch('late', { from: NOW - 80 * DAY, to: NOW }, NOW);
    expect(await taken(windows, 'late', NOW + 2 * MINUTE)).toEqual([]);
    await insert('late', 'more', NOW - 4 * DAY, NOW + 3 * MINUTE);
    windows.touch('late', { from: NOW - 4 * DAY, to: NOW - 4 * DAY + 1 }, NOW + 3 * MINUTE);
    expect(await taken(windows, 'late', NOW + 4 * MINUTE)).toEqual([4 * 24]);
  });

  it('wait for their turn, are told as waiting, and wait again after a restart', async () => {
    const hours = 60;
    for (let hour = 0; hour < hours; hour++) await insert('flood', `f${hour}`, NOW - 20 * DAY - hour * HOUR, NOW);
    const windows = open(NOW - MINUTE);
    windows.touch('flood', { from: NOW - 30 * DAY, to: NOW }, NOW);
    expect(await taken(windows, 'flood', NOW)).toHaveLength(16);
    expect(windows.waiting()).toBe(hours - 16);
    const again = open(NOW + MINUTE);
    again.touch('flood', { from: 0, to: NOW + 2 * MINUTE }, NOW + 2 * MINUTE);
    let judged = 0;
    for (let tick = 0; tick < 5; tick++) judged += (await taken(again, 'flood', NOW + (2 + tick) * MINUTE)).length;
    expect([judged, again.waiting()]).toEqual([hours, 0]);
  });

  it('are not looked for in a store where nothing was ever judged', async () => {
    await insert('fresh', 'x', NOW - 30 * DAY, NOW - 10 * DAY);
    const windows = open();
    windows.touch('fresh', { from: 0, to: NOW }, NOW);
    expect(await taken(windows, 'fresh', NOW)).toEqual([]);
  });

  it('are judged and kept, and nobody is told', async () => {
    const { store } = opened;
    const at = NOW - 20 * DAY;
    const minutes = [at, NOW - 3 * HOUR].map((moment) => ({
      model: 'told',
      version: 'v1',
      slice: 'all',
      kind: 'score',
      name: '',
      bucket: sql(moment).slice(0, 19),
      count: 500,
      missing: 0,
      numbers: { [binCode(0.5)]: 500 },
    }));
    await store.writer.insert('prediction_minutes', minutes);
    const findings = openFindings(store.writer, store.reader);
    const book = await openModelSettings(
      { directory: 'models', defaults: modelSettings.parse({}), by_name: {} },
      store.documents<ModelRecord>('models'),
    );
    const heard: Finding[] = [];
    const clock = { now: () => NOW };
    const observe = async (found: readonly Finding[]): Promise<void> => void heard.push(...found);
    // Something was judged before: what came since is late.
    const earlier = await openTestWatch({ store, book, findings, observe, clock: { now: () => NOW - MINUTE } });
    earlier.touch(new Map([['told', { from: NOW - 3 * HOUR, to: NOW - 2 * HOUR }]]));
    await earlier.tick();
    heard.length = 0;
    await insert('told', 'late one', at, NOW);
    const watch = await openTestWatch({ store, book, findings, observe, clock });
    watch.touch(new Map([['told', { from: at, to: NOW }]]));
    await watch.tick();
    const kept = await findings.list({ model: 'told', window: { from: at, to: at + 1 }, limit: 10 });
    expect(kept.length).toBeGreaterThan(0);
    expect(kept.every(({ final }) => final)).toBe(true);
    expect(heard.length).toBeGreaterThan(0);
    expect(heard.filter(({ window }) => window.from < NOW - 10 * DAY)).toEqual([]);
    expect(watch.waiting()).toBe(0);
  });

  it('and labels that come after maturity have their windows of accuracy judged again, a few a tick', async () => {
    const windows = openAccuracyWindows({
      engine: opened.store.watcher,
      settingsOf: () => modelSettings.parse({ label_maturity: '1d', accuracy_window: '1h' }),
      back: 48,
      seenUntil: NOW,
    });
    await windows.look(NOW);
    windows.take('labelled', NOW);
    for (let day = 5; day < 11; day++) windows.touch('labelled', NOW - day * DAY);
    const late = (now: number) => windows.take('labelled', now).filter((due) => due.late === true);
    expect(late(NOW)).toHaveLength(4);
    expect(windows.waiting()).toBe(2);
    await windows.look(NOW + MINUTE);
    expect(late(NOW + MINUTE).map(({ final }) => final)).toEqual([true, true]);
  });
});
