import { execFile } from 'node:child_process';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pino } from 'pino';
import { parse, parseAllDocuments } from 'yaml';
import { configSchema, modelSettings } from '../../daemon/config/config.ts';
import { PACKAGE_ROOT } from '../../daemon/package-root.ts';
import { openRollouts, type Rollouts } from '../../daemon/rollout/rollouts.ts';
import type { Verdict } from '../../detectors/terms.ts';
import { DECISION, ROLLOUT } from '../daemon/api/fake-parts.ts';
import { runApi, type RunningFake } from '../daemon/api/running-api.ts';
import { insertAnswers } from '../daemon/rollout/rollout-traffic.ts';
import { temporaryDirectory, temporaryStore } from '../support/temporary.ts';

const VERDICTS: readonly Verdict[] = ['promote', 'hold', 'rollback', 'inconclusive'];

const read = (name: string): Promise<string> => readFile(join(PACKAGE_ROOT, 'examples/pipelines', name), 'utf8');

describe('the pipelines of examples/', () => {
  let api: RunningFake;
  beforeAll(async () => {
    api = await runApi();
  });
  afterAll(async () => {
    await api.close();
  });
  const say = (verdict: Verdict): void => api.parts.answer('rollouts.verdict', () => ({ ...DECISION, verdict }));
  const path = (url: string): string => {
    const { pathname, search } = new URL(url.replace('ROLLOUT', 'r1').replace('{{args.rollout}}', 'r1'));
    return pathname + search;
  };

  describe('Argo Rollouts', () => {
    interface Metric {
      readonly count?: number;
      readonly inconclusiveLimit?: number;
      readonly failureLimit?: number;
      readonly consecutiveErrorLimit?: number;
      readonly successCondition: string;
      readonly failureCondition?: string;
      readonly provider: {
        readonly web: {
          readonly method?: string;
          readonly url: string;
          readonly jsonPath: string;
          readonly body?: string;
        };
      };
    }
    type Phase = 'Successful' | 'Failed' | 'Inconclusive' | 'Error';

    const metricOf = async (template: string): Promise<Metric> => {
      const documents = parseAllDocuments(await read('argo-rollouts.yaml')).map(
        (one) => one.toJS() as { metadata: { name: string }; spec: { metrics: Metric[] } },
      );
      const metric = documents.find(({ metadata }) => metadata.name === template)?.spec.metrics[0];
      if (metric === undefined) throw new Error(`no template ${template}`);
      return metric;
    };
    /** `{$.a.b}` */
    const pick = (jsonPath: string, value: unknown): unknown =>
      /^\{\$\.(.+)\}$/
        .exec(jsonPath)?.[1]
        ?.split('.')
        .reduce<unknown>((inner, key) => (inner as Record<string, unknown>)[key], value);
    /** `result == "a" || result == "b"` */
    const holds = (condition: string | undefined, result: unknown): boolean =>
      condition?.split(' || ').some((part) => part === `result == ${JSON.stringify(result)}`) ?? false;
    /** One measurement: a status outside 2xx is an error; neither condition met is inconclusive. */
    const measure = async (metric: Metric): Promise<Phase> => {
      const { method = 'GET', url, jsonPath, body } = metric.provider.web;
      const headers = { 'content-type': 'application/json' };
      const sent = body?.replace('{{args.from}}', '0');
      const answer = await api.ask(method, path(url), sent, sent === undefined ? {} : headers);
      if (answer.status < 200 || answer.status >= 300) return 'Error';
      const result = pick(jsonPath, answer.json);
      if (holds(metric.failureCondition, result)) return 'Failed';
      return holds(metric.successCondition, result) ? 'Successful' : 'Inconclusive';
    };
    /** The status of a metric after these measurements, in the order of analysis.go: limits first, then the count. */
    const assess = (metric: Metric, phases: readonly Phase[]): Phase | 'Running' => {
      const counted = (phase: Phase): number => phases.filter((one) => one === phase).length;
      if (counted('Failed') > (metric.failureLimit ?? 0)) return 'Failed';
      if (counted('Inconclusive') > (metric.inconclusiveLimit ?? 0)) return 'Inconclusive';
      const lastErrors = phases.length - 1 - phases.findLastIndex((phase) => phase !== 'Error');
      if (lastErrors > (metric.consecutiveErrorLimit ?? 4)) return 'Error';
      return phases.length - counted('Error') >= (metric.count ?? Infinity) ? 'Successful' : 'Running';
    };

    it('pass, fail and wait as the verdict says', async () => {
      const metric = await metricOf('serin-verdict');
      const phases: Phase[] = [];
      for (const verdict of VERDICTS) {
        say(verdict);
        phases.push(await measure(metric));
      }
      expect(phases).toEqual(['Successful', 'Inconclusive', 'Failed', 'Inconclusive']);
    });

    it('pause when nothing but holds came, and never take them for a success', async () => {
      const metric = await metricOf('serin-verdict');
      const count = metric.count ?? 0;
      expect(assess(metric, Array<Phase>(count - 1).fill('Inconclusive'))).toBe('Running');
      expect(assess(metric, Array<Phase>(count).fill('Inconclusive'))).toBe('Inconclusive');
      expect(assess(metric, [...Array<Phase>(count - 1).fill('Inconclusive'), 'Successful'])).toBe('Successful');
      expect(assess(metric, ['Inconclusive', 'Failed'])).toBe('Failed');
      // With one more allowed, holds to the end would have promoted: the guard has been seen to fail.
      expect(assess({ ...metric, inconclusiveLimit: count }, Array<Phase>(count).fill('Inconclusive'))).toBe(
        'Successful',
      );
    });

    it('are in error, not promoted, while the store is away, and go on when it is back', async () => {
      const metric = await metricOf('serin-verdict');
      api.parts.answer('rollouts.verdict', () => {
        throw new Error('connection refused');
      });
      expect(await measure(metric)).toBe('Error');
      expect(assess(metric, ['Inconclusive', ...Array<Phase>(10).fill('Error')])).toBe('Running');
      expect(assess(metric, Array<Phase>(11).fill('Error'))).toBe('Error');
    });

    it('advance the stage that is over', async () => {
      const metric = await metricOf('serin-advance');
      expect(await measure(metric)).toBe('Successful');
      api.parts.answer('rollouts.advance', () => ({ ...ROLLOUT, state: 'promoted' as const }));
      expect(await measure(metric)).toBe('Successful');
      api.parts.answer('rollouts.advance', () => ({ ...ROLLOUT, state: 'rolled_back' as const }));
      expect(await measure(metric)).toBe('Inconclusive');
    });
  });

  describe('Flagger', () => {
    interface Canary {
      readonly spec: {
        readonly analysis: {
          readonly stepWeights: readonly number[];
          readonly webhooks: readonly { readonly type: string; readonly url: string }[];
        };
      };
    }
    /** The hooks in the order of advanceCanary and runCanary (pkg/controller/scheduler.go). */
    const flaggerOf = ({ spec: { analysis } }: Canary, at: RunningFake, id: string, tells = true) => {
      let weight = 0;
      const fault = { otherHook: false };
      const may = async (type: string, more: object = {}): Promise<boolean> => {
        const url = new URL(analysis.webhooks.find((hook) => hook.type === type)?.url.replace('ROLLOUT', id) ?? '');
        const body = {
          name: 'fraud-model',
          namespace: 'payments',
          phase: 'Progressing',
          checksum: '85d557f47b',
          ...more,
        };
        const { status } = await at.ask('POST', url.pathname + url.search, body);
        return status >= 200 && status <= 202;
      };
      const tell = async (eventMessage: string): Promise<void> => {
        const metadata = { eventMessage, eventType: 'Normal', timestamp: '1773144000000' };
        if (tells) expect(await may('event', { metadata })).toBe(true);
      };
      const tick = async (): Promise<number | 'promoted' | 'rolled back'> => {
        if (await may('rollback')) return 'rolled back';
        if (weight === 0) await tell('Starting canary analysis for fraud-model.payments');
        // Asked at weight 0 as well, and at the largest one before the promotion is.
        if (!(await may('confirm-traffic-increase')) || fault.otherHook) return weight;
        const next = analysis.stepWeights.find((step) => step > weight);
        if (next !== undefined) {
          weight = next;
          await tell(`Advance fraud-model.payments canary weight ${weight}`);
          return weight;
        }
        return (await may('confirm-promotion')) ? 'promoted' : weight;
      };
      return { tick, fault };
    };

    it.each(VERDICTS)('let traffic grow, promote or go back on %s', async (verdict) => {
      const { webhooks } = (parse(await read('flagger.yaml')) as Canary).spec.analysis;
      // The body as documented; 200 to 202 let it go on, a rollback hook with such an answer fails the canary.
      const body = { name: 'podinfo', namespace: 'test', phase: 'Progressing', metadata: { test: 'all' } };
      say(verdict);
      const answers = new Map<string, string>();
      for (const { type, url } of webhooks.filter((hook) => hook.type !== 'event')) {
        const { status, text } = await api.ask('POST', path(url), body);
        answers.set(
          type,
          status >= 200 && status <= 202 ? 'yes' : text.includes(`The verdict is ${verdict}`) ? 'no' : text,
        );
      }
      expect(Object.fromEntries(answers)).toEqual({
        'confirm-traffic-increase': verdict === 'promote' ? 'yes' : 'no',
        'confirm-promotion': verdict === 'promote' ? 'yes' : 'no',
        rollback: verdict === 'rollback' ? 'yes' : 'no',
      });
    });

    describe('from the first step to the promotion', () => {
      let opened: Awaited<ReturnType<typeof temporaryStore>>;
      let gate: RunningFake;
      let rollouts: Rollouts;
      let now = Date.UTC(2026, 2, 10, 12);
      let failures: string[] = [];
      beforeAll(async () => {
        opened = await temporaryStore();
        rollouts = openRollouts({
          store: opened.store,
          settings: configSchema.parse({}).rollouts,
          folder: join(opened.directory, 'rollbacks'),
          modelSettings: () => modelSettings.parse({}),
          hasVersion: () => Promise.resolve(true),
          openQualityFailures: () => Promise.resolve(failures),
          clock: { now: () => now },
          log: pino({ level: 'silent' }),
        });
        gate = await runApi({ parts: { ...api.parts, rollouts } });
      });
      afterAll(async () => {
        await gate.close();
        await opened.remove();
      });

      const begin = async (model: string, tells = true) => {
        const canary = parse(await read('flagger.yaml')) as Canary;
        const stages = JSON.parse(
          /has as many stages.*?(\[[^\]]*\])/s.exec(await read('flagger.yaml'))?.[1] ?? '',
        ) as number[];
        const { id } = await rollouts.open({
          model,
          control: 'v1',
          candidate: 'v2',
          guardrails: [{ name: 'errors', margin: 0.05 }],
          minimumEvents: 200,
          maximumDurationMs: 3_600_000,
          stages,
        });
        return { id, flagger: flaggerOf(canary, gate, id, tells) };
      };
      /** A minute goes by, in which both arms answer, or none. */
      const minute = async (model: string, answers: number): Promise<void> => {
        now += 60_000;
        const arms = ['control', 'candidate'] as const;
        await insertAnswers(
          opened.store,
          Array.from({ length: answers }, (_, n) => n).flatMap((n) =>
            arms.map((role) => ({
              id: `${model} ${now} ${role} ${n}`,
              at: now - 30_000 + n,
              model,
              version: role === 'control' ? 'v1' : 'v2',
              role,
              score: 0.5,
            })),
          ),
        );
      };

      const controlAnswers = (model: string, count: number) =>
        Array.from({ length: count }, (_, n) => ({
          id: `${model} ${now} only control ${n}`,
          at: now - 30_000 + n,
          model,
          version: 'v1',
          role: 'control' as const,
          score: 0.5,
        }));

      it('goes 0, 5, 25, 50 and promotes a candidate that only answers live, each step on its own evidence', async () => {
        const { id, flagger } = await begin('live');
        const seen: string[] = [];
        const turn = async (): Promise<void> => {
          const to = await flagger.tick();
          const { stage, state } = await rollouts.get(id);
          seen.push(`${to} ${stage.index} ${state}`);
        };
        await turn();
        // Nothing has come yet: the first step is not taken for the second.
        await minute('live', 0);
        await turn();
        for (let n = 0; n < 3; n++) {
          await minute('live', 800);
          await turn();
          if (n === 2) break;
          await minute('live', 0);
          await turn();
        }
        expect(seen).toEqual([
          '5 0 open',
          '5 0 open',
          '25 1 open',
          '25 1 open',
          '50 2 open',
          '50 2 open',
          'promoted 2 promoted',
        ]);
      });

      it('lets repeats of the first call pass, as long as the weight is 0', async () => {
        const { flagger } = await begin('repeated');
        flagger.fault.otherHook = true;
        for (let n = 0; n < 3; n++) {
          expect(await flagger.tick()).toBe(0);
          await minute('repeated', 0);
          await insertAnswers(opened.store, controlAnswers('repeated', 400));
        }
        flagger.fault.otherHook = false;
        expect(await flagger.tick()).toBe(5);
        await minute('repeated', 0);
        expect(await flagger.tick()).toBe(5);
      });

      it('lets them pass too where nobody tells the weight, until the control has answered so often that the candidate would have', async () => {
        const { flagger } = await begin('untold', false);
        flagger.fault.otherHook = true;
        expect(await flagger.tick()).toBe(0);
        await minute('untold', 0);
        await insertAnswers(opened.store, controlAnswers('untold', 200));
        flagger.fault.otherHook = false;
        expect(await flagger.tick()).toBe(5);
        await minute('untold', 0);
        await insertAnswers(opened.store, controlAnswers('untold', 200));
        // A twentieth of 400 is 20: at weight 5 the candidate's answers do not arrive.
        expect(await flagger.tick()).toBe(5);
      });

      it('does not begin while data is broken, and waits for a verdict once the candidate has answered', async () => {
        const { flagger } = await begin('broken');
        failures = ['missing: amount'];
        expect(await flagger.tick()).toBe(0);
        failures = [];
        await minute('broken', 1);
        expect(await flagger.tick()).toBe(0);
      });
    });
  });

  describe('GitHub Actions and any shell', () => {
    let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
    beforeAll(async () => {
      folder = await temporaryDirectory();
      const loader = join(PACKAGE_ROOT, 'test/support/typescript.mjs');
      const main = join(PACKAGE_ROOT, 'daemon/main.ts');
      await writeFile(
        join(folder.path, 'npx'),
        `#!/bin/sh\nshift\nexec "${process.execPath}" --import "${loader}" "${main}" "$@"\n`,
      );
      await chmod(join(folder.path, 'npx'), 0o755);
    });
    afterAll(async () => {
      await folder.remove();
    });
    const run = (file: string, args: readonly string[], env: Record<string, string>): Promise<number> =>
      new Promise((resolve) => {
        const PATH = `${folder.path}:${process.env['PATH'] ?? ''}`;
        const options = { cwd: folder.path, env: { ...process.env, SERIN_URL: api.url, ...env, PATH } };
        execFile(file, args, options, (error) => resolve(error === null ? 0 : Number(error.code ?? 1)));
      });

    it('write the verdict as an output, and fail only on a fault', async () => {
      interface Workflow {
        readonly jobs: { readonly gate: { readonly steps: readonly { readonly id?: string; readonly run: string }[] } };
      }
      const { steps } = (parse(await read('github-actions.yaml')) as Workflow).jobs.gate;
      const script = steps.find(({ id }) => id === 'verdict')?.run.replace('45m', '1ms') ?? '';
      const files = { GITHUB_OUTPUT: join(folder.path, 'output'), GITHUB_STEP_SUMMARY: join(folder.path, 'summary') };
      // As GitHub starts `shell: bash`.
      const bash = ['--noprofile', '--norc', '-eo', 'pipefail', '-c', script];
      for (const verdict of ['rollback', 'promote'] as const) {
        say(verdict);
        await writeFile(files.GITHUB_OUTPUT, '');
        expect(await run('bash', bash, { ...files, ROLLOUT: 'r1' })).toBe(0);
        expect(await readFile(files.GITHUB_OUTPUT, 'utf8')).toBe(`verdict=${verdict}\n`);
      }
      expect(await readFile(files.GITHUB_STEP_SUMMARY, 'utf8')).toContain('decline_rate');
      expect(await run('bash', bash, { ...files, ROLLOUT: 'r1', SERIN_URL: 'http://127.0.0.1:1' })).toBe(1);
    });

    it('open a rollout and end with the exit code of its verdict', async () => {
      say('rollback');
      const env = { MODEL: 'm', CONTROL: 'v1', CANDIDATE: 'v2', WAIT: '1ms' };
      const gate = [join(PACKAGE_ROOT, 'examples/pipelines/gate.sh')];
      expect(await run('sh', gate, env)).toBe(20);
      expect(await run('sh', gate, { ...env, SERIN_URL: 'http://127.0.0.1:1' })).toBe(1);
    });
  });
});
