import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import * as contract from '../../../daemon/api/contract.ts';
import { modelSettings } from '../../../daemon/config/config.ts';
import { SerinError } from '../../../daemon/errors.ts';
import { DECISION, FINDING, HOUR, MODEL, NASTY, NOON } from './fake-parts.ts';
import { runApi, type RunningFake } from './running-api.ts';

const FROM = '2026-01-31T12:00:00Z';
const TO = '2026-01-31T14:00:00+01:00';
const TIMES = `from=${FROM}&to=${encodeURIComponent(TO)}`;

interface Route {
  readonly route: string;
  readonly path?: string;
  readonly body?: unknown;
  readonly status?: number;
  readonly schema: z.ZodType | undefined;
}

/** Every route that clients may rely on. */
const ROUTES: readonly Route[] = [
  { route: 'GET /healthz', schema: contract.healthy },
  { route: 'GET /readyz', schema: contract.readiness },
  { route: 'GET /metrics', schema: undefined },
  { route: 'GET /v1/status', schema: contract.status },
  { route: 'POST /v1/predictions', body: [{}], schema: contract.admission },
  { route: 'POST /v1/labels', body: [{}], schema: contract.admission },
  { route: 'GET /v1/ingest/set-aside', schema: contract.setAsideList },
  { route: 'POST /v1/ingest/set-aside/{segment}/retry', schema: contract.retriedAnswer },
  { route: 'GET /v1/models', schema: contract.modelList },
  { route: 'GET /v1/models/{model}', schema: contract.model },
  { route: 'PUT /v1/models/{model}', body: { threshold: 0.7, window: '6h' }, schema: contract.model },
  { route: 'PUT /v1/models/{model}/reference', body: { from: FROM, to: TO }, schema: contract.model },
  {
    route: 'POST /v1/models/{model}/references',
    path: '/v1/models/m/references?format=csv',
    body: 'amount\n1\n',
    status: 201,
    schema: contract.takenReference,
  },
  { route: 'GET /v1/models/{model}/references', schema: contract.referenceList },
  { route: 'GET /v1/models/{model}/references/{reference}', schema: contract.takenReference },
  { route: 'GET /v1/models/{model}/references/{reference}/rows', schema: undefined },
  { route: 'GET /v1/models/{model}/references/{reference}/histograms', schema: contract.referenceHistograms },
  { route: 'GET /v1/models/{model}/versions', schema: contract.versionList },
  {
    route: 'POST /v1/models/{model}/versions',
    body: { version: 'v2', path: 'v2', inputs: [{ feature: 'amount' }] },
    status: 201,
    schema: contract.version,
  },
  {
    route: 'GET /v1/models/{model}/distribution',
    path: `/v1/models/m/distribution?feature=amount&${TIMES}`,
    schema: contract.distribution,
  },
  { route: 'GET /v1/models/{model}/shift', path: `/v1/models/m/shift?feature=amount&${TIMES}`, schema: contract.shift },
  { route: 'GET /v1/models/{model}/series', path: `/v1/models/m/series?${TIMES}`, schema: contract.series },
  { route: 'GET /v1/models/{model}/operations', path: `/v1/models/m/operations?${TIMES}`, schema: contract.operations },
  { route: 'GET /v1/traces', path: `/v1/traces?service=api&errors=true&${TIMES}`, schema: contract.traces },
  { route: 'GET /v1/traces/{trace_id}', path: `/v1/traces/${'a'.repeat(32)}`, schema: contract.traces },
  { route: 'GET /v1/findings', schema: contract.findingList },
  {
    route: 'POST /v1/evaluations',
    body: { model: 'm', reference: { from: FROM, to: TO }, from: FROM, to: TO, window: '1h' },
    schema: contract.evaluationAnswer,
  },
  {
    route: 'POST /v1/replays',
    body: { model: 'm', candidate: 'v2', from: FROM, to: TO },
    status: 202,
    schema: contract.started,
  },
  { route: 'GET /v1/replays', path: '/v1/replays?model=m', schema: contract.replayList },
  { route: 'GET /v1/replays/{id}', schema: contract.replay },
  { route: 'DELETE /v1/replays/{id}', schema: contract.replay },
  { route: 'GET /v1/shadows', path: '/v1/shadows?model=m', schema: contract.liveShadowList },
  { route: 'GET /v1/shadows/{id}', schema: contract.liveShadow },
  {
    route: 'POST /v1/rollouts',
    body: { model: 'm', control: 'v1', candidate: 'v2' },
    status: 201,
    schema: contract.started,
  },
  { route: 'GET /v1/rollouts', schema: contract.rolloutList },
  { route: 'GET /v1/rollouts/{id}', schema: contract.rollout },
  {
    route: 'POST /v1/rollouts/{id}/end',
    body: { verdict: 'rollback', by: 'ada', reason: 'complaints' },
    schema: contract.rollout,
  },
  {
    route: 'POST /v1/rollouts/{id}/flagger/event',
    body: {
      name: 'm',
      namespace: 'n',
      phase: 'Progressing',
      metadata: { eventMessage: 'Advance m.n canary weight 5' },
    },
    schema: contract.started,
  },
  { route: 'GET /v1/rollouts/{id}/verdict', schema: contract.verdictAnswer },
  { route: 'POST /v1/rollouts/{id}/flagger', status: 409, schema: contract.errorBody },
  { route: 'GET /v1/rollouts/{id}/decisions', schema: contract.decisionList },
  { route: 'GET /v1/rollouts/{id}/decisions/{decision}/recomputed', schema: contract.recomputed },
  { route: 'POST /v1/rollouts/{id}/advance', body: { from: 0 }, schema: contract.rollout },
  { route: 'GET /v1/alerts', path: '/v1/alerts?state=firing', schema: contract.alertList },
  { route: 'GET /v1/alerts/{id}', schema: contract.alertDetail },
  { route: 'POST /v1/alerts/{id}/ack', body: { by: 'ada' }, schema: contract.alert },
  { route: 'POST /v1/alerts/{id}/feedback', body: { verdict: 'false', by: 'ada' }, schema: contract.alert },
  {
    route: 'POST /v1/silences',
    body: { until: TO, by: 'ada', reason: 'known' },
    status: 201,
    schema: contract.silenceAnswer,
  },
  { route: 'POST /v1/channels/{name}/test', path: '/v1/channels/mail/test', status: 204, schema: undefined },
  { route: 'GET /v1/retrainings', schema: contract.retrainingList },
  { route: 'POST /v1/retrainings', body: { model: 'm', reason: 'drift' }, status: 201, schema: contract.retraining },
  { route: 'POST /v1/retrainings/{id}/complete', body: { version: 'v3' }, schema: contract.retraining },
  { route: 'POST /v1/retrainings/{id}/fail', body: { reason: 'out of memory' }, schema: contract.retraining },
  { route: 'GET /v1/snapshots/{id}', schema: contract.snapshot },
];

describe('the routes', () => {
  let api: RunningFake;
  beforeAll(async () => {
    api = await runApi();
  });
  afterAll(async () => {
    await api.close();
  });

  it.each(ROUTES)('$route answers in its form', async ({ route, path, body, status = 200, schema }) => {
    const [method = '', pattern = ''] = route.split(' ');
    const answer = await api.ask(method, path ?? pattern.replaceAll(/\{\w+\}/g, 'x'), body);
    expect(answer.status, answer.text).toBe(status);
    if (schema !== undefined) {
      expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
      expect(exact(schema).parse(answer.json)).toEqual(answer.json);
      expect(answer.text).not.toMatch(/:\s*(NaN|-?Infinity)/);
    }
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('are all in the OpenAPI document, and it has no others', async () => {
    const { json } = await api.ask('GET', '/docs/json');
    const { paths, openapi } = json as { openapi: string; paths: Record<string, Record<string, unknown>> };
    const documented = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods)
        .filter((method) => method !== 'head')
        .map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(openapi).toBe('3.1.0');
    expect(documented.toSorted()).toEqual(ROUTES.map(({ route }) => route).toSorted());
    expect(JSON.stringify(paths)).toContain('propensity');
  });

  it('shows the documentation as a page', async () => {
    const page = await api.ask('GET', '/docs/');
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toMatch(/^text\/html/);
    for (const [, file = ''] of page.text.matchAll(/(?:src|href)="\.?([^"]+)"/g)) {
      if (file.endsWith('.js') || file.endsWith('.css')) {
        const path = file.startsWith('/docs') ? file : `/docs${file}`;
        expect((await api.ask('GET', path)).status, path).toBe(200);
      }
    }
  });
});

/** The schema that also refuses what it does not name, so that an answer with too much is seen. */
function exact(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodObject ? schema.strict() : schema;
}

describe('the words of the inside become the words of the contract', () => {
  let api: RunningFake;
  beforeAll(async () => {
    api = await runApi({ publicUrl: 'https://serin.example.com/' });
  });
  afterAll(async () => {
    await api.close();
  });
  const lastCall = (): readonly unknown[] => api.parts.calls.at(-1) ?? [];

  it('keeps every kind of text as it is, and as JSON', async () => {
    const { json, headers } = await api.ask('GET', '/v1/findings');
    const [finding] = (json as { findings: contract.Finding[] }).findings;
    expect(finding).toMatchObject({
      model: NASTY,
      reason: NASTY,
      feature: '__proto__',
      judged_at: '2026-01-31T12:00:00.000Z',
    });
    expect(finding?.details).toEqual(FINDING.details);
    expect(finding?.links.subject).toMatch(
      /^https:\/\/serin\.example\.com\/models\/.*\/features\/__proto__\?version=v1&/,
    );
    expect(headers.get('content-type')).toMatch(/^application\/json/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('asks for a model by any name that a client can write into a path', async () => {
    for (const name of [NASTY, 'a/b', '..', 'é%', '__proto__', 'constructor', 'x'.repeat(256)]) {
      const { status } = await api.ask('GET', `/v1/models/${encodeURIComponent(name).replaceAll('.', '%2E')}`);
      // fetch itself walks up on an encoded "..", so that one never arrives.
      if (name === '..') continue;
      expect({ name, status }).toEqual({ name, status: 200 });
      expect(lastCall()).toEqual(['models.get', name]);
    }
    expect((await api.ask('GET', `/v1/models/${'x'.repeat(257)}`)).status).toBe(400);
    expect((await api.ask('GET', `/v1/models/${'x'.repeat(5000)}`)).status).toBeGreaterThanOrEqual(400);
    expect((await api.ask('GET', '/v1/models/%ff')).json).toMatchObject({ error: { code: 'bad_http' } });
  });

  it('hands filters to the rooms as values, and leaves out what was not given', async () => {
    const text = encodeURIComponent(NASTY);
    await api.ask(
      'GET',
      `/v1/findings?model=${text}&slice=${text}&detector=${text}&feature=${text}&version=&state=fail`,
    );
    expect(lastCall()).toEqual([
      'findings.list',
      { model: NASTY, slice: NASTY, detector: NASTY, subject: NASTY, state: 'fail', window: {}, limit: 1000 },
    ]);
    await api.ask('GET', `/v1/findings?from=${FROM}`);
    expect(lastCall()[1]).toEqual({ window: { from: NOON }, limit: 1000 });
    await api.ask('GET', `/v1/traces?service=${text}&operation=${text}&${TIMES}&limit=7&errors=true`);
    expect(lastCall()).toEqual([
      'models.traces',
      { service: NASTY, operation: NASTY, limit: 7, onlyErrors: true, window: HOUR },
    ]);
  });

  it('takes times in any zone, and gives them in UTC', async () => {
    await api.ask('GET', `/v1/models/m/operations?${TIMES}`);
    expect(lastCall()).toEqual(['models.operations', 'm', HOUR]);
  });

  it('fills in what an input of a model leaves open', async () => {
    await api.ask('POST', '/v1/models/m/versions', { version: 'v2', path: 'v2', inputs: [{ feature: '__proto__' }] });
    expect(lastCall()).toEqual([
      'models.register',
      'm',
      {
        version: 'v2',
        path: 'v2',
        inputs: [{ feature: '__proto__', encoding: 'number', fill: 0, mean: 0, scale: 1, log1p: false }],
      },
    ]);
  });

  it('opens a rollout with lengths of time as milliseconds', async () => {
    const body = {
      model: 'm',
      control: 'v1',
      candidate: 'v2',
      minimum_events: 9,
      maximum_duration: '2h',
      guardrails: [{ name: 'flips', margin: 0.1 }],
    };
    const { json, headers } = await api.ask('POST', '/v1/rollouts', body);
    expect(json).toEqual({ id: 'r1' });
    expect(headers.get('location')).toBe('/v1/rollouts/r1');
    expect(lastCall()[1]).toEqual({
      model: 'm',
      control: 'v1',
      candidate: 'v2',
      minimumEvents: 9,
      maximumDurationMs: 7_200_000,
      guardrails: [{ name: 'flips', margin: 0.1 }],
    });
  });

  it('starts a replay and says where to look for it', async () => {
    const { headers } = await api.ask('POST', '/v1/replays', {
      model: 'm',
      candidate: 'v2',
      from: FROM,
      to: TO,
      limit: 5,
    });
    expect(headers.get('location')).toBe('/v1/replays/replay%201');
    expect(lastCall()).toEqual(['replays.start', { model: 'm', candidate: 'v2', limit: 5, window: HOUR }]);
  });

  it('shows no number that is not finite as another number', async () => {
    const replay = (await api.ask('GET', '/v1/replays/x')).json as contract.Replay;
    expect(replay.rows_per_second).toBeNull();
    expect(replay.comparison?.rank_correlation).toBeNull();
    const verdict = (await api.ask('GET', '/v1/rollouts/r1/verdict')).json as contract.VerdictAnswer;
    expect(verdict.checks[0]).toMatchObject({
      harm: null,
      interval: null,
      e_value: Number.MAX_VALUE,
      events_needed: 20,
    });
    const decisions = (await api.ask('GET', '/v1/rollouts/r1/decisions')).json as { decisions: contract.Decision[] };
    expect(decisions.decisions[0]).toMatchObject({ rollout: 'r1', inputs: { events: 480, harm: null } });
  });

  it('links to the address that people use', async () => {
    const alert = (await api.ask('GET', '/v1/alerts/a')).json as contract.AlertDetail;
    expect(alert.url).toBe('https://serin.example.com/alerts/a%2F1');
    const verdict = (await api.ask('GET', '/v1/rollouts/r1/verdict')).json as contract.VerdictAnswer;
    expect(verdict.evidence_url).toBe('https://serin.example.com/rollouts/r1');
  });

  it('leaves the model out of a silence for all models', async () => {
    const { json } = await api.ask('POST', '/v1/silences', {
      until: TO,
      by: 'ada',
      reason: 'known',
      slice: 'region=EU',
    });
    expect(lastCall()[1]).toEqual({ model: '', slice: 'region=EU', until: HOUR.to, by: 'ada', reason: 'known' });
    expect(json).toEqual({
      id: 'q1',
      slice: 'region=EU',
      until: '2026-01-31T13:00:00.000Z',
      by: 'ada',
      reason: 'known',
    });
  });

  it('changes exactly the settings that serin.yaml has for a model', () => {
    const names = Object.keys(modelSettings.shape).map((name) => (name === 'reference' ? 'reference_length' : name));
    expect(Object.keys(contract.modelChange.shape).toSorted()).toEqual(names.toSorted());
    const told = { ...contract.model.shape, ...contract.model.shape.limits.shape };
    for (const name of names) expect(told).toHaveProperty(name);
  });

  it('changes settings under their names in serin.yaml', async () => {
    await api.ask('PUT', '/v1/models/m', { reference_length: '2d', detectors: { psi: { limit: 0.3 }, auc: false } });
    expect(lastCall()).toEqual([
      'models.change',
      'm',
      { reference: '2d', detectors: { psi: { limit: 0.3 }, auc: false } },
    ]);
  });
});

describe('what a deploy pipeline asks', () => {
  let api: RunningFake;
  beforeAll(async () => {
    api = await runApi();
  });
  afterAll(async () => {
    await api.close();
  });

  it.each([
    ['promote', 'pass', 200, 409],
    ['hold', 'inconclusive', 409, 409],
    ['rollback', 'fail', 409, 200],
    ['inconclusive', 'inconclusive', 409, 409],
  ] as const)(
    'a verdict of %s is %s for Argo, %d for Flagger and %d for its rollback hook',
    async (verdict, argo, on, back) => {
      api.parts.answer('rollouts.verdict', () => ({ ...DECISION, verdict }));
      const forArgo = await api.ask('GET', '/v1/rollouts/r1/verdict?format=argo');
      expect(forArgo.json).toEqual({ data: { verdict: argo } });
      // The body that Flagger sends.
      const hook = { name: 'podinfo', namespace: 'test', phase: 'Progressing', checksum: '85d557f47b', metadata: {} };
      const forward = await api.ask('POST', '/v1/rollouts/r1/flagger', hook);
      expect(forward.status).toBe(on);
      if (on === 409) expect(forward.text).toContain(`The verdict is ${verdict}: decline_rate in all: 20 more events`);
      expect((await api.ask('POST', '/v1/rollouts/r1/flagger?hook=rollback', hook)).status).toBe(back);
    },
  );

  it('never answers a promotion while the store is away', async () => {
    api.parts.answer('rollouts.verdict', () => {
      throw Object.assign(new Error('connect ECONNREFUSED 10.0.0.7:8123'), { code: 'ECONNREFUSED' });
    });
    for (const [method, path] of [
      ['GET', '/v1/rollouts/r1/verdict'],
      ['GET', '/v1/rollouts/r1/verdict?format=argo'],
      ['POST', '/v1/rollouts/r1/flagger'],
      ['POST', '/v1/rollouts/r1/flagger?hook=rollback'],
    ] as const) {
      const { status, text, headers } = await api.ask(method, path);
      expect(status).toBe(503);
      expect(text).not.toMatch(/promote|10\.0\.0\.7/);
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    }
  });

  it('passes on the words of a channel that refuses, on one line', async () => {
    const { status, json } = await api.ask('POST', '/v1/channels/pager/test');
    expect(status).toBe(502);
    expect(json).toMatchObject({
      error: { code: 'channel_failed', message: expect.stringContaining('535 5.7.8 authentication failed') },
    });
  });

  it('is not ready, with reasons, and says so in the form of every error', async () => {
    api.parts.answer('health.notReady', () => ['the store does not answer']);
    const { status, json, headers } = await api.ask('GET', '/readyz');
    expect(status).toBe(503);
    expect(contract.unreadiness.strict().parse(json)).toMatchObject({ reasons: ['the store does not answer'] });
    expect(headers.get('retry-after')).toBe('5');
    expect((await api.ask('GET', '/healthz')).status).toBe(200);
  });

  it('gives Prometheus text under its content type', async () => {
    const { text, headers } = await api.ask('GET', '/metrics');
    expect(headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(text).toContain('\nserin_x 1\n');
  });

  it('hands an error of a room on with its code, field and Retry-After', async () => {
    expect(await api.ask('GET', '/v1/replays/nobody')).toMatchObject({
      status: 404,
      json: { error: { code: 'unknown_id', message: 'there is no replay "nobody"', field: 'id' } },
    });
    api.parts.answer('models.list', () => {
      throw new SerinError('unavailable', 'the store is starting', { retryAfterSeconds: 2.5 });
    });
    const { status, headers } = await api.ask('GET', '/v1/models');
    expect({ status, after: headers.get('retry-after') }).toEqual({ status: 503, after: '3' });
  });

  it('keeps the inside of a defect in the log, found by the id that the caller has', async () => {
    api.parts.answer('models.list', () => {
      throw new TypeError('secret is not a function');
    });
    const { status, text, headers } = await api.ask('GET', '/v1/models');
    expect(status).toBe(500);
    expect(text).not.toContain('secret');
    const id = headers.get('x-request-id');
    expect(text).toContain(id);
    expect(api.logged.find((line) => line['request'] === id)).toMatchObject({
      level: 50,
      err: { message: 'secret is not a function' },
    });
  });

  it('fails loudly, and without the value, when a room gives what the contract does not allow', async () => {
    api.parts.answer('models.list', () => [{ ...MODEL, predictions: Number.NaN }]);
    const { status, json } = await api.ask('GET', '/v1/models');
    expect(status).toBe(500);
    expect(json).toMatchObject({ error: { code: 'internal' } });
    expect(api.logged.at(-1)).toMatchObject({ level: 50 });
  });
});
