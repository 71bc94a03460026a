import { afterAll, beforeAll, expect, it } from 'vitest';
import { modelSettings } from '../../../daemon/models/model-schema.ts';
import { openModelSettings } from '../../../daemon/models/model-settings.ts';
import type { Watch } from '../../../daemon/watch/watch.ts';
import type { Finding, ModelRecord, Window } from '../../../detectors/terms.ts';
import { normal, randomFrom } from '../../detectors/samples.ts';
import { temporaryStore } from '../../support/temporary.ts';
import { openTestWatch } from '../../support/open-watch.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const START = Date.UTC(2026, 10, 2);
/** The first day is the reference; of the fourth most labels are still to come. */
const REFERENCE = { from: START, to: START + DAY };
const MATURED = { from: START + DAY, to: START + 2 * DAY };
const YOUNG = { from: START + 3 * DAY, to: START + 4 * DAY };
const NOW = YOUNG.to + HOUR;
const AHEAD = ['early_roc_auc', 'estimated_roc_auc', 'label_flow', 'label_delay', 'label_sources'];

const random = randomFrom(11);
const sql = (time: number): string => new Date(time).toISOString().slice(0, 23).replace('T', ' ');

/** 3,000 predictions of a day, in two regions, whose labels come within two days; those that have not come by now are unknown. */
function day(model: string, from: number, spread: number): { predictions: object[]; labels: object[] } {
  const rows = Array.from({ length: 3000 }, (_, at) => {
    const time = from + (at * DAY) / 3000;
    const score = model === 'price' ? 100 + 20 * normal(random) : 1 / (1 + Math.exp(-spread * normal(random)));
    // Prices of old houses are hard to tell; of the youngest day most are old.
    const isOld = random() < (from === YOUNG.from ? 0.8 : 0.2);
    const truth = model === 'price' ? String(score + (isOld ? 10 : 2) * normal(random)) : random() < score ? '1' : '0';
    const common = { received_at: sql(time), segment: 1 };
    const tags = { region: at % 2 === 0 ? 'EU' : 'US' };
    return {
      prediction: {
        ...common,
        model,
        version: 'v1',
        role: 'control',
        prediction_id: `${model}-${time}`,
        timestamp: sql(time),
        score,
        tags,
        numbers_given: { rooms: 1 + Math.floor(5 * random()) },
        categories: { built: isOld ? 'old' : 'new' },
      },
      label: {
        ...common,
        prediction_id: `${model}-${time}`,
        label: truth,
        timestamp: sql(time + 2 * DAY * random()),
        source: 'bank',
      },
    };
  });
  return { predictions: rows.map((row) => row.prediction), labels: rows.map((row) => row.label) };
}

let opened: Awaited<ReturnType<typeof temporaryStore>>;
let watch: Watch;
const observed: Finding[] = [];

beforeAll(async () => {
  opened = await temporaryStore();
  for (const model of ['fraud', 'price']) {
    for (const from of [0, 1, 2, 3].map((n) => START + n * DAY)) {
      const { predictions, labels } = day(model, from, from === YOUNG.from ? 0.5 : 2);
      await opened.store.writer.insert('predictions', predictions);
      const known = labels.filter((label) => (label as { timestamp: string }).timestamp <= sql(NOW));
      await opened.store.writer.insert('labels', known);
      const buckets = Array.from({ length: 24 }, (_, hour) => ({
        model,
        version: 'v1',
        slice: 'all',
        bucket: sql(from + hour * HOUR).slice(0, 19),
        kind: 'score',
        name: '',
        count: 125,
        missing: 0,
        numbers: {},
        categories: {},
      }));
      await opened.store.writer.insert('prediction_minutes', buckets);
    }
  }
  const usual = { window: '1d', reference: '1d', accuracy_window: '1d', label_maturity: '2d', slices: ['region'] };
  const defaults = modelSettings.parse(usual);
  const price = modelSettings.parse({ ...usual, kind: 'regression' });
  const documents = opened.store.documents<ModelRecord>('models');
  const book = await openModelSettings({ directory: 'models', defaults, by_name: { price } }, documents);
  watch = await openTestWatch({
    store: opened.store,
    book,
    clock: { now: () => NOW },
    observe: async (found) => void observed.push(...found),
  });
  await watch.tick();
}, 180_000);
afterAll(async () => {
  await opened.remove();
});

const evaluate = async (model: string, window: Window, more: object = {}): Promise<readonly Finding[]> =>
  (await watch.evaluate({ model, reference: REFERENCE, window, step: '1d', ...more }))[0]!.findings;

/** What is said, and of what. */
const said = (findings: readonly Finding[], detectors: readonly string[]): readonly unknown[] =>
  findings
    .filter(({ detector }) => detectors.includes(detector))
    .map(({ detector, version, slice, state, statistic, limit, reason, count }) => {
      return { detector, version, slice, state, statistic, limit, reason, count };
    });

it('says of predictions that wait for their labels what the watch says', async () => {
  const found = await evaluate('fraud', YOUNG);
  const watched = observed.filter(({ model, window }) => model === 'fraud' && window.from === YOUNG.from);
  const expected = said(watched, AHEAD) as { detector: string; slice: string; state: string }[];
  expect(new Set(expected.map(({ detector }) => detector))).toEqual(new Set(AHEAD));
  expect(expected).toContainEqual(expect.objectContaining({ detector: 'estimated_roc_auc', state: 'fail' }));
  expect(expected).toContainEqual(expect.objectContaining({ detector: 'early_roc_auc', slice: 'region=EU' }));
  expect(said(found, AHEAD)).toEqual(expected);
});

it('says of a regression what the watch says', async () => {
  const watched = observed.filter(({ model, window }) => model === 'price' && window.from === YOUNG.from);
  const expected = said(watched, ['estimated_mae', 'label_flow']);
  expect(expected.length).toBeGreaterThan(3);
  expect(said(await evaluate('price', YOUNG), ['estimated_mae', 'label_flow'])).toEqual(expected);
});

it('foretells the error of a regression from features, of all its traffic', async () => {
  const found = await evaluate('price', YOUNG, { detectors: ['estimated_mae'], slices: [] });
  // Four fifths err by 10, a fifth by 2, times the mean of |z|.
  const expected = (0.8 * 10 + 0.2 * 2) * Math.sqrt(2 / Math.PI);
  expect(found.map(({ slice, state }) => [slice, state])).toEqual([['all', 'fail']]);
  expect(Math.abs(found[0]!.statistic! / expected - 1)).toBeLessThan(0.1);
  expect(Number(found[0]!.details?.['by_score'])).toBeLessThan(expected / 2);
});

it('makes no estimate of a window whose labels are all mature, unless one is asked for by name', async () => {
  const forecasts = ['early_roc_auc', 'estimated_roc_auc'];
  expect(said(await evaluate('fraud', MATURED), forecasts)).toEqual([]);
  const named = await evaluate('fraud', MATURED, { detectors: ['estimated_roc_auc'], slices: [] });
  expect(named.map(({ detector, slice, state }) => [detector, slice, state])).toEqual([
    ['estimated_roc_auc', 'all', 'pass'],
  ]);
});

it('says what is missing where an estimate is asked for and the reference has no mature labels', async () => {
  const named = await evaluate('fraud', YOUNG, { detectors: ['estimated_roc_auc'], reference: YOUNG, slices: [] });
  expect(named.map(({ state, reason }) => [state, reason])).toEqual([
    ['insufficient', expect.stringMatching(/^the reference holds no/)],
  ]);
});

it('knows of no labels but those of the age that is asked for', async () => {
  const found = await evaluate('fraud', YOUNG, { labelAgeMs: DAY });
  expect(said(found, AHEAD)).toEqual([]);
  expect(said(found, ['roc_auc'])).not.toEqual([]);
});
