import { expect, it } from 'vitest';
import { modelSettings } from '../../../daemon/models/model-schema.ts';
import { judge, type Judged, type Summaries } from '../../../daemon/watch/judge.ts';
import { findingOf, rule } from '../../../daemon/watch/rule.ts';
import type { Finding, Histogram, Series } from '../../../detectors/terms.ts';
import { histogramOf, normal, randomFrom, times } from '../../detectors/samples.ts';

const HOUR = 3_600_000;
const random = randomFrom(3);
/** Values of a slice, by the name of the slice: numbers, texts, or null for missing. */
type Traffic = Readonly<Record<string, readonly (number | string | null)[]>>;

const amounts = (count: number, shift = 0): number[] => times(count, () => Math.exp(3 + shift + 0.5 * normal(random)));
/** Closer together and larger, within the range that amounts have. */
const moved = (count: number): number[] => times(count, () => Math.exp(3.6 + 0.1 * normal(random)));
/** Every tenth one is missing: of small slices too few to be sure. */
const holed = (values: readonly number[], every: number): (number | null)[] =>
  values.map((value, at) => (at % every === 0 ? null : value));

const summariesOf = (traffic: Traffic, version = 'v1'): Summaries => {
  const features = Object.entries(traffic).map(([slice, values]): Judged<Histogram> => {
    return { version, slice, subject: 'amount', summary: histogramOf(values) };
  });
  return { features, scores: [], operations: [], budgets: [], outcomes: [] };
};

/** With the slice of all, which holds everything that the others hold. */
const withAll = (slices: Traffic): Traffic => ({ all: Object.values(slices).flat(), ...slices });

function findingsOf(reference: Traffic, window: Traffic, series: readonly Judged<Series>[] = []): readonly Finding[] {
  const place = {
    model: 'm',
    window: { from: 0, to: HOUR },
    reference: { from: -HOUR, to: 0 },
    judgedAt: HOUR,
    final: true,
    chance: 1e-4,
  };
  const settings = modelSettings.parse({ detectors: { hddm_a: true } });
  const trials = judge(place, settings, { ...summariesOf(window), series }, summariesOf(reference));
  return rule(place, trials, () => null).map((ruled) => findingOf(ruled).finding);
}

const found = (findings: readonly Finding[], detector: string, slice: string): Finding | undefined =>
  findings.find((finding) => finding.detector === detector && finding.slice === slice);

const calm = (): Traffic =>
  withAll({ 'region=EU': amounts(4000), 'region=US': amounts(4000), 'region=NZ': amounts(220) });

it('tells of a defect of all traffic, and not of the drift in a slice too small to be sure that it has the defect', () => {
  const window = withAll({
    'region=EU': holed(amounts(4000), 9),
    'region=US': holed(amounts(4000), 9),
    'region=NZ': holed(moved(230), 9),
  });
  const findings = findingsOf(calm(), window);
  const cause = found(findings, 'missing_share', 'all')!;
  expect(cause.state).toBe('fail');
  expect(found(findings, 'missing_share', 'region=NZ')?.state).toBe('pass');
  expect(found(findings, 'psi', 'region=NZ')).toMatchObject({ state: 'fail', inhibitedBy: cause.id });
});

it('tells of the drift in a slice that the defect of the others does not touch', () => {
  const window = withAll({
    'region=EU': holed(amounts(4000), 5),
    'region=US': holed(amounts(4000), 5),
    'region=NZ': moved(230),
  });
  const findings = findingsOf(calm(), window);
  expect(found(findings, 'missing_share', 'all')?.state).toBe('fail');
  const drift = found(findings, 'psi', 'region=NZ')!;
  expect(drift.state).toBe('fail');
  expect(drift.inhibitedBy).toBeUndefined();
});

it('tells of the defect of a slice, and not of the drift of all traffic that is gone without the slice', () => {
  const window = withAll({
    'region=EU': amounts(4000),
    'region=US': amounts(4000, 6),
    'region=NZ': amounts(220),
  });
  // Only the slice is out of its range: what all traffic had lies further.
  const wide = { ...calm() };
  const reference = { ...wide, all: [...wide['all']!, ...times(100, () => 1e6), ...times(100, () => 1e-6)] };
  const findings = findingsOf(reference, window);
  const cause = found(findings, 'out_of_range_share', 'region=US')!;
  expect(cause.state).toBe('fail');
  expect(found(findings, 'out_of_range_share', 'all')?.state).toBe('pass');
  expect(found(findings, 'psi', 'all')).toMatchObject({ state: 'fail', inhibitedBy: cause.id });
});

it('takes out all values of a tag that are broken together, and names the one that weighs most', () => {
  const window = withAll({
    'region=EU': amounts(2000, 6),
    'region=US': amounts(4000, 6),
    'region=NZ': amounts(1500),
  });
  const wide = withAll({ 'region=EU': amounts(4000), 'region=US': amounts(4000), 'region=NZ': amounts(2000) });
  const reference = { ...wide, all: [...wide['all']!, ...times(100, () => 1e6), ...times(100, () => 1e-6)] };
  const findings = findingsOf(reference, window);
  const cause = found(findings, 'out_of_range_share', 'region=US')!;
  expect(found(findings, 'psi', 'all')).toMatchObject({ state: 'fail', inhibitedBy: cause.id });
});

it('tells of the drift of all traffic that is there without the broken slice too', () => {
  const window = withAll({
    'region=EU': amounts(4000, 1),
    'region=US': amounts(4000, 6),
    'region=NZ': amounts(220, 1),
  });
  const wide = { ...calm() };
  const reference = { ...wide, all: [...wide['all']!, ...times(100, () => 1e6), ...times(100, () => 1e-6)] };
  const findings = findingsOf(reference, window);
  expect(found(findings, 'out_of_range_share', 'region=US')?.state).toBe('fail');
  const drift = found(findings, 'psi', 'all')!;
  expect(drift.state).toBe('fail');
  expect(drift.inhibitedBy).toBeUndefined();
});

it('holds that a cut lies within a wider cut of the same number, and in no other', () => {
  const slices = (small: readonly (number | null)[]): Traffic => ({
    all: amounts(8000),
    'age>=30': holed(amounts(4000), 9),
    'age>=60': small,
    'age<20': small,
  });
  const reference = { all: amounts(8000), 'age>=30': amounts(4000), 'age>=60': amounts(220), 'age<20': amounts(220) };
  const findings = findingsOf(reference, slices(holed(moved(230), 9)));
  const cause = found(findings, 'missing_share', 'age>=30')!;
  expect(cause.state).toBe('fail');
  expect(found(findings, 'psi', 'age>=60')).toMatchObject({ state: 'fail', inhibitedBy: cause.id });
  const apart = found(findings, 'psi', 'age<20')!;
  expect(apart.state).toBe('fail');
  expect(apart.inhibitedBy).toBeUndefined();
});

it('tells of a missing share, and not of the change in the series of it; of other features, slices and series it does', () => {
  const window = withAll({ 'region=EU': holed(amounts(4000), 5), 'region=US': amounts(4000) });
  const reference = withAll({ 'region=EU': amounts(4000), 'region=US': amounts(4000) });
  const jump: Series = {
    stepMs: HOUR,
    unit: 'share',
    points: times(60, (at) => ({ at: (at - 59) * HOUR, value: at < 59 ? 0 : 0.2, count: 4000 })),
  };
  const series = [
    ['region=EU', 'missing share of amount'],
    ['region=US', 'missing share of amount'],
    ['region=EU', 'missing share of age'],
    ['region=EU', 'error share of charge'],
    ['region=EU', 'mean of amount'],
    ['region=US', 'mean of amount'],
  ].map(([slice = '', subject = '']): Judged<Series> => ({ version: '', slice, subject, summary: jump }));
  const findings = findingsOf(reference, window, series);
  const cause = found(findings, 'missing_share', 'region=EU')!;
  expect(cause.state).toBe('fail');
  const changes = findings.filter(({ detector }) => detector === 'hddm_a');
  expect(changes.map(({ slice, subject, state, inhibitedBy }) => [slice, subject, state, inhibitedBy])).toEqual([
    ['region=EU', 'missing share of amount', 'fail', cause.id],
    ['region=US', 'missing share of amount', 'fail', undefined],
    ['region=EU', 'missing share of age', 'fail', undefined],
    ['region=EU', 'error share of charge', 'fail', undefined],
    ['region=EU', 'mean of amount', 'fail', cause.id],
    ['region=US', 'mean of amount', 'fail', undefined],
  ]);
});
