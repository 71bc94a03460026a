import { pino } from 'pino';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultConfig } from '../../../daemon/config/config.ts';
import { openRollouts, type Rollouts } from '../../../daemon/rollout/rollouts.ts';
import { readClassLiveEvidence, readClassShadowEvidence } from '../../../daemon/store/class-evidence.ts';
import type { EvidenceQuery } from '../../../daemon/store/evidence-parts.ts';
import type { Check, ModelVersion } from '../../../detectors/terms.ts';
import { outcomesOf, type Outcomes } from '../../../shadow/gate/evidence.ts';
import { temporaryStore } from '../../support/temporary.ts';
import { insertAnswers, insertLabels, insertScores } from './rollout-traffic.ts';

const DAY = 86_400_000;
const OPENED = Date.UTC(2026, 2, 10, 12);
const MADE = OPENED - 60 * DAY;

const FRAUD = { fraud: 0.5, genuine: 0.25, dispute: 0.25 };
const DISPUTE = { fraud: 0.25, genuine: 0.25, dispute: 0.5 };
const GENUINE = { fraud: 0, genuine: 1, dispute: 0 };

const query = (model: string, changes: Partial<EvidenceQuery> = {}): EvidenceQuery => ({
  model,
  control: 'v1',
  candidate: 'v2',
  controlThreshold: 0.5,
  candidateThreshold: 0.5,
  positiveLabel: '1',
  unlabelled: 'unknown',
  maturityMs: 30 * DAY,
  slices: ['all', 'region=EU'],
  openedAt: OPENED,
  largestWeight: 1,
  asOf: OPENED + 1000,
  ...changes,
});

const meanOf = (outcomes: Outcomes): number =>
  outcomes.reduce((sum, [harm, count]) => sum + harm * count, 0) / outcomes.reduce((sum, [, count]) => sum + count, 0);

describe('evidence of models that tell classes apart', () => {
  let opened: Awaited<ReturnType<typeof temporaryStore>>;
  beforeAll(async () => {
    opened = await temporaryStore();
  });
  afterAll(() => opened.remove());

  /** The control says fraud of all; the candidate dispute of one in four, and fraud of the others. */
  const shadowed = async (model: string, count: number, ofCandidate = DISPUTE): Promise<void> => {
    const ids = Array.from({ length: count }, (_, n) => `${model}-${n}`);
    await insertAnswers(
      opened.store,
      ids.map((id, n) => ({
        id,
        at: MADE + n,
        model,
        version: 'v1',
        score: null,
        scores: FRAUD,
        tags: { region: n % 2 === 0 ? 'EU' : 'US' },
      })),
    );
    await insertScores(
      opened.store,
      ids.map((id, n) => ({
        replay: `of ${model}`,
        model,
        version: 'v2',
        id,
        at: MADE + n,
        score: 0.5,
        scores: n % 4 === 0 ? ofCandidate : FRAUD,
        latencyMs: 1,
      })),
    );
    await insertScores(
      opened.store,
      ids.map((id, n) => ({ replay: `of ${model}`, model, version: 'v1', id, at: MADE + n, score: 0.5, latencyMs: 1 })),
    );
  };

  it('is what changes from class to class, distances, wrong classes and losses, in shadow', async () => {
    await shadowed('tiers', 400);
    await insertLabels(
      opened.store,
      Array.from({ length: 200 }, (_, n) => ({
        id: `tiers-${n}`,
        at: MADE + DAY,
        label: n < 100 ? 'fraud' : 'dispute',
      })),
    );
    const [all, eu] = await readClassShadowEvidence(opened.store.reader, query('tiers'));
    expect(all).toMatchObject({ slice: 'all', events: 400 });
    expect(all?.classes?.changes.toSorted(([, a], [, b]) => a.localeCompare(b))).toEqual([
      ['fraud', 'dispute', 100],
      ['fraud', 'fraud', 300],
    ]);
    expect(all?.outcomes.flips).toEqual([
      [0, 300],
      [1, 100],
    ]);
    expect(outcomesOf(all!, 'class_rate', 'dispute')).toEqual([
      [0, 300],
      [1, 100],
    ]);
    expect(outcomesOf(all!, 'class_rate', 'fraud')).toEqual([
      [-1, 100],
      [0, 300],
    ]);
    expect(outcomesOf(all!, 'class_rate', 'genuine')).toEqual([[0, 400]]);
    // Half of |0.5 - 0.25| twice, of one in four.
    expect(outcomesOf(all!, 'class_shift', undefined)).toEqual([
      [0, 300],
      [0.25, 100],
    ]);
    // Of 100 frauds 25 are called disputes; of 100 disputes 25 are.
    expect(all?.classes?.wrong).toEqual([
      [-1, 25],
      [0, 150],
      [1, 25],
    ]);
    // Brier's score of the class with 0.5 is (0.375 - 1 + 1) / 2, of one with 0.25 (0.375 - 0.5 + 1) / 2: a quarter apart.
    expect(all?.outcomes.loss).toEqual([
      [-0.25, 25],
      [0, 150],
      [0.25, 25],
    ]);
    expect(all?.latency.candidate.reduce((sum, [, count]) => sum + count, 0)).toBe(400);
    expect(eu).toMatchObject({
      slice: 'region=EU',
      events: 200,
      outcomes: {
        flips: [
          [0, 100],
          [1, 100],
        ],
      },
    });
    // What is one-sided has no outcome.
    expect(all?.outcomes.decline_rate).toEqual([]);
  });

  it('leaves out what has no scores of both, counts errors, and labels only once predictions are mature', async () => {
    await insertAnswers(opened.store, [
      { id: 'g0', at: MADE, model: 'gaps', version: 'v1', score: null, scores: GENUINE },
      { id: 'g1', at: MADE, model: 'gaps', version: 'v1', score: null, scores: {} },
      { id: 'g2', at: OPENED - DAY, model: 'gaps', version: 'v1', score: null, scores: GENUINE },
    ]);
    await insertScores(opened.store, [
      { replay: 'g', model: 'gaps', version: 'v2', id: 'g0', at: MADE, score: null },
      { replay: 'g', model: 'gaps', version: 'v2', id: 'g1', at: MADE, score: 0.5, scores: FRAUD },
      { replay: 'g', model: 'gaps', version: 'v2', id: 'g2', at: OPENED - DAY, score: 0.5, scores: FRAUD },
    ]);
    await insertLabels(
      opened.store,
      ['g0', 'g1', 'g2'].map((id) => ({ id, at: OPENED, label: 'fraud' })),
    );
    const [found] = await readClassShadowEvidence(opened.store.reader, query('gaps', { slices: ['all'] }));
    expect(found?.outcomes.errors).toEqual([
      [-1, 1],
      [0, 1],
      [1, 1],
    ]);
    expect(found?.classes).toMatchObject({ changes: [['genuine', 'fraud', 1]], wrong: [], distances: [[0.75, 1]] });
    const later = query('gaps', { slices: ['all'], asOf: OPENED + 40 * DAY });
    const [mature] = await readClassShadowEvidence(opened.store.reader, later);
    expect(mature?.classes?.wrong).toEqual([[-1, 1]]);
    expect(mature?.outcomes.loss).toEqual([[expect.closeTo((0.375 - 1 + 1) / 2 - 1, 2), 1]]);
    expect(await readClassShadowEvidence(opened.store.reader, query('nothing'))).toEqual([]);
    expect(await readClassLiveEvidence(opened.store.reader, query('nothing'))).toEqual([]);
  });

  it('live pairs answers of the same time, and mature labels whatever they say', async () => {
    const live = (['control', 'candidate'] as const).flatMap((role) =>
      Array.from({ length: 100 }, (_, n) => ({
        id: `${role} ${n}`,
        at: OPENED + n,
        model: 'live',
        role,
        version: role === 'control' ? 'v1' : 'v2',
        score: null,
        // One that has no scores decides by what it says.
        ...(n === 0 ? { decision: 'genuine' } : { scores: role === 'candidate' && n < 50 ? GENUINE : FRAUD }),
        latencyMs: 2,
      })),
    );
    await insertAnswers(opened.store, live);
    await insertLabels(
      opened.store,
      live.map(({ id }) => ({ id, at: OPENED + DAY, label: 'fraud' })),
    );
    const asked = query('live', { slices: ['all'], asOf: OPENED + 40 * DAY });
    const [found] = await readClassLiveEvidence(opened.store.reader, asked);
    expect(found?.events).toBe(100);
    expect(meanOf(outcomesOf(found!, 'class_rate', 'genuine'))).toBeCloseTo(0.49, 12);
    expect(meanOf(outcomesOf(found!, 'class_rate', 'fraud'))).toBeCloseTo(-0.49, 12);
    expect(found?.outcomes.flips).toEqual([]);
    expect(found?.classes?.distances).toEqual([]);
    expect(meanOf(found?.classes?.wrong ?? [])).toBeCloseTo(0.49, 12);
    // Without scores there is no loss: 99 of each arm have one, and 49 of the candidate's lose (1 + 1 - 0) / 2 in place of 0.1875.
    expect(found?.outcomes.loss.reduce((sum, [, count]) => sum + count, 0)).toBe(99);
    expect(meanOf(found?.outcomes.loss ?? [])).toBeCloseTo((49 * (1 - 0.1875)) / 99, 2);
  });

  describe('in a rollout', () => {
    let rollouts: Rollouts;
    beforeAll(() => {
      rollouts = openRollouts({
        store: opened.store,
        settings: defaultConfig().rollouts,
        folder: join(opened.directory, 'rollbacks'),
        modelSettings: () => ({ ...defaultConfig().models.defaults, kind: 'multiclass' }),
        hasVersion: () => Promise.resolve(true),
        openQualityFailures: () => Promise.resolve([]),
        clock: { now: () => OPENED + 1000 },
        log: pino({ level: 'silent' }),
      });
    });
    const open = (model: string, guardrails: { name: string; class?: string; margin?: number }[]) =>
      rollouts.open({ model, control: 'v1', candidate: 'v2', guardrails });

    it('rolls back a candidate that moves a class, and says which, and can be judged again', async () => {
      await shadowed('moved', 2000);
      const { id } = await open('moved', [
        { name: 'class_rate', class: 'genuine' },
        { name: 'class_rate', class: 'dispute' },
        { name: 'flips' },
        { name: 'class_shift' },
      ]);
      const decision = await rollouts.verdict(id);
      expect(decision.verdict).toBe('rollback');
      const check = (name: string, ofClass?: string): Check | undefined =>
        decision.checks.find((one) => one.name === name && one.class === ofClass);
      expect(check('class_rate', 'genuine')).toMatchObject({ state: 'safe', harm: 0, events: 2000 });
      expect(check('class_rate', 'dispute')).toMatchObject({ state: 'harmful', harm: 0.25, margin: 0.02 });
      expect(check('class_rate', 'dispute')?.reason).toContain(
        'the share of predictions decided as dispute changed, one way or the other, by +25 points',
      );
      expect(check('flips')).toMatchObject({ state: 'harmful', harm: 0.25 });
      expect(check('class_shift')).toMatchObject({ state: 'safe', harm: 0.0625 });
      expect(await rollouts.recompute(id, decision.id)).toMatchObject({ equal: true });
    });

    it('promotes one that decides alike, by default with labels, and holds without them', async () => {
      await shadowed('alike', 4000, FRAUD);
      const { id, guardrails } = await rollouts.open({ model: 'alike', control: 'v1', candidate: 'v2' });
      expect(guardrails.map(({ name }) => name)).toEqual([
        'errors',
        'latency_p95',
        'latency_p99',
        'wrong_class',
        'data_quality',
      ]);
      const held = await rollouts.verdict(id);
      expect([held.verdict, held.reasons.length]).toEqual(['hold', 1]);
      expect(held.reasons[0]).toContain('the share of predictions whose class is not the label cannot be judged');
      await insertLabels(
        opened.store,
        Array.from({ length: 2000 }, (_, n) => ({ id: `alike-${n}`, at: MADE + DAY, label: 'fraud' })),
      );
      const later = await rollouts.open({ model: 'alike', control: 'v1', candidate: 'v2' });
      expect((await rollouts.verdict(later.id)).verdict).toBe('promote');
    });

    it('refuses what makes no sense, naming the class or the kind', async () => {
      const refusal = (guardrails: { name: string; class?: string }[]): Promise<string> =>
        open('named', guardrails).then(
          () => 'accepted',
          (error: Error) => error.message,
        );
      expect(await refusal([{ name: 'class_rate' }])).toBe(
        '"class_rate" has no class; name the class whose share must not change',
      );
      expect(await refusal([{ name: 'class_rate', class: 'anything' }])).toBe('accepted');
      await opened.store.documents<ModelVersion>('versions').put({
        id: 'named/v2',
        model: 'named',
        version: 'v2',
        state: 'registered',
        classes: ['genuine', 'fraud'],
      } as unknown as ModelVersion);
      expect(await refusal([{ name: 'class_rate', class: 'fruad' }])).toBe(
        'class of "class_rate" is "fruad", which no version of the two tells apart; name one of fraud, genuine',
      );
      expect(await refusal([{ name: 'flips', class: 'fraud' }])).toBe(
        '"flips" is about all classes; leave class out, or ask for class_rate',
      );
      const twice = { name: 'class_rate', class: 'fraud' };
      expect(await refusal([twice, twice])).toContain('given twice');
      expect(await refusal([{ name: 'decline_rate' }])).toBe(
        'guardrail "decline_rate" needs a binary model; this one is of kind multiclass',
      );
    });
  });
});
