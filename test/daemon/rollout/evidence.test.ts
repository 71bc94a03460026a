import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { latencyCode } from '../../../shadow/gate/latency-bins.ts';
import { readLiveEvidence, readShadowEvidence } from '../../../daemon/store/evidence.ts';
import type { EvidenceQuery } from '../../../daemon/store/evidence-parts.ts';
import { readLargestWeight, readSlices } from '../../../daemon/store/rollout-facts.ts';
import { temporaryStore } from '../../support/temporary.ts';
import { insertAnswers, insertLabels, insertScores } from './rollout-traffic.ts';

const DAY = 86_400_000;
const OPENED = Date.UTC(2026, 2, 10, 12);
const MADE = OPENED - 60 * DAY;

const query = (model: string, changes: Partial<EvidenceQuery> = {}): EvidenceQuery => ({
  model,
  control: 'v1',
  candidate: 'v2',
  controlThreshold: 0.5,
  candidateThreshold: 0.6,
  positiveLabel: '1',
  unlabelled: 'unknown',
  maturityMs: 30 * DAY,
  slices: ['all'],
  openedAt: OPENED,
  largestWeight: 1,
  asOf: OPENED + 1000,
  ...changes,
});

describe('evidence out of the store', () => {
  let opened: Awaited<ReturnType<typeof temporaryStore>>;
  beforeAll(async () => {
    opened = await temporaryStore();
  });
  afterAll(async () => {
    await opened.remove();
  });

  it('is empty without any rows', async () => {
    expect(await readShadowEvidence(opened.store.reader, query('nothing'))).toEqual([]);
    expect(await readLiveEvidence(opened.store.reader, query('nothing'))).toEqual([]);
  });

  it('weighs labels by one over propensity in shadow, and thins them by it live', async () => {
    const model = 'weighed';
    const rows = Array.from({ length: 400 }, (_, n) => ({ id: `w${n}`, propensity: n % 4 === 0 ? 0.25 : 1 }));
    // The candidate misses the frauds that are seldom seen, and no others.
    await insertAnswers(
      opened.store,
      rows.map(({ id, propensity }) => ({ id, at: MADE, model, version: 'v1', score: 0.9, propensity })),
    );
    await insertScores(
      opened.store,
      rows.map(({ id, propensity }) => ({
        replay: 'w',
        model,
        version: 'v2',
        id,
        at: MADE,
        score: propensity < 1 ? 0.1 : 0.9,
      })),
    );
    await insertLabels(
      opened.store,
      rows.map(({ id }) => ({ id, at: MADE + DAY, label: '1' })),
    );
    expect(await readLargestWeight(opened.store.reader, model, OPENED)).toBe(4);
    expect(await readLargestWeight(opened.store.reader, 'nothing', OPENED)).toBe(1);
    const asked = query(model, { largestWeight: 4 });
    const [shadow] = await readShadowEvidence(opened.store.reader, asked);
    expect(shadow?.outcomes.missed_fraud).toEqual([
      [0, 300],
      [1, 100, 4],
    ]);
    // Score differences of -0.8 in a quarter of the pairs, in steps of 1/256 rounded at random.
    const shift = shadow?.outcomes.score_shift ?? [];
    const mean = shift.reduce((sum, [harm, count]) => sum + harm * count, 0) / 400;
    expect(mean).toBeCloseTo(-0.2, 2);
    // Live: of weight 1 a quarter is taken, of weight 4 all.
    const live = (['control', 'candidate'] as const).flatMap((role) =>
      rows.map(({ id, propensity }) => ({
        id: `${role} ${id}`,
        at: OPENED + 1,
        model,
        role,
        version: role === 'control' ? 'v1' : 'v2',
        score: role === 'candidate' && propensity < 1 ? 0.1 : 0.9,
        propensity,
      })),
    );
    await insertAnswers(opened.store, live);
    await insertLabels(
      opened.store,
      live.map(({ id }) => ({ id, at: OPENED + 2, label: '1' })),
    );
    const [found] = await readLiveEvidence(opened.store.reader, { ...asked, asOf: OPENED + DAY });
    const outcomes = found?.outcomes.missed_fraud ?? [];
    const taken = outcomes.reduce((sum, [, count]) => sum + count, 0);
    expect(taken).toBeGreaterThan(140);
    expect(taken).toBeLessThan(210);
    // 100 of weight 4 and 300 of weight 1: 57 % of the traffic's frauds are missed.
    expect(outcomes.reduce((sum, [harm, count]) => sum + harm * count, 0) / taken).toBeCloseTo(4 / 7, 0.7);
  });

  it('counts live answers with fewer features than the control usually has', async () => {
    const model = 'lacking';
    await insertAnswers(
      opened.store,
      (['control', 'candidate'] as const).flatMap((role) =>
        Array.from({ length: 50 }, (_, n) => ({
          id: `${role} ${n}`,
          at: OPENED + n,
          model,
          role,
          version: role === 'control' ? 'v1' : 'v2',
          score: 0.1,
          // One of the control has a feature more, five of the candidate one less.
          numbers: { amount: 1, ...(role === 'candidate' && n < 5 ? {} : { age: 2 }), ...(n === 7 ? { odd: 3 } : {}) },
        })),
      ),
    );
    const [all] = await readLiveEvidence(opened.store.reader, query(model));
    expect(all?.outcomes.data_quality).toEqual([
      [0, 45],
      [1, 5],
    ]);
  });

  it('counts pairs of the same prediction, with each version at its own threshold, repeats once', async () => {
    const model = 'paired';
    const control = [0.4, 0.7, 0.55, 0.2, null, 0.1, 0.9];
    const candidate = [0.65, 0.3, 0.58, 0.1, 0.2, null, 0.95];
    const at = (n: number): number => MADE + n;
    const answers = control.map((score, n) => ({ id: `p${n}`, at: at(n), model, version: 'v1', score }));
    await insertAnswers(opened.store, answers);
    await insertAnswers(opened.store, answers);
    await insertAnswers(opened.store, [{ id: 'other', at: MADE, model, version: 'v0', score: 0.5 }]);
    const scores = candidate.map((score, n) => ({ replay: 'r1', model, version: 'v2', id: `p${n}`, at: at(n), score }));
    await insertScores(opened.store, [
      ...scores,
      { replay: 'r1', model, version: 'v2', id: 'other', at: MADE, score: 0.9 },
      { replay: 'r1', model, version: 'v2', id: 'never recorded', at: MADE, score: 0.9 },
      { replay: 'r1', model, version: 'v1', id: 'p0', at: at(0), score: 0.4 },
    ]);
    await insertScores(
      opened.store,
      scores.map((score) => ({ ...score, replay: 'r2' })),
    );
    const [all] = await readShadowEvidence(opened.store.reader, query(model));
    expect(all?.events).toBe(7);
    // p4 failed for the control alone, p5 for the candidate alone.
    expect(all?.outcomes.errors).toEqual([
      [-1, 1],
      [0, 5],
      [1, 1],
    ]);
    // p0 turns to decline; p1 and p2 (0.55 against 0.5, 0.58 against 0.6) to approve; p3 and p6 stay.
    expect(all?.outcomes.decline_rate).toEqual([
      [-1, 2],
      [0, 2],
      [1, 1],
    ]);
    expect(all?.outcomes.flips).toEqual([
      [0, 2],
      [1, 3],
    ]);
    expect(all?.outcomes.missed_fraud).toEqual([]);
  });

  it('counts known fraud at once, genuine payments when mature, and the latest label only', async () => {
    const model = 'labelled';
    const rows = [
      // control, candidate, labels, age in days
      { id: 'l0', control: 0.9, candidate: 0.1, labels: ['1'], age: 1 },
      { id: 'l1', control: 0.1, candidate: 0.9, labels: ['0', '1'], age: 40 },
      { id: 'l2', control: 0.9, candidate: 0.9, labels: ['1'], age: 40 },
      { id: 'l3', control: 0.1, candidate: 0.9, labels: ['0'], age: 40 },
      { id: 'l4', control: 0.1, candidate: 0.9, labels: ['0'], age: 1 },
      { id: 'l5', control: 0.9, candidate: 0.1, labels: [], age: 40 },
      { id: 'l6', control: 0.9, candidate: 0.1, labels: ['1', '0'], age: 40 },
      { id: 'l7', control: 0.1, candidate: 0.9, labels: [], age: 40 },
    ].map((row) => ({ ...row, at: OPENED - row.age * DAY }));
    await insertAnswers(
      opened.store,
      rows.map(({ id, at, control }) => ({ id, at, model, version: 'v1', score: control })),
    );
    await insertScores(
      opened.store,
      rows.map(({ id, at, candidate }) => ({ replay: 'l', model, version: 'v2', id, at, score: candidate })),
    );
    // The newest label arrives first.
    const labels = rows.flatMap(({ id, at, labels: all }) => all.map((label, n) => ({ id, at: at + n + 1, label })));
    await insertLabels(opened.store, labels.reverse());
    // Of two with the same time the greater text counts, whichever came first.
    const at = OPENED - 39 * DAY;
    await insertLabels(opened.store, [
      { id: 'l7', at, label: '1', receivedAt: at },
      { id: 'l7', at, label: '0', receivedAt: at + 1000 },
    ]);
    const [all] = await readShadowEvidence(opened.store.reader, query(model));
    // l0 missed by the candidate alone, l1 and l7 by the control alone, l2 by nobody.
    expect(all?.outcomes.missed_fraud).toEqual([
      [-1, 2],
      [0, 1],
      [1, 1],
    ]);
    // l3 declined by the candidate alone, l6 by the control alone; l4 is too young, l5 has no label.
    expect(all?.outcomes.false_declines).toEqual([
      [-1, 1],
      [1, 1],
    ]);
    const [silent] = await readShadowEvidence(opened.store.reader, query(model, { unlabelled: 'negative' }));
    expect(silent?.outcomes.false_declines).toEqual([
      [-1, 2],
      [1, 1],
    ]);
    // Brier differences of l1, l2, l3, l6, l7: -0.8, 0, +0.8, -0.8, -0.8; rounded to a 256th.
    const loss = all?.outcomes.loss ?? [];
    expect(loss.reduce((sum, [, count]) => sum + count, 0)).toBe(5);
    expect(loss.reduce((sum, [value, count]) => sum + value * count, 0)).toBeCloseTo(-1.6, 1);
  });

  it('cuts by the named slices, and bins latency of replays that timed both', async () => {
    const model = 'sliced';
    const rows = ['EU', 'EU', 'US', "x' OR 1=1 --"].map((region, n) => ({ id: `s${n}`, at: MADE + n, region }));
    await insertAnswers(
      opened.store,
      rows.map(({ id, at, region }) => ({ id, at, model, version: 'v1', score: 0.1, tags: { region, tier: 'gold' } })),
    );
    await insertScores(
      opened.store,
      rows.flatMap(({ id, at }, n) => [
        { replay: 'both', model, version: 'v2', id, at, score: 0.9, latencyMs: 2 + n },
        { replay: 'both', model, version: 'v1', id, at, score: 0.1, latencyMs: n === 0 ? null : 1 },
        { replay: 'alone', model, version: 'v2', id, at, score: 0.9, latencyMs: 500 },
      ]),
    );
    const slices = ['all', 'region=EU', "region=x' OR 1=1 --", 'region=nowhere'];
    const found = await readShadowEvidence(opened.store.reader, query(model, { slices }));
    expect(found.map(({ slice, events }) => [slice, events])).toEqual([
      ['all', 4],
      ['region=EU', 2],
      ["region=x' OR 1=1 --", 1],
    ]);
    expect(found[0]?.latency.control).toEqual([[latencyCode(1), 3]]);
    expect(found[0]?.latency.candidate).toEqual([2, 3, 4, 5].map((ms) => [latencyCode(ms), 1]));
    expect(found[1]?.latency.candidate).toEqual([2, 3].map((ms) => [latencyCode(ms), 1]));
    const recent = { model, control: 'v1', rule: 'region', asOf: MADE + DAY };
    expect(await readSlices(opened.store.reader, recent, 10)).toEqual([
      'region=EU',
      'region=US',
      "region=x' OR 1=1 --",
    ]);
    expect(await readSlices(opened.store.reader, { ...recent, asOf: OPENED }, 10)).toEqual([]);
  });

  it('cuts by categories, of which a tag of the same name is the first, and by numbers', async () => {
    const model = 'by features';
    const features = [
      { tags: { device: 'new' }, categories: { device: 'old' }, numbers: { amount: 100 } },
      { categories: { device: 'old' }, numbers: { amount: 99.5 } },
      { categories: { device: 'old>2' }, numbers: {} },
      { categories: {}, numbers: { amount: 1e9 } },
    ];
    const rows = features.map((each, n) => ({ id: `f${n}`, at: MADE + n, each }));
    const slices = ['all', 'device=new', 'device=old', 'device=old>2', 'amount>=100', 'amount<100'];
    const counted = [
      ['all', 4],
      ['amount<100', 1],
      ['amount>=100', 2],
      ['device=new', 1],
      ['device=old', 1],
      ['device=old>2', 1],
    ];
    await insertAnswers(
      opened.store,
      rows.map(({ id, at, each }) => ({ id, at, model, version: 'v1', score: 0.1, ...each })),
    );
    await insertScores(
      opened.store,
      rows.map(({ id, at }) => ({ replay: 'f', model, version: 'v2', id, at, score: 0.1 })),
    );
    const shadow = await readShadowEvidence(opened.store.reader, query(model, { slices }));
    expect(shadow.map(({ slice, events }) => [slice, events])).toEqual(counted);
    const recent = { model, control: 'v1', rule: 'device', asOf: MADE + DAY };
    expect(await readSlices(opened.store.reader, recent, 10)).toEqual(['device=new', 'device=old', 'device=old>2']);
    await insertAnswers(
      opened.store,
      (['control', 'candidate'] as const).flatMap((role) =>
        rows.map(({ id, each }, n) => ({
          id: `${role} ${id}`,
          at: OPENED + n,
          model,
          role,
          version: role === 'control' ? 'v1' : 'v2',
          score: 0.1,
          ...each,
        })),
      ),
    );
    const live = await readLiveEvidence(opened.store.reader, query(model, { slices }));
    expect(live.map(({ slice, events }) => [slice, events])).toEqual(counted);
  });

  it('matches live answers of the two arms within the same ten minutes', async () => {
    const model = 'live';
    const arm = (role: 'control' | 'candidate', minutes: readonly number[], score: number | null, decision = '') =>
      minutes.map((minute, n) => ({
        id: `${role}${minute}-${n}`,
        at: OPENED + minute * 60_000 + n,
        model,
        version: role === 'control' ? 'v1' : 'v2',
        role,
        score,
        decision,
        latencyMs: role === 'control' ? 10 : 20,
      }));
    const candidate = arm('candidate', [1, 2, 3, 61, 75], 0.9);
    const control = arm('control', [1, 2, 3, 4, 5, 31, 62], 0.9, 'approve');
    const before = arm('control', [-5], null).concat(arm('candidate', [-5], null));
    await insertAnswers(opened.store, [...candidate, ...control, ...before]);
    await insertAnswers(opened.store, [...candidate, ...control]);
    // The candidate as control of an earlier rollout, and the control as candidate, say nothing here.
    await insertAnswers(opened.store, [
      { id: 'x', at: OPENED + 1, model, version: 'v2', role: 'control', score: null },
      { id: 'y', at: OPENED + 1, model, version: 'v1', role: 'candidate', score: null },
    ]);
    const [all] = await readLiveEvidence(opened.store.reader, query(model));
    expect(all?.events).toBe(4);
    expect(all?.outcomes.decline_rate).toEqual([[1, 4]]);
    expect(all?.outcomes.errors).toEqual([[0, 4]]);
    expect(all?.outcomes.flips).toEqual([]);
    expect(all?.latency).toEqual({ control: [[latencyCode(10), 4]], candidate: [[latencyCode(20), 4]] });
  });

  it('matches live labels within a day, fraud with fraud', async () => {
    const model = 'live labels';
    const rows = [
      { id: 'c1', role: 'control' as const, score: 0.9, label: '1', day: 0 },
      { id: 'c2', role: 'control' as const, score: 0.1, label: '0', day: 0 },
      { id: 'c3', role: 'control' as const, score: 0.9, label: '1', day: 3 },
      { id: 'n1', role: 'candidate' as const, score: 0.1, label: '1', day: 0 },
      { id: 'n2', role: 'candidate' as const, score: 0.9, label: '0', day: 0 },
      { id: 'n3', role: 'candidate' as const, score: 0.9, label: '1', day: 5 },
    ].map((row) => ({ ...row, at: OPENED + row.day * DAY }));
    await insertAnswers(
      opened.store,
      rows.map((row) => ({ ...row, model, version: row.role === 'control' ? 'v1' : 'v2' })),
    );
    await insertLabels(
      opened.store,
      rows.map(({ id, at, label }) => ({ id, at: at + 1, label })),
    );
    const [all] = await readLiveEvidence(opened.store.reader, query(model, { asOf: OPENED + 90 * DAY }));
    expect(all?.outcomes.missed_fraud).toEqual([[1, 1]]);
    expect(all?.outcomes.false_declines).toEqual([[1, 1]]);
  });

  it('keeps a couple of live labels as it was once counted, in whatever order labels and maturity come', async () => {
    const model = 'settled';
    const HOUR = 3_600_000;
    const midnight = Date.UTC(2026, 2, 11);
    // In the order of the labels c2 would come first, and take the place of c1.
    const rows = [
      { id: 's c1', role: 'control' as const, score: 0.1, hour: 1, labelled: 29 },
      { id: 's n1', role: 'candidate' as const, score: 0.9, hour: 1, labelled: 29 },
      { id: 's c2', role: 'control' as const, score: 0.9, hour: 20, labelled: 1 },
      { id: 's n2', role: 'candidate' as const, score: 0.1, hour: 20, labelled: 29.5 },
    ].map((row) => ({ ...row, at: midnight + row.hour * HOUR }));
    await insertAnswers(
      opened.store,
      rows.map((row) => ({ ...row, model, version: row.role === 'control' ? 'v1' : 'v2' })),
    );
    await insertLabels(
      opened.store,
      rows.map(({ id, labelled }) => ({ id, at: midnight + labelled * DAY, label: '0' })),
    );
    const falseDeclines = async (asOf: number) =>
      (await readLiveEvidence(opened.store.reader, query(model, { asOf })))[0]?.outcomes.false_declines;
    expect(await falseDeclines(midnight + 30 * DAY + 2 * HOUR)).toEqual([[1, 1]]);
    expect(await falseDeclines(midnight + 31 * DAY)).toEqual([
      [-1, 1],
      [1, 1],
    ]);
  });
});
