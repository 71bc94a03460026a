import { chanceOfWindow } from '../../detectors/limits/alarm-budget.ts';
import { ALL, type Finding, type Series, type Window } from '../../detectors/terms.ts';
import { rowsOf } from '../models/references.ts';
import { matureBy, readSummaries, settingsOfReference } from './expectations.ts';
import type { AllowedPages } from './fleet-budget.ts';
import { isAsked, judge, onlySlices, type Judged, type Summaries } from './judge.ts';
import { openLookAhead } from './look-ahead.ts';
import type { OwnVariations } from './own-variations.ts';
import { readSamplesLike, readSamplesOf } from './read-samples.ts';
import { readAccuracySeries, readSeriesOf, readSeriesSince } from './read-series.ts';
import { readBudgetsOf } from './read-summaries.ts';
import { allVariations } from './read-variations.ts';
import { findingOf, rule } from './rule.ts';
import type { EvaluationRequest, WatchOptions } from './watch.ts';
import { variationsOf, variationsOfAccuracy } from './variations-of.ts';
import { wholeWindows } from './windows.ts';

export interface EvaluatedWindow {
  readonly window: Window;
  readonly count: number;
  readonly findings: readonly Finding[];
}

/** Judges any stretch of stored data now, as the watch does when windows close; nothing is stored. */
export async function evaluate(
  {
    engine,
    settingsOf,
    clock,
    allowedPages,
  }: Pick<WatchOptions, 'engine' | 'settingsOf' | 'clock'> & { readonly allowedPages: AllowedPages },
  request: EvaluationRequest,
): Promise<EvaluatedWindow[]> {
  const now = clock.now();
  const { model, version, reference, labelAgeMs } = request;
  const known = settingsOf(model);
  const read = async (window: Window): Promise<Summaries> =>
    onlySlices(await readSummaries(engine, model, known, window, now, { version, labelAgeMs }), request.slices);
  const rows = rowsOf(engine, model, reference);
  const inSlices = (series: readonly Judged<Series>[]): readonly Judged<Series>[] =>
    series.filter(({ slice }) => isAsked(slice, request.slices));
  const own = settingsOfReference(known, reference);
  const expected = onlySlices(
    await readSummaries(rows.engine, rows.model, own, reference, matureBy(known, reference, now), {
      // A file need not say which version its rows are of.
      version: reference.uploaded === true ? undefined : version,
      labelAgeMs,
    }),
    request.slices,
  );
  const ahead = await openLookAhead({ engine, settings: known, request, rows, expected, now });
  const variations = new Map<number, OwnVariations>();
  const answer: EvaluatedWindow[] = [];
  for (const window of wholeWindows(request.window, request.step)) {
    const length = window.to - window.from;
    const been = await readAccuracySeries(engine, model, known, reference, window.to, request.detectors);
    const summaries = {
      ...(await read(window)),
      ...onlySlices(await ahead.of(window), request.slices),
      budgets: await readBudgetsOf(engine, model, known, window.to),
      ...(await readSamplesOf(engine, model, known, window, request.detectors)),
      series: inSlices([
        ...(await readSeriesSince(engine, model, known, reference, window, request.detectors)),
        ...been.since,
      ]),
    };
    const against = {
      ...expected,
      ...(await readSamplesLike(rows.engine, rows.model, own, reference, window, request.detectors)),
      ...onlySlices(ahead.reference, request.slices),
      series: inSlices([
        ...(await readSeriesOf(rows.engine, rows.model, own, reference, length, request.detectors)),
        ...been.reference,
      ]),
    };
    const chance = chanceOfWindow(allowedPages(model), length, true);
    const place = { model, window, reference, judgedAt: now, final: true, chance };
    const trials = judge(place, known, summaries, against, request.detectors);
    const variation =
      variations.get(length) ??
      allVariations([
        variationsOf(rows, own, reference, length, version),
        variationsOfAccuracy(rows, own, reference, matureBy(known, reference, now), length),
      ]);
    variations.set(length, variation);
    await variation.learn(trials);
    const findings = rule(place, trials, variation.of).map((ruled) => findingOf(ruled).finding);
    answer.push({ window, count: countOf(summaries), findings });
  }
  return answer;
}

/** Predictions of the window, of all versions together; a version may have several scores. */
function countOf({ scores }: Summaries): number {
  const byVersion = new Map<string, number>();
  for (const { version, slice, summary } of scores)
    if (slice === ALL) byVersion.set(version, Math.max(summary.count, byVersion.get(version) ?? 0));
  return [...byVersion.values()].reduce((sum, count) => sum + count, 0);
}
