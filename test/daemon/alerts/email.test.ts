import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { advance, inactiveAlert, judge } from '../../../daemon/alerts/alert-record.ts';
import { composeNotification, composeTest } from '../../../daemon/alerts/compose-notification.ts';
import { drawPicture } from '../../../daemon/alerts/draw-picture.ts';
import { emailSettings, openEmail } from '../../../daemon/alerts/email.ts';
import { parseMailAddress } from '../../../daemon/alerts/mail-address.ts';
import type { Notification } from '../../../daemon/alerts/notification.ts';
import { renderHtml } from '../../../daemon/alerts/render-html.ts';
import { renderText } from '../../../daemon/alerts/render-text.ts';
import type { News } from '../../../daemon/alerts/what-to-tell.ts';
import { Bins } from '../../../detectors/maths/bins.ts';
import type { Finding, Histogram, Impact } from '../../../detectors/terms.ts';
import { finding } from './example-finding.ts';
import { startMailServer, type MailServer } from './mail-server.ts';

const NOW = Date.UTC(2026, 0, 1, 0, 26);
const PLACE = { publicUrl: 'https://serin.example', simulated: false };

function news(changes: Partial<Finding>, kind: News['kind'] = 'firing'): News {
  const found = finding(changes);
  const alert = advance(judge(inactiveAlert(found, NOW), found, NOW), NOW, { hold: 0, keep: 0 }).at(-1)?.alert;
  if (alert === undefined) throw new Error('the example does not fire');
  const ended = kind === 'resolved' ? { ...alert, state: 'resolved' as const, resolvedAt: NOW } : alert;
  return { alert: ended, kind, key: `${alert.id}/${kind}`, at: NOW };
}

function histogram(low: number): Histogram {
  const bins = [1, 2, 4, 8].map((factor) => ({ low: low * factor, high: low * factor * 2, count: 100 }));
  return { count: 410, missing: 10, bins: Bins.of(bins), categories: [] };
}

function compose(...all: News[]): Notification {
  return composeNotification(all, 0, NOW, PLACE);
}

describe('one message about many alerts', () => {
  it('names the worst in the subject, and counts the others', () => {
    const one = news({});
    expect(compose(one).subject).toBe('[firing] card-fraud: amount drifted in region=EU (PSI 4.2, limit 0.1)');
    const others = ['b', 'c', 'd'].map((subject) => news({ subject, statistic: 0.2 }));
    const all = compose(...others, news({ slice: 'all', statistic: 1 }), one, news({ detector: 'ks', statistic: 0.9 }));
    expect(all.subject).toBe('[firing] card-fraud: amount drifted in region=EU (PSI 4.2, limit 0.1) and 5 more');
    expect(all.topics.map((topic) => topic.subject)).toEqual(['amount', 'b', 'c', 'd']);
    expect(all.topics[0]?.alerts.map(({ slice, measure }) => `${measure} ${slice}`)).toEqual([
      'PSI region=EU',
      'PSI all',
      'KS region=EU',
    ]);
  });

  it('puts a part of the traffic before the whole when both are as bad', () => {
    const both = compose(news({ slice: 'all' }), news({ slice: 'region=EU' }));
    expect(both.topics[0]?.alerts.map((alert) => alert.slice)).toEqual(['region=EU', 'all']);
  });

  it('tells the score, the model and its labels apart, and what is the same thing together', () => {
    const whole = { subject: '', slice: 'all' };
    const all = compose(
      news({ ...whole, detector: 'score_drift', statistic: 2 }),
      news({ ...whole, detector: 'label_delay', statistic: 1 }),
      news({ ...whole, detector: 'f1', statistic: 0.5 }),
      news({ detector: 'missing_share', statistic: 0.3 }),
      news({ statistic: 0.2 }),
    );
    expect(all.topics.map(({ headline, alerts }) => [headline, alerts.length])).toEqual([
      ['the score drifted', 1],
      ['the labels come at other ages', 1],
      ['the model lost accuracy', 1],
      ['amount has bad data', 2],
    ]);
  });

  it('says what a feature does to the score while it lasts, and ranks features by it, not by distance', () => {
    const size = new Map([
      ['amount', 0.01],
      ['age', 0.3],
    ]);
    const impactOf = ({ subject, state }: Finding): Impact | undefined => {
      const share = size.get(subject);
      if (share === undefined || state !== 'fail') return undefined;
      const flips = { share, interval: [share / 2, 2 * share] as const, declined: 0 };
      return { share: null, scoreShift: 0, rows: 100, isInput: true, flips };
    };
    const told = (...all: News[]) => composeNotification(all, 0, NOW, { ...PLACE, impactOf });
    const reasonOf = (one: News): string | undefined => {
      const { topics, resolved } = told(one);
      return [...topics, ...resolved][0]?.alerts[0]?.reason;
    };
    const { reason } = finding({});
    const says = 'the mean score has not moved beyond noise; it flips 1 % of decisions (0.5 % to 2 %)';
    expect(reasonOf(news({}))).toBe(`${reason}; ${says}`);
    expect(reasonOf(news({ subject: 'b' }))).toBe(reason);
    expect(reasonOf(news({}, 'resolved'))).toBe(reason);
    // What has no impact of its own keeps its place among the others.
    const service = { detector: 'latency_shift', subject: 'scorer/POST /score', statistic: 1 };
    const all = told(news({ statistic: 4 }), news(service), news({ subject: 'age', statistic: 0.2 }));
    expect(all.topics.map(({ subject }) => subject)).toEqual(['age', 'scorer/POST /score', 'amount']);
    expect(all.subject).toContain('age drifted');
  });

  it('tells apart firing, repeated and resolved', () => {
    expect(compose(news({}, 'repeat')).subject).toMatch(/^\[still firing\] card-fraud: amount drifted/);
    const over = compose(news({}, 'resolved'));
    expect(over.subject).toBe('[resolved] card-fraud: amount is back within limits in region=EU');
    expect(over).toMatchObject({ kind: 'resolved', lead: null, topics: [] });
    const mixed = compose(news({}), news({ subject: 'b' }, 'resolved'), news({ subject: 'c' }, 'repeat'));
    expect(mixed).toMatchObject({ kind: 'firing', stillFiring: 1 });
    expect(mixed.topics.map((topic) => topic.subject)).toEqual(['amount']);
    expect(mixed.resolved.map((topic) => topic.subject)).toEqual(['b']);
  });

  it('links to the feature in its window, to the traffic and to the alert', () => {
    const { topics, links } = compose(news({ model: 'a b/c', subject: 'x?y', slice: 'tag=ä&b' }));
    expect(topics[0]?.url).toBe(
      'https://serin.example/models/a%20b%2Fc/features/x%3Fy?version=2026-01-01&slice=tag%3D%C3%A4%26b&from=2026-01-01T00%3A00%3A00.000Z&to=2026-01-01T01%3A00%3A00.000Z',
    );
    expect(links.alert).toBe(`https://serin.example/alerts/${topics[0]?.alerts[0]?.id ?? ''}`);
    expect(links.model).toBe('https://serin.example/models/a%20b%2Fc');
  });

  it('links a latency alert to the slowest and to the failing traces, in text and HTML', () => {
    const slow = { detector: 'latency_shift', subject: 'scorer/POST /score', slice: 'all' };
    const mixed = compose(news({ statistic: 9 }), news(slow));
    const traces = 'https://serin.example/models/card-fraud/traces?service=scorer&operation=POST+%2Fscore&from=';
    expect(mixed.topics[1]?.url).toContain(traces);
    for (const one of [mixed, compose(news(slow))]) {
      expect(renderText(one)).toMatch(
        / {2}slowest: {2}https:.*traces\?service=scorer&operation=POST\+%2Fscore&from=.*/,
      );
      expect(renderText(one)).toMatch(/ {2}failing: {2}https:.*traces\?service=scorer&operation=POST.*&errors=true/);
      expect(renderHtml(one, undefined)).toContain('&amp;errors=true');
    }
    expect(renderText(compose(news({})))).not.toContain('errors=true');
    const budget = news({ ...slow, detector: 'burn_rate', subject: 'budget late' });
    expect(renderText(compose(budget))).not.toContain('service=');
  });

  it('says which alerts can wait until morning, and puts them behind those that cannot', () => {
    const burn = { detector: 'burn_rate', slice: 'all', limit: 1 };
    const ticket = news({ ...burn, subject: 'a/slow', statistic: 50, details: { severity: 'ticket' } });
    const page = news({ ...burn, subject: 'a/down', statistic: 20, details: { severity: 'page' } });
    const one = compose(ticket);
    expect(one.subject).toMatch(/^\[firing, ticket\] card-fraud: a\/slow spends its budget too fast/);
    expect(compose({ ...ticket, kind: 'repeat' }).subject).toMatch(/^\[still firing, ticket\]/);
    expect(renderText(one)).toContain('ticket, working hours are soon enough');
    expect(renderHtml(one, undefined)).toContain('ticket, working hours are soon enough');
    const both = compose(ticket, page);
    expect(both.subject).toMatch(/^\[firing\] card-fraud: a\/down .* and 1 more$/);
    expect(both.topics.map(({ alerts }) => alerts[0]?.severity)).toEqual(['page', 'ticket']);
    const same = compose(ticket, news({ ...burn, subject: 'a/slow', slice: 'x=1', statistic: 2 }));
    expect(same.topics[0]?.alerts.map(({ severity }) => severity)).toEqual(['page', 'ticket']);
  });

  it('shows what an earlier Serin stored, which knew neither links nor severity', () => {
    const { topics, ...rest } = compose(news({}));
    const old = topics.map((topic) => ({
      ...topic,
      alerts: topic.alerts.map(({ links: _links, severity: _severity, ...alert }) => alert),
    }));
    expect(renderText({ ...rest, topics: old })).toContain(topics[0]?.url);
    expect(renderHtml({ ...rest, topics: old }, undefined)).toContain('See what moved');
  });

  it('has an answer to limits of zero and to missing numbers', () => {
    expect(compose(news({ statistic: 3, limit: 0 })).subject).toContain('(PSI 3, limit 0)');
    expect(compose(news({ statistic: null, limit: null })).subject).toBe(
      '[firing] card-fraud: amount drifted in region=EU',
    );
  });
});

describe('mail addresses', () => {
  it.each([
    ['serin@example.com', '', 'serin@example.com'],
    ['Serin Alerts <serin+x@sub.example.com>', 'Serin Alerts', 'serin+x@sub.example.com'],
    ['<serin@localhost>', '', 'serin@localhost'],
    ['jörg@münchen.example', '', 'jörg@münchen.example'],
  ])('reads %s', (text, name, address) => expect(parseMailAddress(text)).toEqual({ name, address }));

  it.each([
    '',
    'nobody',
    'a@b@c',
    'a@example.com, b@example.com',
    'a@example.com\r\nBcc: b@example.com',
    'A\r\nBcc: b@example.com <a@example.com>',
    'a@example.com\n',
    'group: a@example.com, b@example.com;',
    'outer: inner: a@example.com;;',
    '"a b"@example.com',
    'a@example.com <b@example.com> <c@example.com>',
    'a b@example.com',
    'a@exa mple.com',
    'a@example.com (comment)',
    'a@example.com>',
    `${'a'.repeat(65)}@example.com`,
  ])('refuses %j', (text) => {
    expect(parseMailAddress(text)).toBeUndefined();
    const settings = { type: 'email', host: 'h', from: 'a@b', to: [text] };
    expect(emailSettings.safeParse(settings).error?.issues[0]?.message).toContain('is not one mail address');
  });
});

describe('the email channel', () => {
  let server: MailServer;
  beforeAll(async () => {
    server = await startMailServer();
  });
  afterAll(() => server.close());
  beforeEach(() => {
    server.refuse(undefined);
    server.mails.length = server.raw.length = server.recipients.length = 0;
  });
  const channel = (port = server.port) =>
    openEmail(
      emailSettings.parse({
        type: 'email',
        host: '127.0.0.1',
        port,
        from: 'Serin <serin@example.com>',
        to: ['oncall@example.com', 'ml@example.com'],
      }),
    );

  it('sends text, HTML and the picture inside, to everyone', async () => {
    const notification = compose(news({ interval: [3.9, 4.5] }), news({ subject: 'age', statistic: 0.2 }));
    const picture = drawPicture(finding(), { reference: histogram(1), window: histogram(1000) });
    expect(await channel().send('0123', notification, picture)).toEqual({ accepted: true });
    const [mail] = server.mails;
    expect(server.recipients[0]?.sort()).toEqual(['ml@example.com', 'oncall@example.com']);
    expect(mail?.subject).toBe(notification.subject);
    expect(mail?.messageId).toBe('<0123@example.com>');
    expect(mail?.headers.get('auto-submitted')).toBe('auto-generated');
    expect(mail?.from?.text).toBe('"Serin" <serin@example.com>');
    expect(mail?.date?.getTime()).toBe(NOW);
    expect(mail?.text).toContain(
      'how sure: PSI 4.2, limit 0.1 (42 times past it), interval 3.9 to 4.5, from 5,000 records',
    );
    expect(mail?.text).toContain('since:    1 Jan 2026, 00:00 UTC (26 min)');
    expect(mail?.attachments).toHaveLength(1);
    expect(mail?.attachments[0]).toMatchObject({ contentType: 'image/png', cid: 'picture@serin', related: true });
    expect(mail?.attachments[0]?.content.subarray(1, 4).toString()).toBe('PNG');
    expect(mail?.html).not.toMatch(/SIMULATED|<script|(src|background)="?https?:/i);
  });

  it('says that data is simulated, in text and HTML', async () => {
    const notification = composeNotification([news({})], 0, NOW, { ...PLACE, simulated: true });
    await channel().send('sim', notification, undefined);
    expect(server.mails[0]?.text).toContain('SIMULATED DATA');
    expect(server.mails[0]?.html).toContain('SIMULATED DATA');
    expect(server.mails[0]?.html).not.toContain('cid:');
  });

  it('shows what users wrote as text only, and in one header line', async () => {
    const evil = '<script>alert(1)</script>\r\nBcc: evil@example.com\r\n\r\nx" onload="y';
    const notification = compose(
      news({ model: evil, subject: evil, slice: `region=${evil}`, version: evil, reason: evil }),
      news({ model: evil, subject: `${evil}2`, reason: evil }),
      news({ model: evil, subject: evil, slice: 'all' }, 'resolved'),
    );
    const picture = drawPicture(finding({ subject: evil, slice: evil }), { reference: null, window: histogram(1) });
    expect(await channel().send('evil', notification, picture)).toEqual({ accepted: true });
    const [mail] = server.mails;
    expect(server.recipients[0]).toEqual(['oncall@example.com', 'ml@example.com']);
    expect(mail?.headers.has('bcc')).toBe(false);
    expect(mail?.subject).toMatch(/^\[firing\] <script>/);
    expect(mail?.html).toContain('&lt;script&gt;');
    expect(mail?.html).not.toMatch(/<script|" onload="/);
    expect(server.raw[0]?.split('\r\n\r\n')[0]).not.toMatch(/^Bcc/im);
  });

  it('stays one screen long in a storm', async () => {
    const storm = compose(
      ...Array.from({ length: 400 }, (_, n) => news({ subject: `feature_${n}`, statistic: 1 + n })),
    );
    await channel().send('storm', storm, undefined);
    expect(server.mails[0]?.subject).toBe(
      '[firing] card-fraud: feature_399 drifted in region=EU (PSI 400, limit 0.1) and 399 more',
    );
    expect(server.mails[0]?.text).toContain('And 394 more: feature_393, ');
    expect(server.mails[0]?.text).toContain('and 374 others.');
    expect(server.mails[0]?.text?.split('\n').length).toBeLessThan(90);
  });

  it.each([
    ['data', 450, true],
    ['data', 421, true],
    ['data', 554, false],
    ['recipient', 452, true],
    ['recipient', 550, false],
  ] as const)('a refusal of the %s with %i: trying again makes sense: %s', async (at, code, retry) => {
    server.refuse({ at, code, text: 'not today' });
    const outcome = await channel().send('id', composeTest('oncall', NOW, PLACE), undefined);
    expect(outcome).toMatchObject({ accepted: false, retry });
    expect((outcome as { error: string }).error).toContain('not today');
  });

  it('may be tried again when nobody listens', async () => {
    const gone = await startMailServer();
    await gone.close();
    const outcome = await channel(gone.port).send('id', composeTest('oncall', NOW, PLACE), undefined);
    expect(outcome).toMatchObject({ accepted: false, retry: true });
  });
});
