import { ALL, type Durations, type Histogram, type Window } from '../../detectors/terms.ts';
import type { ModelSettings } from '../config/config.ts';
import { latencySubjects } from '../latency-subjects.ts';
import { decisionSubjects } from '../decision-subjects.ts';
import { scoreSubject } from '../score-subject.ts';
import { readBudgets } from '../store/budgets.ts';
import { readModelBudgets } from '../store/model-budgets.ts';
import type { Engine } from '../store/engine.ts';
import { readDurations, readHistograms, type HistogramRow } from '../store/histograms.ts';
import { decisionsOf } from './decisions-of.ts';
import type { Judged, Summaries } from './judge.ts';

/**
 * What the traffic of a window looked like: features, scores and durations, out of the rollups.
 * @param histograms of the features and scores, where they are being read together with those of other models
 */
export async function readTraffic(
  engine: Engine,
  model: string,
  settings: ModelSettings,
  window: Window,
  histograms: Promise<readonly HistogramRow[]> = readHistograms(engine, model, window, { oneThread: true }),
): Promise<Omit<Summaries, 'outcomes' | 'budgets'>> {
  const rows = await histograms;
  const of = (kind: string): Judged<Histogram>[] =>
    rows
      .filter((row) => row.kind === kind)
      .map((row) => ({
        version: row.version,
        slice: row.slice,
        subject: subjectOf(row),
        summary: row.histogram,
      }));
  const operations = await readDurations(engine, settings.services, window);
  return {
    features: of('feature'),
    scores: withoutEmpty(of('score')),
    decisions: decisionsOf(of('decision'), of('score'), settings),
    operations: [
      ...operations.map(({ service, operation, durations }) => ({
        version: ALL,
        slice: ALL,
        subject: latencySubjects.operation(service, operation),
        summary: durations,
      })),
      ...of('latency').map((judged) => ({
        ...judged,
        subject: latencySubjects.prediction,
        summary: durationsOf(judged.summary),
      })),
    ],
  };
}

/** What a row of the rollups is judged as. */
export function subjectOf({ kind, name }: Pick<HistogramRow, 'kind' | 'name'>): string {
  if (kind === 'feature') return name;
  if (kind === 'decision') return decisionSubjects.recorded;
  return kind === 'score' ? scoreSubject(name) : '';
}

/** The one score that a model of classes never gives is counted with its traffic, and is not what is to be judged. */
function withoutEmpty(scores: readonly Judged<Histogram>[]): Judged<Histogram>[] {
  const ofClasses = new Set(scores.filter(({ subject }) => subject !== '').map(groupOf));
  return scores.filter(
    (score) => score.subject !== '' || score.summary.missing < score.summary.count || !ofClasses.has(groupOf(score)),
  );
}

function groupOf({ version, slice }: Judged<Histogram>): string {
  return JSON.stringify([version, slice]);
}

/** How the services spent their error budget, and the model its own ones, looking back from a moment. */
export async function readBudgetsOf(
  engine: Engine,
  model: string,
  settings: ModelSettings,
  asOf: number,
): Promise<Summaries['budgets']> {
  const budgets = await readBudgets(engine, settings.services, asOf, settings.latency_objective);
  const own = await readModelBudgets(engine, model, settings, asOf);
  return [
    ...budgets.map(({ service, operation, series }) => ({
      subject: latencySubjects.operation(service, operation),
      summary: series,
    })),
    ...own.map(({ name, series }) => ({ subject: latencySubjects.budget(name), summary: series })),
  ].map((judged) => ({ version: ALL, slice: ALL, ...judged }));
}

export function durationsOf(histogram: Histogram): Durations {
  return { count: histogram.count - histogram.missing, errors: 0, bins: histogram.bins };
}
