import { assert, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { apiPath, pagePath } from '../../dashboards/api-path.ts';
import { routeOf } from '../../dashboards/route.ts';
import { linkPath, subjectKind, subjectPath } from '../../dashboards/subject-path.ts';
import { defaultRange, parseRange, rangeQuery, resolveRange } from '../../dashboards/time-range.ts';

const LAST_HOUR = { kind: 'last', name: '1h', lengthMs: 3_600_000 } as const;

describe('addresses of the API', () => {
  it('escape every name and leave out what is empty', () => {
    expect(
      apiPath(['models', 'a/b?c#d'], { slice: 'region=EU & co', version: '', from: undefined, errors: true }),
    ).toBe('/v1/models/a%2Fb%3Fc%23d?slice=region%3DEU+%26+co&errors=true');
  });
});

describe('addresses of pages', () => {
  it('lead to a model and a feature whatever they are called', () => {
    const name = string({ minLength: 1 }).filter(
      (text) => !/[\ud800-\udfff]/.test(text) && text !== '.' && text !== '..',
    );
    assert(
      property(name, name, (model, feature) => {
        const { pathname } = new URL(pagePath(['models', model, 'features', feature]), 'http://serin.test');
        expect(routeOf(pathname)).toEqual({ page: 'subject', model, kind: 'feature', feature });
      }),
    );
  });

  it('decode a name once only', () => {
    expect(routeOf('/models/50%25')).toEqual({ page: 'model', model: '50%' });
    expect(routeOf('/models/a%252Fb')).toEqual({ page: 'model', model: 'a%2Fb' });
    expect(routeOf('/models/100%')).toEqual({ page: 'model', model: '100%' });
  });

  it('that lead nowhere say so', () => {
    for (const path of [
      '/nothing',
      '/models/a/b',
      '/models/a/features',
      '/models/a/decision/b',
      '/alerts/1/2',
      '/retrainings/1',
      '/models/a/features/b/c',
    ]) {
      expect(routeOf(path)).toEqual({ page: 'nowhere' });
    }
  });

  it('are those that the daemon serves the page for', () => {
    expect(routeOf('/')).toEqual({ page: 'fleet' });
    expect(routeOf('/models')).toEqual({ page: 'fleet' });
    expect(routeOf('/alerts')).toEqual({ page: 'alerts' });
    expect(routeOf('/alerts/7/')).toEqual({ page: 'alert', id: '7' });
    expect(routeOf('/rollouts/7')).toEqual({ page: 'rollout', id: '7' });
    expect(routeOf('/shadows/live%2Fm%252Fn%2Fv2')).toEqual({ page: 'shadow', id: 'live/m%2Fn/v2' });
    expect(routeOf('/replays/7')).toEqual({ page: 'replay', id: '7' });
    expect(routeOf('/retrainings')).toEqual({ page: 'retrainings' });
    expect(routeOf('/models/m/traces')).toEqual({ page: 'traces', model: 'm' });
    expect(routeOf('/models/m/traces/ab12')).toEqual({ page: 'trace', model: 'm', traceId: 'ab12' });
  });
});

describe('what a finding is about', () => {
  const judged = { detector: 'psi', feature: 'amount' };

  it('is shown where the daemon says, on the page that is open, whatever the public address is', () => {
    const links = { subject: 'https://serin.example/models/a%2Fb/features/x%3Fy?version=1&from=2026&to=2027' };
    expect(subjectPath({ links })).toBe('/models/a%2Fb/features/x%3Fy?version=1&from=2026&to=2027');
    expect(linkPath('http://127.0.0.1:7374/models/m')).toBe('/models/m');
  });

  it('is shown for the version and the time that the reader chose', () => {
    const links = { subject: 'https://serin.example/models/m/score?version=1&slice=a%3Db&from=2026&to=2027' };
    expect(subjectPath({ links }, { version: undefined, from: undefined, to: undefined, range: '6h' })).toBe(
      '/models/m/score?slice=a%3Db&range=6h',
    );
  });

  it('is what the detector declares, else what the finding lets one think', () => {
    const detectors = [{ detector: 'psi', title: '', kind: 'drift', subject: 'score', settings: {} }];
    expect(subjectKind(judged, { detectors })).toBe('score');
    expect(subjectKind(judged, undefined)).toBe('feature');
    expect(subjectKind({ ...judged, feature: undefined }, undefined)).toBe('model');
  });
});

describe('the range of time', () => {
  it('survives the way through the address', () => {
    const ranges = [LAST_HOUR, { kind: 'all' }, { kind: 'custom', from: 0, to: 60_000 }] as const;
    for (const range of ranges) {
      const search = new URLSearchParams();
      for (const [key, value] of Object.entries(rangeQuery(range))) if (value !== undefined) search.set(key, value);
      expect(parseRange(search, { kind: 'all' })).toEqual(range);
    }
  });

  it('falls back where the address says nonsense', () => {
    for (const text of [
      'range=soon',
      'from=x&to=y',
      'from=2026-03-02T00:00:00Z&to=2026-03-01T00:00:00Z',
      'range=0h',
      '',
    ]) {
      expect(parseRange(new URLSearchParams(text), LAST_HOUR)).toEqual(LAST_HOUR);
    }
  });

  it('moves on with the present unless it was given by hand', () => {
    expect(resolveRange(LAST_HOUR, 7_200_000, null)).toEqual({ from: 3_600_000, to: 7_200_000 });
    expect(resolveRange({ kind: 'custom', from: 1, to: 2 }, 99, null)).toEqual({ from: 1, to: 2 });
    expect(resolveRange({ kind: 'all' }, 1000, 10)).toEqual({ from: 10, to: 1000 });
    expect(resolveRange({ kind: 'all' }, 1000, null)).toEqual({ from: 999, to: 1000 });
  });

  it('shows at least 24 windows of the model by default', () => {
    expect(['30s', '1m', '5m', '1h', '1d', 'nonsense'].map((window) => defaultRange(window))).toMatchObject([
      { name: '15m' },
      { name: '1h' },
      { name: '6h' },
      { name: '1d' },
      { name: '1w' },
      { name: '15m' },
    ]);
  });
});
