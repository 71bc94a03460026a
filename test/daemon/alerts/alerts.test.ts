import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Alerts, AlertsOptions } from '../../../daemon/alerts/alerts.ts';
import { pauseAfter } from '../../../daemon/alerts/deliveries.ts';
import { configSchema, type Config } from '../../../daemon/config/config.ts';
import { SerinError } from '../../../daemon/errors.ts';
import type { Store } from '../../../daemon/store/store.ts';
import type { AlertChange, Finding } from '../../../detectors/terms.ts';
import { openTestAlerts } from '../../support/open-alerts.ts';
import { temporaryStore } from '../../support/temporary.ts';
import { finding } from './example-finding.ts';
import { startMailServer, type MailServer } from './mail-server.ts';

const MINUTE = 60_000;

describe('alerts, from findings to messages', () => {
  let opened: Awaited<ReturnType<typeof temporaryStore>>;
  let store: Store;
  let server: MailServer;
  let alerts: Alerts;
  let now = Date.UTC(2026, 0, 1);
  let model = '';
  let models = 0;
  beforeAll(async () => {
    opened = await temporaryStore();
    store = opened.store;
    server = await startMailServer();
  });
  afterAll(async () => {
    await server.close();
    await opened.remove();
  });
  beforeEach(async () => {
    model = `model-${models++}`;
    now += 7 * 24 * 60 * MINUTE;
    server.refuse(undefined);
    server.mails.length = server.raw.length = 0;
    alerts = await open();
  });
  afterEach(async () => {
    await alerts.close();
    // Nothing of this test may fire in the next.
    for (const alert of await store.documents('alerts').list({ limit: 1000 }))
      await store.documents('alerts').put({ ...alert, state: 'inactive', told: null } as never);
  });

  const settings = (changes: object = {}): Config['alerts'] =>
    configSchema.parse({
      alerts: {
        hold: '1m',
        keep: '5m',
        channels: {
          oncall: {
            type: 'email',
            host: '127.0.0.1',
            port: server.port,
            from: 'serin@example.com',
            to: ['a@example.com'],
          },
        },
        ...changes,
      },
    }).alerts;
  const open = (options: Partial<AlertsOptions> = {}): Promise<Alerts> =>
    openTestAlerts({ store, settings: settings(), clock: { now: () => now }, ...options });
  const found = (changes: Partial<Finding> = {}): Finding => {
    const from = Math.floor(now / (60 * MINUTE)) * 60 * MINUTE;
    return finding({ model, window: { from, to: from + 60 * MINUTE }, judgedAt: now, ...changes });
  };
  const tick = async (after: number, ...findings: Finding[]): Promise<readonly AlertChange[]> => {
    now += after;
    const changes = await alerts.observe(findings.map((one) => ({ ...one, judgedAt: now })));
    await alerts.deliver();
    await alerts.settled();
    return changes;
  };
  const own = async () => (await alerts.list()).filter((alert) => alert.model === model);
  const fire = async (...findings: Finding[]): Promise<void> => {
    await tick(0, ...findings);
    await tick(MINUTE, ...findings);
  };

  it('goes from pending to firing to resolved, keeps every change, and tells each once', async () => {
    expect((await tick(0, found())).map((change) => change.to)).toEqual(['pending']);
    expect(await tick(MINUTE - 1, found())).toEqual([]);
    expect((await tick(1, found())).map((change) => change.to)).toEqual(['firing']);
    expect(server.mails).toHaveLength(0);
    await tick(30_000, found());
    await tick(10_000, found());
    expect(server.mails.map((mail) => mail.subject)).toEqual([
      `[firing] ${model}: amount drifted in region=EU (PSI 4.2, limit 0.1)`,
    ]);
    await tick(10_000, found({ state: 'pass', statistic: 0.01 }));
    await tick(5 * MINUTE, found({ state: 'pass', statistic: 0.01 }));
    await tick(30_000);
    expect(server.mails[1]?.subject).toBe(`[resolved] ${model}: amount is back within limits in region=EU`);
    await tick(60 * MINUTE);
    expect(server.mails).toHaveLength(2);
    const [alert] = await own();
    const { changes, deliveries, alert: same } = await alerts.get(alert?.id ?? '');
    expect(changes.map(({ from, to }) => `${from}-${to}`)).toEqual([
      'inactive-pending',
      'pending-firing',
      'firing-resolved',
    ]);
    expect(deliveries.map(({ state, attempts }) => [state, attempts])).toEqual([
      ['delivered', 1],
      ['delivered', 1],
    ]);
    expect(same).toMatchObject({ state: 'resolved', delivered: true, since: expect.any(Number) as number });
  });

  it('says since when the evidence of what still fires has passed, until it fails again', async () => {
    await fire(found({ reason: 'PSI is 4.2' }));
    const passed = found({ state: 'pass', statistic: 0.01, reason: 'PSI is 0.01' });
    await tick(MINUTE, passed);
    const since = new Date(now).toUTCString().slice(17, 22);
    await tick(2 * MINUTE, passed);
    const [recovering] = await own();
    expect(recovering).toMatchObject({ state: 'firing', statistic: 0.01 });
    expect(recovering?.reason).toMatch(new RegExp(`^it has passed since .* 2026, ${since} UTC: PSI is 0.01$`));
    await tick(MINUTE, found({ reason: 'PSI is 3.9' }));
    expect((await own())[0]?.reason).toBe('PSI is 3.9');
  });

  it('says nothing while nothing is wrong, nor of a fail that passes before it was held', async () => {
    await tick(0, found({ state: 'pass' }));
    await tick(0, found());
    await tick(MINUTE / 2, found({ state: 'pass' }));
    await tick(60 * MINUTE, found({ state: 'pass' }));
    expect(server.mails).toHaveLength(0);
    expect((await own()).map((alert) => alert.state)).toEqual(['inactive']);
  });

  it('fires by the time that passes, even when no newer finding comes', async () => {
    await tick(0, found());
    await tick(2 * MINUTE);
    expect((await own()).map((alert) => alert.state)).toEqual(['firing']);
  });

  it('is not moved by findings without enough data', async () => {
    await tick(0, found({ state: 'insufficient', statistic: null, limit: null }));
    expect(await own()).toEqual([]);
    await fire(found());
    await tick(60 * MINUTE, found({ state: 'insufficient', statistic: null, limit: null }));
    expect(await own()).toMatchObject([{ state: 'firing', statistic: 4.2 }]);
  });

  it('puts all alerts of one model into one message, and models into messages of their own', async () => {
    const other = `${model}-other`;
    const findings = ['a', 'b', 'c'].map((subject) => found({ subject }));
    await fire(...findings, found({ model: other }));
    await tick(31_000);
    expect(server.mails.map((mail) => mail.subject ?? '').sort((a, b) => (a < b ? -1 : 1))).toEqual([
      `[firing] ${other}: amount drifted in region=EU (PSI 4.2, limit 0.1)`,
      `[firing] ${model}: a drifted in region=EU (PSI 4.2, limit 0.1) and 2 more`,
    ]);
    await fire(found({ subject: 'late' }));
    await tick(31_000);
    expect(server.mails).toHaveLength(2);
    await tick(5 * MINUTE);
    expect(server.mails).toHaveLength(3);
    expect(server.mails[2]?.text).toContain('3 alerts told earlier still fire.');
  });

  it('repeats what still fires, until somebody acknowledges', async () => {
    await fire(found());
    await tick(31_000);
    await tick(12 * 60 * MINUTE + 30_000);
    expect(server.mails[1]?.subject).toMatch(/^\[still firing\]/);
    const [alert] = await own();
    expect(await alerts.acknowledge(alert?.id ?? '', 'ada')).toMatchObject({ acknowledgedBy: 'ada' });
    await tick(13 * 60 * MINUTE);
    expect(server.mails).toHaveLength(2);
    await tick(0, found({ state: 'pass' }));
    await tick(6 * MINUTE);
    await tick(31_000);
    expect(server.mails[2]?.subject).toMatch(/^\[resolved\]/);
    await expect(alerts.acknowledge(alert?.id ?? '', 'ada')).rejects.toMatchObject({ code: 'conflict' });
  });

  it('is quiet under a silence, and speaks when it ends', async () => {
    await alerts.silence({ model, detector: 'psi', until: now + 60 * MINUTE, by: 'ada', reason: 'known' });
    await fire(found());
    await tick(10 * MINUTE);
    expect(server.mails).toHaveLength(0);
    expect(await own()).toMatchObject([{ state: 'firing', silenced: true, delivered: false }]);
    await tick(51 * MINUTE);
    await tick(31_000);
    expect(server.mails).toHaveLength(1);
    await expect(alerts.silence({ model, until: now, by: 'ada', reason: '' })).rejects.toMatchObject({
      code: 'invalid_request',
      field: 'until',
    });
  });

  it('marks at once what a new silence covers', async () => {
    await fire(found());
    await alerts.silence({ model: '', slice: 'region=EU', until: now + MINUTE, by: 'ada', reason: '' });
    expect(await own()).toMatchObject([{ silenced: true }]);
    await tick(2 * MINUTE);
    await tick(0);
    expect(server.mails).toHaveLength(1);
  });

  it('keeps what people say of an alert', async () => {
    await fire(found());
    const id = (await own())[0]?.id ?? '';
    await alerts.feedback(id, { verdict: 'false', by: 'ada', note: 'a promotion' });
    await alerts.feedback(id, { verdict: 'real', by: 'bob' });
    expect((await alerts.get(id)).alert).toMatchObject({
      feedback: [
        { verdict: 'false', by: 'ada', note: 'a promotion', at: now },
        { verdict: 'real', by: 'bob', note: '', at: now },
      ],
    });
    await expect(alerts.feedback('nothing', { verdict: 'real', by: 'x' })).rejects.toBeInstanceOf(SerinError);
  });

  it('tells everything once when it is stopped and started at any time', async () => {
    const lives = async (after: number, ...findings: Finding[]): Promise<void> => {
      await alerts.close();
      alerts = await open();
      await tick(after, ...findings);
    };
    const pass = found({ state: 'pass' });
    await lives(0, found());
    await lives(MINUTE, found());
    for (let n = 0; n < 8; n++) await lives(10_000, found());
    await lives(10_000, pass);
    for (let n = 0; n < 8; n++) await lives(MINUTE, pass);
    expect(server.mails.map((mail) => mail.subject?.slice(0, 9))).toEqual(['[firing] ', '[resolved']);
  });

  it('does not tell twice when it is killed between the delivery and the mark on the alert', async () => {
    await fire(found());
    await alerts.close();
    let killed = 0;
    const dying: Store = {
      ...store,
      documents: ((collection: 'alerts') => {
        const real = store.documents(collection);
        const putAll: typeof real.putAll = async (all) => {
          if (collection === 'alerts' && all.some((one) => 'told' in one && one.told !== null)) {
            killed++;
            throw new Error('killed');
          }
          await real.putAll(all);
        };
        return { ...real, putAll };
      }) as Store['documents'],
    };
    alerts = await open({ store: dying });
    await expect(tick(31_000)).rejects.toThrow('killed');
    alerts = await open();
    await tick(0);
    for (let n = 0; n < 5; n++) await tick(6 * MINUTE);
    expect(killed).toBe(1);
    expect(server.mails).toHaveLength(1);
    expect((await alerts.get((await own())[0]?.id ?? '')).deliveries).toHaveLength(1);
  });

  it('sends again under the same Message-ID when the server vanished after it accepted', async () => {
    server.vanishAfterAccepting(true);
    await fire(found());
    await tick(31_000);
    server.vanishAfterAccepting(false);
    await tick(10_000);
    await tick(60 * MINUTE);
    expect(server.mails).toHaveLength(2);
    expect(server.mails[1]?.messageId).toBe(server.mails[0]?.messageId);
  });

  it('tries again with growing pauses, and marks the alert once it is through', async () => {
    server.refuse({ at: 'data', code: 451, text: 'try later' });
    await fire(found());
    await tick(31_000);
    const [alert] = await own();
    const delivery = async () => (await alerts.get(alert?.id ?? '')).deliveries[0];
    expect(await delivery()).toMatchObject({ state: 'waiting', attempts: 1, nextAttemptAt: now + 10_000 });
    expect((await delivery())?.error).toContain('try later');
    await tick(9_999);
    expect(await delivery()).toMatchObject({ attempts: 1 });
    await tick(1);
    expect(await delivery()).toMatchObject({ attempts: 2, nextAttemptAt: now + 20_000 });
    expect((await own())[0]?.delivered).toBe(false);
    server.refuse(undefined);
    await tick(20_000);
    expect(await delivery()).toMatchObject({ state: 'delivered', attempts: 3, deliveredAt: now, error: null });
    expect((await own())[0]?.delivered).toBe(true);
    expect([1, 2, 3, 9, 100].map(pauseAfter)).toEqual([10_000, 20_000, 40_000, 1_800_000, 1_800_000]);
  });

  it('gives up at once on a refusal for good, and after a day on any other', async () => {
    server.refuse({ at: 'recipient', code: 550, text: 'no such user' });
    await fire(found());
    await tick(31_000);
    const id = (await own())[0]?.id ?? '';
    expect((await alerts.get(id)).deliveries[0]).toMatchObject({ state: 'failed', attempts: 1 });
    server.refuse({ at: 'data', code: 451, text: 'try later' });
    await fire(found({ subject: 'b' }));
    await tick(6 * MINUTE);
    await tick(25 * 60 * MINUTE);
    const states = (await alerts.list()).filter((alert) => alert.model === model).map((alert) => alert.id);
    const late = await Promise.all(states.map((one) => alerts.get(one)));
    expect(late.flatMap((one) => one.deliveries).every((one) => one.state !== 'delivered')).toBe(true);
    expect(late.flatMap((one) => one.deliveries).some((one) => one.error?.includes('try later'))).toBe(true);
  });

  it('sends one message after an outage, with all that was missed', async () => {
    server.refuse({ at: 'data', code: 451, text: 'down' });
    await fire(found());
    await tick(31_000);
    await fire(found({ subject: 'b' }));
    await tick(6 * MINUTE);
    server.refuse(undefined);
    await tick(60 * MINUTE);
    expect(server.mails.map((mail) => mail.subject)).toEqual([
      `[firing] ${model}: b drifted in region=EU (PSI 4.2, limit 0.1) and 1 more`,
    ]);
    expect((await own()).map((alert) => alert.delivered)).toEqual([true, true]);
  });

  it('tells each channel on its own: one that fails does not hold up another', async () => {
    const dead = await startMailServer();
    await dead.close();
    await alerts.close();
    const channels = settings().channels;
    const broken = { ...channels['oncall'], port: dead.port } as (typeof channels)[string];
    alerts = await open({ settings: { ...settings(), channels: { broken, ...channels } } });
    await fire(found());
    await tick(31_000);
    const { deliveries } = await alerts.get((await own())[0]?.id ?? '');
    expect(Object.fromEntries(deliveries.map(({ channel, state }) => [channel, state]))).toEqual({
      broken: 'waiting',
      oncall: 'delivered',
    });
    expect((await own())[0]?.delivered).toBe(true);
  });

  it('sends without the picture when it cannot be drawn', async () => {
    await alerts.close();
    alerts = await open({ picture: () => Promise.reject(new Error('the inputs are gone')) });
    await fire(found());
    await tick(31_000);
    expect(server.mails).toHaveLength(1);
  });

  it('tells others of each change', async () => {
    await alerts.close();
    const heard: string[] = [];
    alerts = await open({ onChange: (alert, { to }) => void heard.push(`${alert.state} ${to}`) });
    await fire(found());
    expect(heard).toEqual(['pending pending', 'firing firing']);
  });

  it('loses no answer that comes while findings are taken in', async () => {
    await fire(found());
    const id = (await own())[0]?.id ?? '';
    await Promise.all([
      alerts.observe([found({ statistic: 5, judgedAt: now + 1 })]),
      alerts.acknowledge(id, 'ada'),
      alerts.feedback(id, { verdict: 'real', by: 'ada' }),
      alerts.deliver(),
      alerts.observe([found({ statistic: 6, judgedAt: now + 2 })]),
    ]);
    expect((await alerts.get(id)).alert).toMatchObject({
      acknowledgedBy: 'ada',
      statistic: 6,
      feedback: [{ by: 'ada' }],
    });
  });

  it('tests a channel: the channel answers in its own words, an unknown one is named', async () => {
    await alerts.test('oncall');
    expect(server.mails[0]?.subject).toBe('[test] Serin reaches people through oncall');
    server.refuse({ at: 'data', code: 554, text: 'we do not like you' });
    await expect(alerts.test('oncall')).rejects.toMatchObject({ code: 'channel_failed' });
    await expect(alerts.test('oncall')).rejects.toThrow('we do not like you');
    await expect(alerts.test('onccall')).rejects.toMatchObject({ code: 'unknown_id', field: 'channel' });
    await expect(alerts.test('onccall')).rejects.toThrow('did you mean "oncall"?');
  });

  it('keeps alerts of names that look like SQL apart', async () => {
    const evil = `${model}' OR 1=1 --`;
    await fire(found({ model: evil, subject: `'||file('/etc/passwd')||'`, slice: 'a=\\' }));
    const [alert] = (await alerts.list('firing')).filter((one) => one.model === evil);
    expect((await alerts.get(alert?.id ?? '')).alert).toMatchObject({
      subject: `'||file('/etc/passwd')||'`,
      slice: 'a=\\',
    });
    await tick(31_000);
    expect((await alerts.get(alert?.id ?? '')).deliveries).toHaveLength(1);
  });

  describe('over a webhook', () => {
    let http: Server;
    const bodies: { type: string; data: { firing: object[]; text: string } }[] = [];
    const ids: string[] = [];
    let code = 200;
    beforeAll(async () => {
      http = createServer(async (request, response) => {
        let body = '';
        for await (const chunk of request) body += String(chunk);
        bodies.push(JSON.parse(body) as (typeof bodies)[number]);
        ids.push(String(request.headers['webhook-id']));
        response.writeHead(code).end();
      });
      await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    });
    afterAll(() => http.close());

    it('sends the same as JSON, under one id however often it is tried', async () => {
      await alerts.close();
      const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/`;
      const hook = { type: 'webhook' as const, url, allow_private: true };
      alerts = await open({ settings: { ...settings(), channels: { hook } } });
      code = 503;
      await fire(found({ interval: [3.9, 4.5] }));
      await tick(31_000);
      code = 200;
      await tick(10_000);
      expect(bodies).toHaveLength(2);
      expect(ids[0]).toBe(ids[1]);
      expect(bodies[1]).toMatchObject({
        type: 'alerts.firing',
        data: {
          model,
          firing: [
            {
              feature: 'amount',
              slice: 'region=EU',
              detector: 'psi',
              statistic: 4.2,
              interval: [3.9, 4.5],
              severity: 'page',
              links: {
                subject: expect.stringContaining(
                  `https://serin.example/models/${model}/features/amount?version=`,
                ) as string,
              },
            },
          ],
          links: { model: `https://serin.example/models/${model}` },
        },
      });
    });

    it('gives up on a private address that nobody allowed', async () => {
      await alerts.close();
      const url = `http://localhost:${(http.address() as AddressInfo).port}/`;
      alerts = await open({
        settings: { ...settings(), channels: { hook: { type: 'webhook', url, allow_private: false } } },
      });
      const before = bodies.length;
      await expect(alerts.test('hook')).rejects.toThrow('allow_private');
      expect(bodies).toHaveLength(before);
    });
  });
});
