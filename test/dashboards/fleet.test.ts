import { describe, expect, it } from 'vitest';
import type { Alert, Check, Decision, Model } from '../../daemon/api/contract.ts';
import { groupAlerts } from '../../dashboards/alert-groups.ts';
import { byTrouble, healthOf } from '../../dashboards/fleet-order.ts';
import { ingestRate } from '../../dashboards/ingest-rate.ts';
import { detectorChoices, detectorsOf } from '../../dashboards/pages/model/detector-choice.ts';
import { evidenceOf } from '../../dashboards/pages/rollout/evidence-of.ts';

const MODEL: Model = {
  model: 'm',
  kind: 'binary',
  threshold: 0.5,
  positive_label: '1',
  value_unit: '',
  window: '1h',
  slices: [],
  services: [],
  guardrails: [],
  reference_kind: 'fixed',
  latency_reference: 'as_traffic',
  reference_length: '1d',
  accuracy_window: '1d',
  label_maturity: '30d',
  unlabelled: 'unknown',
  observed_decisions: [],
  shadow: '',
  budgets: {},
  latency_objective: '250ms',
  objective: 0.99,
  false_alarm_budget: 0.1,
  limits: {
    windows_a_week: 168,
    chance_of_window: 0.0003,
    reference_windows: 24,
    expected_pages_a_week: 0.1,
    source: 'reference',
    says: '',
  },
  versions: [],
  reference: null,
  predictions: 100,
  findings: { pass: 10, fail: 0, insufficient: 0 },
  alerts: { pending: 0, firing: 0 },
  detectors: [],
};

const reading = (at: number, spans: number) => ({ at, ingest: { spans, predictions: 0, labels: 0 } });

it('is the difference of two readings a second', () => {
  expect(ingestRate(reading(1000, 100), reading(6000, 600))?.spans).toBe(100);
});

const check = (interval: Check['interval']): Check => ({
  name: 'errors',
  slice: 'all',
  harm: 0,
  margin: 0.01,
  interval,
  e_value: 1,
  events: 10,
  events_needed: 5,
  state: 'undecided',
  reason: '',
});

describe('the fleet', () => {
  it('calls a model good only when findings passed: nothing judged is insufficient', () => {
    expect(healthOf(MODEL)).toBe('good');
    expect(healthOf({ ...MODEL, findings: { pass: 0, fail: 0, insufficient: 9 } })).toBe('insufficient');
    expect(healthOf({ ...MODEL, findings: { pass: 0, fail: 0, insufficient: 0 } })).toBe('insufficient');
    expect(healthOf({ ...MODEL, predictions: 0 })).toBe('quiet');
  });

  it('stands in order of trouble', () => {
    const fleet: Model[] = [
      { ...MODEL, model: 'good' },
      { ...MODEL, model: 'lacking', findings: { pass: 0, fail: 0, insufficient: 4 } },
      { ...MODEL, model: 'quiet', predictions: 0 },
      { ...MODEL, model: 'pending', alerts: { pending: 1, firing: 0 } },
      { ...MODEL, model: 'failing', findings: { pass: 1, fail: 1, insufficient: 0 } },
      { ...MODEL, model: 'firing', alerts: { pending: 0, firing: 1 } },
      { ...MODEL, model: 'burning', alerts: { pending: 0, firing: 5 } },
      { ...MODEL, model: 'also good' },
    ];
    expect(fleet.sort(byTrouble).map(({ model }) => model)).toEqual([
      'burning',
      'firing',
      'failing',
      'pending',
      'quiet',
      'lacking',
      'also good',
      'good',
    ]);
  });
});

const alert = (id: string, given: Partial<Alert>): Alert => ({
  id,
  model: 'm',
  version: 'all',
  detector: 'psi',
  slice: 'all',
  feature: 'amount',
  state: 'firing',
  reason: '',
  statistic: 0.2,
  limit: 0.1,
  since: '2026-03-01T00:00:00Z',
  fired_at: null,
  resolved_at: null,
  acknowledged_by: null,
  silenced: false,
  delivered: true,
  finding: '',
  url: '',
  ...given,
});

describe('alerts about the same thing', () => {
  it('are one line, led by the one farthest from its limit, and no alert is lost', () => {
    const groups = groupAlerts([
      alert('1', {}),
      alert('2', { slice: 'region=EU', statistic: 3 }),
      alert('3', { detector: 'ks', statistic: 0.5 }),
      alert('4', { feature: 'country', statistic: 0.15 }),
    ]);
    expect(groups.map(({ worst, others }) => [worst.id, ...others.map(({ id }) => id)])).toEqual([
      ['2', '3', '1'],
      ['4'],
    ]);
  });

  it('stay apart by model and by state, and by detector where no feature is named', () => {
    const { feature: _, ...whole } = alert('5', { detector: 'roc_auc', statistic: 0.5, limit: 0.75 });
    const groups = groupAlerts([
      alert('1', {}),
      alert('2', { model: 'other' }),
      alert('3', { state: 'pending' }),
      { ...whole, id: '4', detector: 'score_drift' },
      whole,
    ]);
    expect(groups.map(({ worst }) => worst.id).sort()).toEqual(['1', '2', '3', '4', '5']);
  });

  it('come by what they do to the score where that is known, and not by distance', () => {
    const impact = (size: number) => ({
      share: 0,
      score_shift: 0,
      rows: 1,
      is_input: true,
      flips: null,
      size,
      says: '',
    });
    const groups = groupAlerts([
      alert('1', { statistic: 9, impact: impact(0.1) }),
      alert('2', { feature: 'country', statistic: 2, impact: impact(0.3) }),
      alert('3', { feature: 'scorer/POST', statistic: 5 }),
    ]);
    expect(groups.map(({ worst }) => worst.id)).toEqual(['2', '3', '1']);
  });

  it('are grouped without numbers too', () => {
    expect(groupAlerts([alert('1', { statistic: null, limit: null })])).toHaveLength(1);
    expect(groupAlerts([])).toEqual([]);
  });
});

describe('the rate of what arrives', () => {
  it('is unknown when the daemon was restarted between, or no time passed', () => {
    expect(ingestRate(reading(1000, 100), reading(6000, 5))).toBeNull();
    expect(ingestRate(reading(1000, 100), reading(1000, 200))).toBeNull();
  });
});

describe('what the heat map can show', () => {
  const detectors = [
    { detector: 'missing_share', title: '', kind: 'quality', subject: 'feature', settings: {} },
    { detector: 'psi', title: '', kind: 'drift', subject: 'feature', settings: {} },
    { detector: 'ks', title: '', kind: 'drift', subject: 'feature', settings: {} },
  ];

  it('is each kind of detectors together, drift first, and each detector alone', () => {
    expect(detectorChoices({ detectors }).map(({ value }) => value)).toEqual([
      'kind:drift',
      'kind:quality',
      'missing_share',
      'psi',
      'ks',
    ]);
  });

  it('stands for the detectors of that kind', () => {
    expect([...detectorsOf({ detectors }, 'kind:drift')]).toEqual(['psi', 'ks']);
    expect([...detectorsOf({ detectors }, 'psi')]).toEqual(['psi']);
  });
});

const decision = (second: number, interval: Check['interval']): Decision => ({
  id: String(second),
  rollout: 'r',
  stage: 0,
  decision: 'd',
  verdict: 'hold',
  reasons: [],
  checks: [check(interval)],
  as_of: new Date(second * 1000).toISOString(),
  evidence_url: '',
  inputs: {},
});

describe('evidence over time', () => {
  it('follows each check from decision to decision', () => {
    const [evidence] = evidenceOf([decision(0, [-1, 1]), decision(60, [-0.5, 0.5])]);
    expect(evidence?.looks.map(({ at, check: { interval } }) => [at, interval])).toEqual([
      [0, [-1, 1]],
      [60_000, [-0.5, 0.5]],
    ]);
  });

  it('thins thousands of decisions and keeps the newest', () => {
    const [evidence] = evidenceOf(Array.from({ length: 5000 }, (_, i) => decision(i, [0, 1])));
    expect(evidence?.looks.length).toBeLessThanOrEqual(300);
    expect(evidence?.looks.at(-1)?.at).toBe(4_999_000);
  });

  it('leaves out a check that never had an interval', () => {
    expect(evidenceOf([decision(0, null), decision(1, null)])).toEqual([]);
  });
});
