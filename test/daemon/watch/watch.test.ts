import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { modelSettings, type ModelSettings } from '../../../daemon/config/config.ts';
import { openModelSettings, type ModelSettingsBook } from '../../../daemon/models/model-settings.ts';
import { openReferences, type References } from '../../../daemon/models/references.ts';
import { openFindings, type Findings, type JudgedFinding } from '../../../daemon/store/findings.ts';
import { recompute } from '../../../daemon/watch/judge.ts';
import type { Watch } from '../../../daemon/watch/watch.ts';
import { binCode } from '../../../detectors/maths/log-bins.ts';
import type { Finding, ModelRecord, Window } from '../../../detectors/terms.ts';
import { temporaryStore } from '../../support/temporary.ts';
import { openTestWatch } from '../../support/open-watch.ts';

const HOUR = 3_600_000;
const NOON = Date.UTC(2026, 10, 20, 12);
const MODEL = 'fraud';

/** Deterministic numbers in (0, 1). */
function random(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 16_807) % 2_147_483_647) / 2_147_483_647;
}

describe('the watch', () => {
  let opened: Awaited<ReturnType<typeof temporaryStore>>;
  let book: ModelSettingsBook;
  let references: References;
  let findings: Findings;
  let now = NOON;
  let observed: Finding[] = [];
  let follows = true;
  const settings: ModelSettings = modelSettings.parse({
    window: '1h',
    reference: '6h',
    slices: ['region'],
    accuracy_window: '1h',
    label_maturity: '1h',
  });

  const openAgain = (stored: Findings = findings, falsePages = 1): Promise<Watch> =>
    openTestWatch({
      store: opened.store,
      book,
      findings: stored,
      settings: { false_alarm_budget: falsePages },
      references,
      clock: { now: () => now },
      observe: async (found) => void observed.push(...found),
      follows: () => follows,
    });

  /** One hour of rollups: amounts around `median`, in two regions and all. */
  async function addHour(hour: number, median: number, seed: number, count = 2000): Promise<void> {
    const next = random(seed);
    const row = (slice: string, share: number) => {
      const numbers: Record<string, number> = {};
      for (let n = 0; n < count * share; n++) {
        const code = binCode(median * Math.exp(next() + next() + next() - 1.5));
        numbers[code] = (numbers[code] ?? 0) + 1;
      }
      const common = {
        model: MODEL,
        version: 'v1',
        slice,
        bucket: new Date(hour).toISOString().slice(0, 19).replace('T', ' '),
        count: count * share,
        missing: 0,
      };
      return [
        { ...common, kind: 'feature', name: 'amount', numbers, categories: {} },
        {
          ...common,
          kind: 'feature',
          name: 'country',
          numbers: {},
          categories: { DE: (count * share) / 2, FR: (count * share) / 2 },
        },
        { ...common, kind: 'score', name: '', numbers: { [binCode(0.25)]: count * share }, categories: {} },
      ];
    };
    await opened.store.writer.insert('prediction_minutes', [
      ...row('all', 1),
      ...row('region=EU', 0.5),
      ...row('region=US', 0.5),
    ]);
  }

  const touched = (window: Window): ReadonlyMap<string, Window> => new Map([[MODEL, window]]);

  beforeAll(async () => {
    opened = await temporaryStore();
    book = await openModelSettings(
      { directory: 'models', defaults: settings, by_name: {} },
      opened.store.documents<ModelRecord>('models'),
    );
    references = openReferences(opened.store.watcher, book, opened.store.documents('references'));
    findings = openFindings(opened.store.writer, opened.store.reader);
    for (let hour = 0; hour < 6; hour++) await addHour(NOON - (8 - hour) * HOUR, 40, hour + 1);
  });
  afterAll(async () => {
    await opened.remove();
  });

  it('says insufficient, not pass, while there is no reference', async () => {
    const early = openReferences(opened.store.watcher, book, opened.store.documents('references'));
    expect(await early.of('nobody', now)).toBeUndefined();
    expect(await early.of(MODEL, NOON - 4 * HOUR)).toBeUndefined();
  });

  it('takes the first full windows as the reference and keeps it', async () => {
    const taken = await references.of(MODEL, now);
    expect(taken).toMatchObject({
      uploaded: false,
      version: null,
      window: { from: NOON - 8 * HOUR, to: NOON - 2 * HOUR },
      pinned: false,
    });
    await addHour(NOON - 20 * HOUR, 40, 99);
    const again = await openModelSettings(
      { directory: 'models', defaults: settings, by_name: {} },
      opened.store.documents<ModelRecord>('models'),
    );
    expect(
      await openReferences(opened.store.watcher, again, opened.store.documents('references')).of(MODEL, now),
    ).toEqual(taken);
  });

  it('passes a window like the reference and fails one that moved, slice by slice', async () => {
    const watch = await openAgain();
    await addHour(NOON - 2 * HOUR, 40, 7);
    await addHour(NOON - HOUR, 4000, 8);
    watch.touch(touched({ from: NOON - 2 * HOUR, to: NOON }));
    now = NOON + 31_000;
    await watch.tick();
    const psi = (await findings.list({ model: MODEL, detector: 'psi', subject: 'amount', limit: 100 })).filter(
      (finding) => finding.final,
    );
    const states = psi.map((finding) => [finding.window.from, finding.slice, finding.state]);
    expect(states).toEqual(
      expect.arrayContaining([
        [NOON - HOUR, 'all', 'fail'],
        [NOON - HOUR, 'region=EU', 'fail'],
        [NOON - 2 * HOUR, 'all', 'pass'],
      ]),
    );
    expect(psi.filter((finding) => finding.window.from >= NOON - 2 * HOUR)).toHaveLength(6);
  });

  it('tells of the broken data, and not of the drift that it explains', async () => {
    const of = (detector: string) => (finding: Finding) =>
      finding.detector === detector && finding.subject === 'amount' && finding.slice === 'all';
    const cause = observed.findLast(of('out_of_range_share'))!;
    expect(cause.state).toBe('fail');
    expect(observed.filter(of('psi')).filter(({ state }) => state === 'fail')).toEqual([]);
    const [drift] = await findings.list({ model: MODEL, detector: 'psi', subject: 'amount', slice: 'all', limit: 1 });
    expect(drift).toMatchObject({ state: 'fail', inhibitedBy: cause.id });
  });

  it('stores what each finding can be recomputed from, to the last bit', async () => {
    const stored = await findings.list({ model: MODEL, limit: 1000 });
    expect(stored.length).toBeGreaterThan(20);
    for (const finding of stored) {
      const inputs = await findings.inputs(finding.id);
      expect(recompute(inputs!)).toEqual(finding);
    }
    expect(await findings.inputs('unknown')).toBeUndefined();
  });

  it('holds a model to its part of what all models together may cause', async () => {
    const chanceOf = async (together: number): Promise<number | undefined> => {
      const watch = await openAgain(findings, together);
      watch.touch(touched({ from: NOON - 2 * HOUR, to: NOON - HOUR }));
      await watch.tick();
      const found = await findings.list({ model: MODEL, detector: 'psi', limit: 1000 });
      const finding = found.find(({ window }) => window.from === NOON - 2 * HOUR);
      expect(watch.allowedPages(MODEL)).toBe(Math.min(settings.false_alarm_budget, together));
      return (await findings.inputs(finding!.id))?.ruling?.chance;
    };
    const whole = await chanceOf(1);
    expect(await chanceOf(0.02)).toBeCloseTo(whole! / 5, 12);
    expect(await chanceOf(1)).toBe(whole);
  });

  it('judges the open window before it ends, and again when it grows', async () => {
    const watch = await openAgain();
    observed = [];
    await addHour(NOON, 4000, 11, 1000);
    now = NOON + 10 * 60_000;
    watch.touch(touched({ from: NOON, to: NOON + 1 }));
    await watch.tick();
    const open = observed.filter(
      (finding) => finding.detector === 'out_of_range_share' && finding.subject === 'amount' && finding.slice === 'all',
    );
    expect(open.map((finding) => [finding.final, finding.count, finding.state])).toEqual([[false, 1000, 'fail']]);
  });

  it('judges again a closed window that late records touch, in place of the earlier finding', async () => {
    const watch = await openAgain();
    await addHour(NOON - 2 * HOUR, 4000, 12, 20_000);
    now = NOON + 20 * 60_000;
    watch.touch(touched({ from: NOON - 2 * HOUR, to: NOON - 2 * HOUR + 1 }));
    await watch.tick();
    const again = (
      await findings.list({ model: MODEL, detector: 'psi', subject: 'amount', slice: 'all', limit: 100 })
    ).filter((finding) => finding.window.from === NOON - 2 * HOUR);
    expect(again.map((finding) => [finding.count, finding.state])).toEqual([[22_000, 'fail']]);
  });

  it('reports a feature that vanished as missing, not as fine', async () => {
    const watch = await openAgain();
    observed = [];
    const bucket = new Date(NOON + HOUR).toISOString().slice(0, 19).replace('T', ' ');
    const common = { model: MODEL, version: 'v1', slice: 'all', bucket, count: 2000, missing: 0, categories: {} };
    await opened.store.writer.insert('prediction_minutes', [
      { ...common, kind: 'score', name: '', numbers: { [binCode(0.25)]: 2000 } },
      { ...common, kind: 'feature', name: 'country', numbers: {}, categories: { DE: 1000, FR: 1000 } },
    ]);
    now = NOON + HOUR + 60_000;
    watch.touch(touched({ from: NOON + HOUR, to: NOON + HOUR + 1 }));
    await watch.tick();
    const missing = observed.findLast(
      (finding) => finding.detector === 'missing_share' && finding.subject === 'amount' && finding.slice === 'all',
    );
    expect(missing).toMatchObject({ state: 'fail', statistic: 1 });
  });

  it('goes on after a restart with the windows that were not judged for good', async () => {
    now = NOON + 4 * HOUR;
    const watch = await openAgain();
    await watch.tick();
    const last = await findings.list({
      model: MODEL,
      detector: 'missing_share',
      subject: 'amount',
      slice: 'all',
      limit: 1,
    });
    expect(last[0]).toMatchObject({ final: true, window: { from: NOON + HOUR, to: NOON + 2 * HOUR } });
  });

  it('judges a closed window at the next tick when the store was away', async () => {
    let away = true;
    const unsteady: Findings = {
      ...findings,
      put: async (judged) => {
        if (away) throw new Error('the store is away');
        await findings.put(judged);
      },
    };
    const watch = await openAgain(unsteady);
    await addHour(NOON + 2 * HOUR, 40, 21);
    watch.touch(touched({ from: NOON + 2 * HOUR, to: NOON + 2 * HOUR + 1 }));
    const stored = async (): Promise<number> =>
      (await findings.list({ model: MODEL, slice: 'all', limit: 1000 })).filter(
        (finding) => finding.window.from === NOON + 2 * HOUR && finding.detector === 'psi',
      ).length;
    await watch.tick();
    expect(await stored()).toBe(0);
    away = false;
    await watch.tick();
    expect(await stored()).toBe(2);
  });

  it('gives the same findings twice when asked to evaluate, and stores none', async () => {
    const watch = await openAgain();
    const before = (await findings.list({ limit: 100_000 })).length;
    const request = {
      model: MODEL,
      reference: { from: NOON - 8 * HOUR, to: NOON - 2 * HOUR },
      window: { from: NOON - 3 * HOUR, to: NOON },
      step: '1h',
      detectors: ['psi', 'ks'],
      slices: ['region=EU'],
    } as const;
    const first = await watch.evaluate(request);
    expect(await watch.evaluate(request)).toEqual(first);
    expect(first.map((answer) => [answer.window.from, answer.count > 0])).toEqual([
      [NOON - 3 * HOUR, true],
      [NOON - 2 * HOUR, true],
      [NOON - HOUR, true],
    ]);
    expect(new Set(first.flatMap((answer) => answer.findings.map((finding) => finding.slice)))).toEqual(
      new Set(['all', 'region=EU']),
    );
    expect((await findings.list({ limit: 100_000 })).length).toBe(before);
  });

  it('judges matured labels against the reference, version by version', async () => {
    const predictions = [];
    const labels = [];
    const next = random(5);
    const sql = (time: number): string => new Date(time).toISOString().slice(0, 23).replace('T', ' ');
    for (const [from, useful] of [
      [NOON - 8 * HOUR, true],
      [NOON + 4 * HOUR, false],
    ] as const) {
      for (let n = 0; n < 3000; n++) {
        const fraud = n % 10 === 0;
        const id = `${from}-${n}`;
        const time = from + n * 1000;
        predictions.push({
          model: MODEL,
          version: 'v1',
          role: 'control',
          prediction_id: id,
          timestamp: sql(time),
          score: useful && fraud ? 0.5 + next() / 2 : next() * 0.8,
          tags: {},
          received_at: sql(time),
          segment: 1,
        });
        labels.push({
          prediction_id: id,
          label: fraud ? '1' : '0',
          // Half of them become known two hours later.
          timestamp: sql(time + (n % 4 < 2 ? 0 : 2 * HOUR)),
          source: 'chargeback',
          received_at: sql(time),
          segment: 1,
        });
      }
    }
    await opened.store.writer.insert('predictions', predictions);
    await opened.store.writer.insert('labels', labels);
    const watch = await openAgain();
    observed = [];
    now = NOON + 6 * HOUR - 1;
    await watch.tick();
    const auc = observed.findLast((finding) => finding.detector === 'roc_auc' && finding.slice === 'all');
    expect(auc).toMatchObject({ state: 'fail', window: { from: NOON + 4 * HOUR } });
    expect(auc!.statistic).toBeLessThan(0.6);
    const labelsKnown = async (labelAgeMs?: number): Promise<unknown> => {
      const [judged] = await watch.evaluate({
        model: MODEL,
        reference: { from: NOON - 8 * HOUR, to: NOON - 7 * HOUR },
        window: { from: NOON + 4 * HOUR, to: NOON + 5 * HOUR },
        step: '1h',
        detectors: ['roc_auc'],
        ...(labelAgeMs !== undefined && { labelAgeMs }),
      });
      return judged?.findings.find(({ slice }) => slice === 'all')?.count;
    };
    expect(await labelsKnown()).toBe(3000);
    expect(await labelsKnown(HOUR)).toBe(1500);
  });

  it('judges an earlier window of accuracy again when its labels come late, and only once', async () => {
    const watch = await openAgain();
    await watch.tick();
    observed = [];
    const late = NOON + 7 * HOUR;
    const sql = (time: number): string => new Date(time).toISOString().slice(0, 23).replace('T', ' ');
    // What was called fraud in the window of the reference's first hour turns out to be none: the latest label counts.
    await opened.store.writer.insert(
      'labels',
      Array.from({ length: 300 }, (_, n) => ({
        prediction_id: `${NOON + 4 * HOUR}-${n * 10}`,
        label: n % 3 === 0 ? '1' : '0',
        timestamp: sql(late),
        source: 'revised',
        received_at: sql(late - 10_000),
        segment: 2,
      })),
    );
    now = late + 60_000;
    watch.touch(new Map(), 300);
    await watch.tick();
    const again = observed.filter(
      ({ detector, slice, window }) => detector === 'roc_auc' && slice === 'all' && window.from === NOON + 4 * HOUR,
    );
    expect(again.map(({ final, details }) => [final, details?.['positives']])).toEqual([[true, 100]]);
    observed = [];
    now += 120_000;
    watch.touch(new Map(), 1);
    await watch.tick();
    expect(observed.filter(({ window }) => window.from === NOON + 4 * HOUR)).toEqual([]);
  });

  it('stores what passes as before once, and tells of it where the model is followed or anything failed', async () => {
    let stored: readonly JudgedFinding[] = [];
    const watch = await openAgain({
      ...findings,
      put: async (all) => {
        stored = all.filter(({ finding }) => !finding.final);
        await findings.put(all);
      },
    });
    const quiet = NOON + 30 * HOUR;
    const look = async (minute: number): Promise<{ heard: Finding[]; written: readonly JudgedFinding[] }> => {
      observed = [];
      now = quiet + minute * 60_000;
      watch.touch(touched({ from: quiet, to: quiet + 1 }));
      await watch.tick();
      return { heard: observed.filter(({ window }) => window.from === quiet), written: stored };
    };
    follows = false;
    await addHour(quiet, 40, 13, 1000);
    const first = await look(10);
    expect(first.heard.length).toBeGreaterThan(20);
    expect(first.written).toHaveLength(first.heard.length);
    expect(first.heard.filter(({ state }) => state === 'fail')).toEqual([]);
    expect(await look(11)).toEqual({ heard: [], written: [] });
    follows = true;
    const followed = await look(12);
    expect(followed.heard.map(({ id }) => id)).toEqual(first.heard.map(({ id }) => id));
    expect(followed.written).toEqual([]);
    follows = false;
    await addHour(quiet, 4000, 14, 1000);
    const moved = await look(13);
    expect(moved.written.length).toBeGreaterThan(0);
    expect(moved.written.filter(({ finding }) => finding.state !== 'fail')).toEqual([]);
    expect(moved.heard.filter(({ state }) => state !== 'fail').length).toBeGreaterThan(10);
    follows = true;
  });
});
