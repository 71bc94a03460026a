import { afterAll, beforeAll, expect, it } from 'vitest';
import { modelSettings } from '../../../daemon/models/model-schema.ts';
import { openModelSettings } from '../../../daemon/models/model-settings.ts';
import { openFindings, type Findings } from '../../../daemon/store/findings.ts';
import { recompute } from '../../../daemon/watch/judge.ts';
import { withPromises } from '../../../daemon/watch/promises.ts';
import type { Watch } from '../../../daemon/watch/watch.ts';
import type { Finding, ModelRecord, Outcomes } from '../../../detectors/terms.ts';
import { normal, randomFrom } from '../../detectors/samples.ts';
import { temporaryStore } from '../../support/temporary.ts';
import { openTestWatch } from '../../support/open-watch.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const START = Date.UTC(2026, 10, 2);
/** The first day is the reference; of the fourth accuracy is promised, and judged two days later. */
const REFERENCE = { from: START, to: START + DAY };
const JUDGED = { from: START + 3 * DAY, to: START + 4 * DAY };

const random = randomFrom(12);
const sql = (time: number): string => new Date(time).toISOString().slice(0, 23).replace('T', ' ');

let opened: Awaited<ReturnType<typeof temporaryStore>>;
let findings: Findings;
let watch: Watch;
let now = START;
/** What was promised of the day that is judged, by model, when half of it was over and when all of it was. */
const promises = new Map<string, Finding>();

/** An answer and what it turns out to be, of each kind of model. */
const ANSWERS: Readonly<
  Record<string, () => { readonly label: string; readonly score?: number; readonly scores?: object }>
> = {
  fraud: () => {
    const score = 1 / (1 + Math.exp(-2 * normal(random)));
    return { score, label: random() < score ? '1' : '0' };
  },
  price: () => {
    const score = 100 + 20 * normal(random);
    return { score, label: String(score + 5 * normal(random)) };
  },
  tier: () => {
    const gold = 0.8 * random();
    return {
      scores: { gold, iron: 0.8 - gold, tin: 0.2 },
      label: random() < 0.2 ? 'tin' : random() * 0.8 < gold ? 'gold' : 'iron',
    };
  },
};

/** 3,000 predictions of a day and what they turned out to be. */
async function addDay(model: string, from: number): Promise<void> {
  const rows = Array.from({ length: 3000 }, (_, at) => {
    const time = from + (at * DAY) / 3000;
    const { label, ...answer } = ANSWERS[model]!();
    const common = { received_at: sql(time), segment: 1, prediction_id: `${model}-${time}`, timestamp: sql(time) };
    return {
      prediction: { ...common, model, version: 'v1', role: 'control', ...answer, tags: {} },
      label: { ...common, label, source: 'bank' },
    };
  });
  await opened.store.writer.insert(
    'predictions',
    rows.map(({ prediction }) => prediction),
  );
  await opened.store.writer.insert(
    'labels',
    rows.map(({ label }) => label),
  );
  const minutes = { version: 'v1', slice: 'all', kind: 'score', name: '', missing: 0, numbers: {}, categories: {} };
  const buckets = Array.from({ length: 24 }, (_, hour) => ({
    ...minutes,
    model,
    bucket: sql(from + hour * HOUR).slice(0, 19),
    count: 125,
  }));
  await opened.store.writer.insert('prediction_minutes', buckets);
}

async function tickAt(time: number): Promise<void> {
  now = time;
  await watch.tick();
}

const stored = async (model: string, detector: string): Promise<Finding> => {
  const [found] = await findings.list({ model, detector, window: JUDGED, limit: 1 });
  return found!;
};

beforeAll(async () => {
  opened = await temporaryStore();
  for (const model of Object.keys(ANSWERS)) for (const day of [0, 1, 2, 3]) await addDay(model, START + day * DAY);
  const usual = { window: '1d', reference: '1d', accuracy_window: '1d', label_maturity: '2d' };
  const price = modelSettings.parse({ ...usual, kind: 'regression' });
  const tier = modelSettings.parse({ ...usual, kind: 'multiclass' });
  const book = await openModelSettings(
    { directory: 'models', defaults: modelSettings.parse(usual), by_name: { price, tier } },
    opened.store.documents<ModelRecord>('models'),
  );
  findings = openFindings(opened.store.writer, opened.store.reader);
  watch = await openTestWatch({ store: opened.store, book, findings, clock: { now: () => now }, follows: () => false });
  const estimates = { fraud: 'estimated_roc_auc', price: 'estimated_mae', tier: 'estimated_accuracy' };
  for (const [stretch, time] of [
    ['half', JUDGED.from + 12 * HOUR],
    ['whole', JUDGED.to + HOUR],
  ] as const) {
    await tickAt(time);
    for (const [model, estimate] of Object.entries(estimates))
      promises.set(`${model} ${stretch}`, await stored(model, estimate));
  }
  await tickAt(JUDGED.to + 2 * DAY + HOUR);
}, 180_000);
afterAll(async () => {
  await opened.remove();
});

it.each([
  ['fraud', 'estimated_roc_auc', 'estimate_error', 'roc_auc'],
  ['price', 'estimated_mae', 'estimated_mae_error', 'mae'],
  ['tier', 'estimated_accuracy', 'estimated_accuracy_error', 'micro_accuracy'],
])('%s: what was last promised of a stretch is held against what came true', async (model, estimate, error, figure) => {
  const [half, promised] = [promises.get(`${model} half`)!, promises.get(`${model} whole`)!];
  expect(half).toMatchObject({ detector: estimate, state: 'pass', window: { to: JUDGED.from + 12 * HOUR } });
  expect(promised).toMatchObject({ detector: estimate, state: 'pass', window: JUDGED, final: false });
  const scored = await stored(model, error);
  expect(scored).toMatchObject({
    state: 'pass',
    final: true,
    window: JUDGED,
    details: {
      estimate: 'as published',
      estimated: promised.statistic,
      published_at: new Date(promised.judgedAt).toISOString(),
      published_finding: promised.id,
    },
  });
  expect(scored.reason).toMatch(/was promised and [\d.]+ came true/);
  expect(scored.details?.['realised']).toBe((await stored(model, figure)).statistic);
  expect(recompute((await findings.inputs(scored.id))!)).toEqual(scored);
});

it.each([
  ['fraud', 'early_roc_auc'],
  ['price', 'early_mae'],
  ['tier', 'early_accuracy'],
])('%s: and beside it stands what the labels that have come so far say', async (model, early) => {
  expect(await stored(model, early)).toMatchObject({ state: 'pass', window: JUDGED, count: 3000 });
});

it('an evaluation of the past works the estimate out again, and says so', async () => {
  now = JUDGED.to + 3 * DAY;
  const [judged] = await watch.evaluate({ model: 'fraud', reference: REFERENCE, window: JUDGED, step: '1d' });
  const scored = judged!.findings.find(({ detector }) => detector === 'estimate_error');
  expect(scored?.details?.['estimate']).toMatch(/^worked out/);
});

it('takes the estimate of the nearest stretch, and none of one that has less than half in common', async () => {
  const [found] = await findings.list({ model: 'fraud', detector: 'estimated_roc_auc', window: JUDGED, limit: 1 });
  const of = (from: number, to: number, statistic: number | null): Finding => ({
    ...found!,
    window: { from: JUDGED.from + from * HOUR, to: JUDGED.from + to * HOUR },
    statistic,
  });
  const summary: Outcomes = { predictions: 0, mature: 0, labelled: 0, outcomes: [] };
  const promisedBy = async (...published: Finding[]): Promise<number | undefined> => {
    const outcomes = [{ version: 'v1', slice: 'all', subject: '', summary }];
    const list = async (): Promise<Finding[]> => published;
    const beside = await withPromises({ list }, 'fraud', JUDGED, { outcomes });
    return beside.outcomes[0]!.summary.promised?.value;
  };
  expect(await promisedBy(of(0, 13, 0.7), of(0, 20, 0.8), of(-24, 1, 0.9))).toBe(0.8);
  expect(await promisedBy(of(0, 11, 0.7), of(0, 24, null))).toBeUndefined();
  expect(await promisedBy({ ...of(0, 24, 0.8), slice: 'region=EU' })).toBeUndefined();
});
