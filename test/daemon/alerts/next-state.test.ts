import { array, assert, constantFrom, property, record } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { advance, alertId, inactiveAlert, judge, type AlertRecord } from '../../../daemon/alerts/alert-record.ts';
import { newestEvidence } from '../../../daemon/alerts/newest-evidence.ts';
import { nextState } from '../../../daemon/alerts/next-state.ts';
import { asTold, hush, newsOf, newsOfModel } from '../../../daemon/alerts/what-to-tell.ts';
import type { AlertState, Finding } from '../../../detectors/terms.ts';
import { finding } from './example-finding.ts';

const MINUTE = 60_000;
const PATIENCE = { hold: MINUTE, keep: 5 * MINUTE };

function firing(at: number, changes: Partial<Finding> = {}): AlertRecord {
  const alert = judge(inactiveAlert(finding(changes), at), finding(changes), at);
  const fired = advance(alert, at, { hold: 0, keep: 0 }).at(-1)?.alert;
  if (fired === undefined) throw new Error('the example does not fire');
  return fired;
}

describe('the state of an alert', () => {
  const table: readonly [AlertState, 'pass' | 'fail', minutes: number, AlertState][] = [
    ['inactive', 'pass', 60, 'inactive'],
    ['inactive', 'fail', 0, 'pending'],
    ['inactive', 'fail', 60, 'pending'],
    ['pending', 'fail', 0, 'pending'],
    ['pending', 'fail', 0.99, 'pending'],
    ['pending', 'fail', 1, 'firing'],
    ['pending', 'pass', 0, 'inactive'],
    ['pending', 'pass', 60, 'inactive'],
    ['firing', 'fail', 60, 'firing'],
    ['firing', 'pass', 0, 'firing'],
    ['firing', 'pass', 4.99, 'firing'],
    ['firing', 'pass', 5, 'resolved'],
    ['resolved', 'pass', 60, 'resolved'],
    ['resolved', 'fail', 0, 'pending'],
  ];
  it.each(table)('%s, %s for %d minutes: %s', (state, verdict, minutes, next) => {
    expect(nextState(state, verdict, minutes * MINUTE, PATIENCE)).toBe(next);
  });

  it('passes pending on the way to firing when nothing is held', () => {
    const failing = judge(inactiveAlert(finding(), 7), finding(), 7);
    const steps = advance(failing, 7, { hold: 0, keep: 0 });
    expect(steps.map(({ from, to }) => `${from}-${to}`)).toEqual(['inactive-pending', 'pending-firing']);
  });
});

describe('the evidence of an alert', () => {
  const start = Date.UTC(2026, 0, 1);
  const open = judge(inactiveAlert(finding(), start), finding(), start);

  it('is left alone by an insufficient finding, and its time goes on', () => {
    const unsure = finding({ state: 'insufficient', judgedAt: start + MINUTE });
    expect(judge(open, unsure, start + MINUTE)).toBe(open);
    expect(advance(open, start + MINUTE, PATIENCE).at(-1)?.to).toBe('firing');
  });

  it('is left alone by a window that was over before, and by an earlier judgement', () => {
    const hour = 60 * MINUTE;
    const { from } = open.evidence.window;
    const earlier = finding({ state: 'pass', window: { from: from - hour, to: from }, judgedAt: start + hour });
    expect(judge(open, earlier, start + hour)).toBe(open);
    expect(judge(open, finding({ state: 'pass', judgedAt: open.evidence.judgedAt - 1 }), start)).toBe(open);
  });

  it('starts its time anew when it says something else', () => {
    const passing = judge(open, finding({ state: 'pass', judgedAt: start + 9 }), start + 9);
    expect(passing).toMatchObject({ judgedSince: start + 9, evidence: { state: 'pass' } });
    const still = judge(passing, finding({ state: 'pass', judgedAt: start + 20 }), start + 20);
    expect(still.judgedSince).toBe(start + 9);
  });

  it('is of one thing, whatever the version', () => {
    expect(alertId(finding({ version: 'a' }))).toBe(alertId(finding({ version: 'b' })));
    const others = [{ model: 'x' }, { slice: 'x' }, { detector: 'x' }, { subject: 'x' }].map((one) =>
      alertId(finding(one)),
    );
    expect(new Set([...others, alertId(finding())]).size).toBe(5);
  });

  it('is the newest with enough data: an open window that is too small does not hide the closed one', () => {
    const closed = finding();
    const { to } = closed.window;
    const small = finding({ id: 'small', state: 'insufficient', window: { from: to, to: to + 60 * MINUTE } });
    expect(newestEvidence([small, closed])).toBe(closed);
    const large = finding({ id: 'large', state: 'pass', window: small.window });
    expect(newestEvidence([closed, large])).toBe(large);
    expect(newestEvidence([small])).toBeUndefined();
  });

  it('fails while one of the live versions fails, and forgets a version that is gone', () => {
    const control = finding({ id: 'control', version: 'a', state: 'pass' });
    const candidate = finding({ id: 'candidate', version: 'b', state: 'fail' });
    expect(newestEvidence([candidate, control])).toBe(candidate);
    const { to } = control.window;
    const newer = finding({ id: 'newer', version: 'a', state: 'pass', window: { from: to, to: to + 60 * MINUTE } });
    expect(newestEvidence([candidate, newer])).toBe(newer);
  });
});

describe('what people are told', () => {
  const start = Date.UTC(2026, 0, 1);
  const rhythm = { group_wait: 30_000, group_interval: 5 * MINUTE, repeat: 12 * 60 * MINUTE };
  it('waits for more, then tells all at once, and waits between two messages', () => {
    const alerts = [firing(start), firing(start + 20_000, { subject: 'age' })];
    expect(newsOfModel(alerts, undefined, start + 29_999, rhythm)).toEqual([]);
    expect(newsOfModel(alerts, undefined, start + 30_000, rhythm)).toHaveLength(2);
    expect(newsOfModel(alerts, start - 1, start + 30_000, rhythm)).toEqual([]);
    expect(newsOfModel(alerts, start - 1, start - 1 + 5 * MINUTE, rhythm)).toHaveLength(2);
  });

  it('repeats what nobody acknowledged, all of a model together', () => {
    const tell = (alert: AlertRecord, at: number): AlertRecord => {
      const news = newsOf(alert, at, rhythm.repeat);
      return news === undefined ? alert : asTold(news, at);
    };
    const old = tell(firing(start), start);
    const young = tell(firing(start + 60 * MINUTE, { subject: 'age' }), start + 60 * MINUTE);
    const acknowledged = { ...tell(firing(start, { subject: 'country' }), start), acknowledgedBy: 'me' };
    const later = start + rhythm.repeat + 30_000;
    const news = newsOfModel([old, young, acknowledged], start + 60 * MINUTE, later, rhythm);
    expect(news.map((one) => [one.alert.subject, one.kind])).toEqual([
      ['amount', 'repeat'],
      ['age', 'repeat'],
    ]);
    expect(news.map((one) => newsOf(asTold(one, later), later, rhythm.repeat))).toEqual([undefined, undefined]);
  });

  it('says nothing of what fired and ended unheard, and nothing of what ended in silence', () => {
    const ended: AlertRecord = { ...firing(start), state: 'resolved', resolvedAt: start + 5 };
    expect(newsOf(ended, start + 10, rhythm.repeat)).toBeUndefined();
    const told = { ...ended, told: { state: 'firing' as const, since: start, at: start } };
    expect(newsOf(told, start + 10, rhythm.repeat)?.kind).toBe('resolved');
    const silence = { id: 's', model: '', until: start + 100, by: 'me', reason: '', state: 'active' as const };
    const hushed = hush(told, [silence], start + 10);
    expect(newsOf(hush(hushed, [silence], start + 200), start + 200, rhythm.repeat)).toBeUndefined();
  });

  it('tells that it fires again, where the end in between was not told yet', () => {
    const first = { state: 'firing' as const, since: start, at: start };
    const again: AlertRecord = { ...firing(start + MINUTE), told: first };
    expect(newsOf(again, start + MINUTE, rhythm.repeat)).toMatchObject({ kind: 'firing', at: start + MINUTE });
    expect(newsOf({ ...again, firedAt: start }, start + MINUTE, rhythm.repeat)).toBeUndefined();
  });

  it('tells at once of a ticket that became a page, once in an incident, acknowledged or not', () => {
    const judgedAs = (alert: AlertRecord, severity: string, judgedAt: number): AlertRecord => ({
      ...alert,
      evidence: { ...alert.evidence, details: { severity }, judgedAt },
    });
    const told = (alert: AlertRecord, at: number): AlertRecord => asTold(newsOf(alert, at, rhythm.repeat)!, at);
    const ticket = told(judgedAs(firing(start), 'ticket', start), start);
    expect(ticket.told?.severity).toBe('ticket');
    expect(newsOf(ticket, start + MINUTE, rhythm.repeat)).toBeUndefined();
    const worse = judgedAs({ ...ticket, acknowledgedBy: 'me' }, 'page', start + MINUTE);
    expect(newsOf(worse, start + MINUTE, rhythm.repeat)).toMatchObject({ kind: 'firing', at: start + MINUTE });
    const page = told(worse, start + MINUTE);
    expect(newsOf(page, start + 2 * MINUTE, rhythm.repeat)).toBeUndefined();
    const calmer = judgedAs({ ...page, acknowledgedBy: null }, 'ticket', start + 2 * MINUTE);
    const repeated = told(calmer, start + MINUTE + rhythm.repeat);
    expect(
      newsOf(judgedAs(repeated, 'page', start), start + 2 * MINUTE + rhythm.repeat, rhythm.repeat),
    ).toBeUndefined();
    const old = { state: 'firing' as const, since: start, at: start };
    expect(newsOf({ ...worse, told: old }, start + MINUTE, rhythm.repeat)).toBeUndefined();
  });

  it.each([
    [{ model: 'card-fraud' }, true],
    [{ model: '' }, true],
    [{ model: 'other' }, false],
    [{ model: 'card-fraud', detector: 'psi', slice: 'region=EU' }, true],
    [{ model: 'card-fraud', detector: 'ks' }, false],
    [{ model: 'card-fraud', slice: 'all' }, false],
  ])('a silence for %j covers the alert: %s', (wanted, covered) => {
    const silence = { id: 's', until: start + 100, by: 'me', reason: '', state: 'active' as const, ...wanted };
    expect(hush(firing(start), [silence], start).silenced).toBe(covered);
    expect(hush(firing(start), [silence], start + 100).silenced).toBe(false);
  });

  it('never tells the same change twice, and never the end of what was not told, whatever happens', () => {
    const step = record({
      state: constantFrom<Finding['state']>('pass', 'fail', 'fail', 'insufficient'),
      wait: constantFrom(0, 10_000, 40_000, 2 * MINUTE, 6 * MINUTE, 13 * 60 * MINUTE),
      silenced: constantFrom(false, false, false, true),
    });
    let told = 0;
    assert(
      property(array(step, { minLength: 60, maxLength: 120 }), (steps) => {
        let now = start;
        let alert = inactiveAlert(finding({ state: 'pass' }), now);
        let lastToldAt: number | undefined;
        const keys = new Set<string>();
        const kinds: string[] = [];
        for (const { state, wait, silenced } of steps) {
          now += wait;
          alert = judge(alert, finding({ state, judgedAt: now }), now);
          alert = advance(alert, now, PATIENCE).at(-1)?.alert ?? alert;
          const silence = { id: 's', model: '', until: now + 1, by: '', reason: '', state: 'active' as const };
          alert = hush(alert, silenced ? [silence] : [], now);
          for (const news of newsOfModel([alert], lastToldAt, now, rhythm)) {
            expect(alert.silenced).toBe(false);
            expect(keys).not.toContain(news.key);
            expect(now - (lastToldAt ?? -Infinity)).toBeGreaterThanOrEqual(rhythm.group_interval);
            if (news.kind === 'resolved') expect(kinds.at(-1)).toMatch(/firing|repeat/);
            keys.add(news.key);
            kinds.push(news.kind);
            alert = asTold(news, now);
            lastToldAt = now;
            told++;
          }
        }
      }),
      { numRuns: 500, seed: 7 },
    );
    expect(told).toBeGreaterThan(500);
  });
});
