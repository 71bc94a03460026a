import { describe, expect, it } from 'vitest';
import { decisionSubjects } from '../../daemon/decision-subjects.ts';
import { findingLinks } from '../../daemon/finding-links.ts';
import { latencySubjects, operationOf } from '../../daemon/latency-subjects.ts';
import { scoreSubject } from '../../daemon/score-subject.ts';
import { routeOf } from '../../dashboards/route.ts';
import { detectors } from '../../detectors/find-detector.ts';
import type { Finding } from '../../detectors/terms.ts';
import { finding } from './alerts/example-finding.ts';

const HOUR = 'from=2026-01-01T00%3A00%3A00.000Z&to=2026-01-01T01%3A00%3A00.000Z';

function linksOf(changes: Partial<Finding>) {
  return findingLinks(finding(changes), (path) => path);
}

describe('where a finding leads', () => {
  const operation = { detector: 'latency_shift', slice: 'all', version: 'all', subject: 'scorer/POST /score' };

  it('is the page of its feature, of the score, or of the model, in its window', () => {
    expect(linksOf({})).toEqual({
      subject: `/models/card-fraud/features/amount?version=2026-01-01&slice=region%3DEU&${HOUR}`,
    });
    const whole = { subject: '', slice: 'all', version: 'all' };
    expect(linksOf({ ...whole, detector: 'score_drift' })).toEqual({ subject: `/models/card-fraud/score?${HOUR}` });
    const ofClass = linksOf({ ...whole, detector: 'score_drift', subject: scoreSubject('gold/1') });
    expect(ofClass).toEqual({ subject: `/models/card-fraud/score/score%20of%20class%20gold%2F1?${HOUR}` });
    const decisions = (subject: string) => linksOf({ ...whole, detector: 'decision_drift', subject });
    expect(decisions(decisionSubjects.recorded)).toEqual({ subject: `/models/card-fraud/decision?${HOUR}` });
    expect(decisions(decisionSubjects.byThreshold)).toEqual({ subject: `/models/card-fraud/score?${HOUR}` });
    expect(linksOf({ ...whole, detector: 'f1' })).toEqual({ subject: `/models/card-fraud?${HOUR}` });
    expect(linksOf({ ...whole, detector: 'of a later release', subject: 'x' }).subject).toMatch(
      /^\/models\/card-fraud\?/,
    );
  });

  it('is the slowest and the failed spans of an operation, with service, operation and window', () => {
    const traces = `/models/card-fraud/traces?service=scorer&operation=POST+%2Fscore&${HOUR}`;
    expect(linksOf(operation)).toEqual({
      subject: traces,
      slowestTraces: traces,
      failingTraces: `${traces}&errors=true`,
    });
  });

  it('reaches as far back as the budget was looked at', () => {
    const burn = { ...operation, detector: 'burn_rate', judgedAt: Date.UTC(2026, 0, 1, 0, 30) };
    const { slowestTraces = '' } = linksOf({ ...burn, details: { looks_back_minutes: 360 } });
    const { searchParams } = new URL(slowestTraces, 'http://serin');
    expect(searchParams.get('from')).toBe('2025-12-31T18:30:00.000Z');
    expect(searchParams.get('to')).toBe('2026-01-01T01:00:00.000Z');
    const short = new URL(linksOf({ ...burn, details: { looks_back_minutes: 20 } }).subject, 'http://serin');
    expect(short.searchParams.get('from')).toBe('2026-01-01T00:00:00.000Z');
  });

  it('is never a service that does not exist', () => {
    const prediction = latencySubjects.prediction;
    expect(linksOf({ ...operation, subject: prediction, version: '7' })).toEqual({
      subject: `/models/card-fraud/latency?version=7&${HOUR}`,
    });
    for (const budget of ['late labels', 'a/b'].map(latencySubjects.budget))
      expect(linksOf({ ...operation, detector: 'burn_rate', subject: budget })).toEqual({
        subject: `/models/card-fraud?${HOUR}`,
      });
  });

  it('is a page that the dashboard has, for every detector and whatever things are called', () => {
    const names = [
      'a',
      'a/b',
      'x?y#z',
      'lone \ud800',
      'ä %25',
      '..a',
      latencySubjects.prediction,
      latencySubjects.budget('b/c'),
    ];
    let looked = 0;
    for (const { name } of detectors)
      for (const text of names) {
        const links = linksOf({ detector: name, subject: text, model: text, slice: `tag=${text}` });
        for (const path of Object.values(links) as string[]) {
          const route = routeOf(new URL(path, 'http://serin').pathname);
          expect(route).toMatchObject({ model: text.toWellFormed() });
          if (route.page === 'subject' && route.kind === 'feature') expect(route.feature).toBe(text.toWellFormed());
          looked++;
        }
      }
    expect(looked).toBeGreaterThan(detectors.length * names.length);
  });

  it('finds an operation as it was put together', () => {
    expect(operationOf(latencySubjects.operation('scorer', 'POST /score'))).toEqual({
      service: 'scorer',
      operation: 'POST /score',
    });
    expect(operationOf('no slash')).toBeUndefined();
  });
});
