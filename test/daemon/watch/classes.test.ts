import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sayHeadline } from '../../../daemon/alerts/say-alert.ts';
import { modelSettings } from '../../../daemon/config/config.ts';
import { openModelSettings } from '../../../daemon/models/model-settings.ts';
import { openModelViews, type ModelViews } from '../../../daemon/models/model-views.ts';
import { openReferences } from '../../../daemon/models/references.ts';
import { openFindings, type Findings } from '../../../daemon/store/findings.ts';
import { readSeries } from '../../../daemon/store/series.ts';
import { readStoredSeries } from '../../../daemon/store/stored-series.ts';
import { readStored, readVersions } from '../../../daemon/store/traffic.ts';
import { recompute } from '../../../daemon/watch/judge.ts';
import type { Watch } from '../../../daemon/watch/watch.ts';
import { binCode } from '../../../detectors/maths/log-bins.ts';
import { quantile } from '../../../detectors/maths/quantile.ts';
import type { ModelRecord } from '../../../detectors/terms.ts';
import { temporaryStore } from '../../support/temporary.ts';
import { openTestWatch } from '../../support/open-watch.ts';

const HOUR = 3_600_000;
const START = Date.UTC(2026, 10, 2);
const REFERENCE = 32;
const HOURS = 70;
const MODEL = 'tiers';
const COUNT = 1000;
/** The hour from which on gold is given twice the probability. */
const SHIFTED = 64;

/** Deterministic numbers in (0, 1). */
function random(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 16_807) % 2_147_483_647) / 2_147_483_647;
}

/** Silver goes up and down by the hour, as it always has. */
const MIDDLES: Readonly<Record<string, (hour: number) => number>> = {
  gold: (hour) => (hour < SHIFTED ? 0.1 : 0.2),
  silver: (hour) => 0.3 + 0.05 * (hour % 3),
  bronze: () => 0.5,
};

describe('the scores of classes', () => {
  let opened: Awaited<ReturnType<typeof temporaryStore>>;
  let findings: Findings;
  let watch: Watch;
  let views: ModelViews;
  const settings = modelSettings.parse({
    kind: 'multiclass',
    window: '1h',
    reference: `${REFERENCE}h`,
    detectors: { cusum: true },
  });
  const now = START + HOURS * HOUR + 31_000;

  const rowsOfHour = (hour: number) => {
    const common = {
      model: MODEL,
      version: 'v1',
      slice: 'all',
      kind: 'score',
      bucket: new Date(START + hour * HOUR).toISOString().slice(0, 19).replace('T', ' '),
      count: COUNT,
      missing: 0,
      categories: {},
    };
    const classes = Object.entries(MIDDLES).map(([name, middle], at) => {
      const next = random(hour * 10 + at + 1);
      const numbers: Record<string, number> = {};
      for (let n = 0; n < COUNT; n++) {
        const code = binCode(middle(hour) * Math.exp(0.3 * (next() + next() + next() - 1.5)));
        numbers[code] = (numbers[code] ?? 0) + 1;
      }
      return { ...common, name, numbers };
    });
    return [{ ...common, name: '', missing: COUNT, numbers: {} }, ...classes];
  };

  beforeAll(async () => {
    opened = await temporaryStore();
    const rows = Array.from({ length: HOURS }, (_, hour) => rowsOfHour(hour)).flat();
    await opened.store.writer.insert('prediction_minutes', rows);
    const book = await openModelSettings(
      { directory: 'models', defaults: settings, by_name: {} },
      opened.store.documents<ModelRecord>('models'),
    );
    const references = openReferences(opened.store.watcher, book, opened.store.documents('references'));
    const clock = { now: () => now };
    views = openModelViews({ reader: opened.store.reader, book, references, clock });
    findings = openFindings(opened.store.writer, opened.store.reader);
    watch = await openTestWatch({ store: opened.store, book, findings, references, clock });
    await watch.tick();
  });
  afterAll(async () => {
    await opened.remove();
  });

  it('are judged one by one, each against its own in the reference, and nothing fails that did not change', async () => {
    const stored = await findings.list({ model: MODEL, detector: 'score_drift', limit: 1000 });
    const closed = stored.filter(({ final }) => final);
    const subjects = ['score of class bronze', 'score of class gold', 'score of class silver'];
    expect([...new Set(closed.map(({ subject }) => subject))].sort()).toEqual(subjects);
    const hours = new Set(closed.map(({ window }) => window.from)).size;
    expect(hours).toBeGreaterThanOrEqual(36);
    expect(closed).toHaveLength(3 * hours);
    const failed = closed.filter(({ state }) => state !== 'pass');
    expect(new Set(failed.map(({ subject, state }) => `${subject} ${state}`))).toEqual(
      new Set(['score of class gold fail']),
    );
    const failedHours = failed.map(({ window }) => (window.from - START) / HOUR);
    expect(new Set(failedHours)).toEqual(new Set([64, 65, 66, 67, 68, 69]));
    expect(recompute((await findings.inputs(failed[0]!.id))!)).toEqual(failed[0]);
  });

  it('are named where people look', async () => {
    const subject = 'score of class gold';
    expect(sayHeadline(subject, 'score_drift')).toBe('score of class gold drifted');
    const window = { from: now - 31_000 - HOUR, to: now - 31_000 };
    const query = { slice: 'all', kind: 'score', feature: subject, window } as const;
    const { current, expected } = await views.distribution(MODEL, query);
    const middles = [expected, current].map((histogram) => quantile(histogram!.bins, 0.5).toFixed(1));
    expect([current.count, current.missing, ...middles]).toEqual([COUNT, 0, '0.1', '0.2']);
  });

  it('are held to how each varies by itself', async () => {
    const silver = await findings.list({ model: MODEL, subject: 'score of class silver', limit: 1000 });
    const swings = silver.filter(({ details }) => details?.['limit_from'] === 'the reference');
    expect(swings.length).toBeGreaterThan(10);
  });

  it('have a series each: the mean over all of them is always the same', async () => {
    const query = { model: MODEL, services: [], stepMs: HOUR };
    const stretch = { from: START + (SHIFTED - 1) * HOUR, to: START + (SHIFTED + 1) * HOUR };
    const read = await readStoredSeries(opened.store.reader, { ...query, stretch });
    const values = read.map(({ name, series }) => [name, ...series.points.map(({ value }) => value.toFixed(1))]);
    expect(values).toEqual([
      ['mean score of class bronze', '0.5', '0.5'],
      ['mean score of class gold', '0.1', '0.2'],
      ['mean score of class silver', '0.3', '0.4'],
    ]);
    const changes = await findings.list({ model: MODEL, detector: 'cusum', state: 'fail', limit: 100 });
    expect(new Set(changes.map(({ subject }) => subject))).toEqual(new Set(['mean score of class gold']));
  });

  it('are no predictions of their own', async () => {
    const [version] = await readVersions(opened.store.reader, START);
    expect(version).toMatchObject({ predictions: HOURS * COUNT, recent: HOURS * COUNT });
    expect(await readStored(opened.store.reader)).toMatchObject({ predictions: HOURS * COUNT });
    const window = { from: START, to: START + HOUR };
    const [point] = await readSeries(opened.store.reader, MODEL, { slice: 'all', window, bucketMs: HOUR });
    expect(point).toMatchObject({ kind: 'score', count: COUNT });
    const [answer] = await watch.evaluate({
      model: MODEL,
      reference: { from: START, to: START + REFERENCE * HOUR },
      window: { from: START + 30 * HOUR, to: START + 31 * HOUR },
      step: '1h',
    });
    expect(answer?.count).toBe(COUNT);
  });
});
