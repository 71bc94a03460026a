import { expect, it } from 'vitest';
import { onlySlices, type Judged, type Summaries } from '../../../daemon/watch/judge.ts';
import type { Summary } from '../../../detectors/terms.ts';

it('leaves of every kind of summary the slices that are asked for and all, and of operations and budgets everything', () => {
  const judgedIn = <S extends Summary>(slice: string): Judged<S> => ({
    version: 'v1',
    slice,
    subject: '',
    summary: { count: 1 } as unknown as S,
  });
  const three = <S extends Summary>(): Judged<S>[] => [judgedIn('all'), judgedIn('region=EU'), judgedIn('tier=gold')];
  const summaries: Required<Summaries> = {
    features: three(),
    scores: three(),
    decisions: three(),
    operations: three(),
    budgets: three(),
    outcomes: three(),
    forecast: three(),
    residuals: three(),
    residual_forecast: three(),
    confusions: three(),
    confusion_forecast: three(),
    labels: three(),
    series: three(),
    rows: three(),
    embeddings: three(),
  };
  const left = Object.entries(onlySlices(summaries, ['region'])).map(
    ([of, judged]: [string, readonly Judged<Summary>[]]) => [of, judged.map(({ slice }) => slice)],
  );
  const wanted = ['all', 'region=EU'];
  const whole = ['all', 'region=EU', 'tier=gold'];
  expect(Object.fromEntries(left)).toEqual(
    Object.fromEntries(
      Object.keys(summaries).map((of) => [of, of === 'operations' || of === 'budgets' ? whole : wanted]),
    ),
  );
  expect(onlySlices(summaries, undefined)).toBe(summaries);
});
