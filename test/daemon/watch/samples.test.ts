import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { modelSettings } from '../../../daemon/models/model-schema.ts';
import { openModelSettings } from '../../../daemon/models/model-settings.ts';
import { openFindings, type Findings } from '../../../daemon/store/findings.ts';
import { readEmbeddingSamples, readRowSample } from '../../../daemon/store/samples.ts';
import { recompute } from '../../../daemon/watch/judge.ts';
import type { Watch } from '../../../daemon/watch/watch.ts';
import { matrixOf } from '../../../detectors/maths/matrix.ts';
import type { ModelRecord, Window } from '../../../detectors/terms.ts';
import { normal, randomFrom } from '../../detectors/samples.ts';
import { temporaryStore } from '../../support/temporary.ts';
import { openTestWatch } from '../../support/open-watch.ts';

const HOUR = 3_600_000;
const START = Date.UTC(2026, 10, 2);
const MODEL = 'fraud';
const REFERENCE = { from: START, to: START + HOUR };
const WINDOW = { from: START + HOUR, to: START + 2 * HOUR };
/** Like the reference. */
const CALM = { from: START + 2 * HOUR, to: START + 3 * HOUR };

const random = randomFrom(7);
const sql = (time: number): string => new Date(time).toISOString().slice(0, 23).replace('T', ' ');

/** Amount and balance go together with this sign, and each by itself is a standard normal. */
function prediction(at: number, time: number, sign: number): Record<string, unknown> {
  const [amount, noise] = [normal(random), normal(random)];
  return {
    model: MODEL,
    version: 'v1',
    role: 'control',
    prediction_id: `${time}-${at}`,
    timestamp: sql(time + at * 1000),
    numbers_given: { amount, balance: sign * (0.9 * amount + 0.43 * noise), ...(at % 2 === 0 && { age: 1e300 }) },
    categories: { country: at % 4 === 0 ? 'DE' : 'FR' },
    embeddings: { text: [1, normal(random), sign * 2] },
    score: 0.5,
    tags: {},
    received_at: sql(time + at * 1000),
    segment: 1,
  };
}

describe('samples of rows', () => {
  let opened: Awaited<ReturnType<typeof temporaryStore>>;
  let findings: Findings;
  let watch: Watch;

  beforeAll(async () => {
    opened = await temporaryStore();
    const all = Array.from({ length: 1200 }, (_, at) => [
      prediction(at, REFERENCE.from, 1),
      prediction(at, WINDOW.from, -1),
      prediction(at, CALM.from, 1),
    ]).flat();
    await opened.store.writer.insert('predictions', all);
    // The same prediction a second time, as a retry would bring it.
    await opened.store.writer.insert('predictions', all.slice(0, 200));
    const minutes = [REFERENCE, WINDOW, CALM].map(({ from }) => ({
      model: MODEL,
      version: 'v1',
      slice: 'all',
      bucket: sql(from).slice(0, 19),
      kind: 'score',
      name: '',
      count: 1200,
      missing: 0,
      numbers: {},
      categories: {},
    }));
    await opened.store.writer.insert('prediction_minutes', minutes);
    const defaults = modelSettings.parse({ window: '1h', reference: '1h', detectors: { reconstruction: true } });
    const documents = opened.store.documents<ModelRecord>('models');
    const book = await openModelSettings({ directory: 'models', defaults, by_name: {} }, documents);
    findings = openFindings(opened.store.writer, opened.store.reader);
    watch = await openTestWatch({ store: opened.store, book, findings, clock: { now: () => CALM.to + 31_000 } });
  });
  afterAll(async () => {
    await opened.remove();
  });

  it('are bounded, the same each time, each prediction once, missing and huge numbers included', async () => {
    const sample = await readRowSample(opened.store.reader, MODEL, [REFERENCE]);
    expect(sample.columns).toEqual(['age', 'amount', 'balance', 'country=DE', 'country=FR']);
    expect(sample.rows).toBeGreaterThan(800);
    expect(sample.rows).toBeLessThanOrEqual(1000);
    expect(await readRowSample(opened.store.reader, MODEL, [REFERENCE])).toEqual(sample);
    const values = [...(matrixOf(sample)?.values ?? [])];
    const column = (name: string) => values.filter((_, at) => at % 5 === sample.columns.indexOf(name));
    expect(new Set(column('amount')).size).toBe(sample.rows);
    expect(values.some((value) => Math.abs(value) === Infinity)).toBe(false);
    const missing = column('age').filter(Number.isNaN).length / sample.rows;
    expect(Math.abs(missing - 0.5)).toBeLessThan(0.07);
    expect(column('country=DE').every((value, at) => value + (column('country=FR')[at] ?? 0) === 1)).toBe(true);
    expect(await readRowSample(opened.store.reader, `' OR 1=1`, [REFERENCE])).toMatchObject({ rows: 0, columns: [] });
    const [text] = await readEmbeddingSamples(opened.store.reader, MODEL, [WINDOW]);
    expect(text).toMatchObject({ name: 'text', sample: { columns: ['0', '1', '2'] } });
    expect(matrixOf(text!.sample)?.values.subarray(3, 6)).toMatchObject({ 0: 1, 2: -2 });
  });

  it('show an evaluation that two features no longer go together, which none shows by itself', async () => {
    const asked = ['domain_classifier', 'embedding_mmd', 'embedding_cosine'];
    const evaluate = async (window: Window) =>
      (await watch.evaluate({ model: MODEL, reference: REFERENCE, window, step: '1h', detectors: asked }))[0];
    const answer = await evaluate(WINDOW);
    const states = answer?.findings.map(({ detector, subject, state }) => [detector, subject, state]);
    expect(states?.sort()).toEqual([
      ['domain_classifier', '', 'fail'],
      ['embedding_cosine', 'text', 'fail'],
      ['embedding_mmd', 'text', 'fail'],
    ]);
    const found = answer?.findings.find(({ detector }) => detector === 'domain_classifier');
    expect(found?.reason).toMatch(/^(amount|balance) tells them apart most/);
    const calm = await evaluate(CALM);
    expect(calm?.findings.map(({ state }) => state)).toEqual(['pass', 'pass', 'pass']);
  });

  it('are judged in a window by the detector that is switched on, and by no other, and can be recomputed', async () => {
    await watch.tick();
    const stored = await findings.list({ model: MODEL, limit: 1000 });
    const ofRows = stored.filter(({ detector }) => /domain|reconstruction|embedding/.test(detector));
    expect(new Set(ofRows.map(({ detector }) => detector))).toEqual(new Set(['reconstruction']));
    expect(ofRows.find(({ window }) => window.from === CALM.from)).toMatchObject({ state: 'pass', final: true });
    const found = ofRows.find(({ window }) => window.from === WINDOW.from);
    expect(found).toMatchObject({ state: 'fail', subject: '', slice: 'all' });
    expect(recompute((await findings.inputs(found!.id))!)).toEqual(found);
  });
});
