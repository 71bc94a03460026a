import { describe, expect, it } from 'vitest';
import { configSchema, defaultConfig } from '../../../daemon/config/config.ts';
import { describeConfig } from '../../../daemon/config/describe-config.ts';
import { formatDuration, parseDuration } from '../../../daemon/config/duration.ts';
import { ConfigError, readConfig, type CheckDetectors } from '../../../daemon/config/load-config.ts';

const anyDetector: CheckDetectors = () => [];

function problems(text: string, environment: Record<string, string> = {}, check = anyDetector): readonly string[] {
  try {
    readConfig(text, 'serin.yaml', environment, check);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

describe('the configuration', () => {
  it('is whole without a file', () => {
    const config = defaultConfig();
    expect(config.listen).toEqual({ host: '127.0.0.1', api: 7374, otlp_http: 4318, otlp_grpc: 4317 });
    expect(config.ingest.segment_age).toBe(1000);
    expect(readConfig('', 'serin.yaml', {}, anyDetector)).toEqual(config);
  });

  it('names the line, the column and the nearest known name of an unknown setting', () => {
    expect(problems('listen:\n  host: 127.0.0.1\n  otlp_htp: 80\n')).toEqual([
      'serin.yaml:3:3 listen.otlp_htp: unknown setting; did you mean "otlp_http"?',
    ]);
    expect(problems('models:\n  by_name:\n    fraud:\n      treshold: 0.5\n')).toEqual([
      'serin.yaml:4:7 models.by_name.fraud.treshold: unknown setting; did you mean "threshold"?',
    ]);
  });

  it('says what it got and what it wants', () => {
    expect(problems('watch:\n  tick: soon\n')).toEqual([
      'serin.yaml:2:3 watch.tick: "soon" is not a length of time; write for example 30s, 5m, 1h or 7d (got "soon")',
    ]);
    expect(problems('listen:\n  api: 99999\n')[0]).toContain('serin.yaml:2:3 listen.api');
    expect(
      problems('watch: { tick: 10 }\nalerts: { channels: { a: { type: emial }, b: { type: webhook } } }\n'),
    ).toEqual([
      'serin.yaml:1:10 watch.tick: a length of time is a text; write for example 30s, 5m, 1h or 7d (got 10)',
      'serin.yaml:2:28 alerts.channels.a.type: unknown type; known here: email, webhook (got "emial")',
      'serin.yaml:2:43 alerts.channels.b.url: is missing',
    ]);
  });

  it('reports every problem at once, and broken YAML with its place', () => {
    expect(problems('listen:\n  api: x\nwatch:\n  tick: 5\nfoo: 1\n')).toHaveLength(3);
    expect(problems('listen: [\n')[0]).toMatch(/^serin\.yaml:\d+:\d+ /);
  });

  it('takes values from the environment, and says which is not set', () => {
    const text = 'store:\n  password: ${CH_PASSWORD}\n';
    expect(readConfig(text, 'serin.yaml', { CH_PASSWORD: 'secret' }, anyDetector).store.password).toBe('secret');
    expect(problems(text)).toEqual(['serin.yaml:2:3 store.password: the environment variable CH_PASSWORD is not set']);
  });

  it('points at the detector that is not known', () => {
    const check: CheckDetectors = (detectors) =>
      Object.keys(detectors)
        .filter((name) => name !== 'psi')
        .map((name) => ({ path: [name], message: `unknown detector "${name}"` }));
    expect(problems('models:\n  by_name:\n    m:\n      detectors:\n        pis: {}\n', {}, check)).toEqual([
      'serin.yaml:5:9 models.by_name.m.detectors.pis: unknown detector "pis"',
    ]);
    expect(problems('retraining:\n  detectors:\n    - psi\n    - pis\n', {}, check)).toEqual([
      'serin.yaml:4:7 retraining.detectors.1: unknown detector "pis"',
    ]);
  });

  it('takes __proto__ as a plain name', () => {
    const config = readConfig('models:\n  by_name:\n    "constructor":\n      threshold: 0.7\n', 'f', {}, anyDetector);
    expect(Object.keys(config.models.by_name)).toEqual(['constructor']);
    expect(problems('__proto__: 1\n')[0]).toContain('unknown setting');
  });

  it('is described whole in docs/configuration.md', async () => {
    await expect(describeConfig()).toMatchFileSnapshot('../../../docs/configuration.md');
  });

  it('gives every setting a meaning', () => {
    const missing: string[] = [];
    let seen = 0;
    const walk = (node: Record<string, unknown>, path: string): void => {
      for (const [key, child] of Object.entries(
        (node['properties'] ?? {}) as Record<string, Record<string, unknown>>,
      )) {
        seen++;
        if (child['description'] === undefined) missing.push(`${path}${key}`);
        walk(child, `${path}${key}.`);
      }
    };
    walk(configSchema.toJSONSchema({ io: 'input', unrepresentable: 'any' }), '');
    expect(missing).toEqual([]);
    expect(seen).toBeGreaterThan(60);
  });
});

describe('a length of time', () => {
  it.each([
    ['500ms', 500],
    ['30s', 30_000],
    ['1.5h', 5_400_000],
    ['2w', 1_209_600_000],
  ])('%s is %i ms', (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds);
    expect(parseDuration(formatDuration(milliseconds))).toBe(milliseconds);
  });

  it.each(['', '5', 'h', '-1s', '1y', '5 m x'])('"%s" is none', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });
});
