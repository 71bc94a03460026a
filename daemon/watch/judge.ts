import { hash } from 'node:crypto';
import type { Detector, Weighed } from '../../detectors/detector.ts';
import { detectors, findDetector } from '../../detectors/find-detector.ts';
import { judgeUnder, settingsAt } from '../../detectors/limits/judge-under.ts';
import { onceOf } from '../../detectors/maths/once-of.ts';
import { completeSettings } from '../../detectors/settings.ts';
import {
  ALL,
  type BudgetSeries,
  type Confusions,
  type Durations,
  type Finding,
  type Histogram,
  type JudgedAgainst,
  type LabelFlow,
  type Need,
  type Outcomes,
  type Residuals,
  type Sample,
  type Series,
  type Summary,
  type Window,
} from '../../detectors/terms.ts';
import type { ModelSettings } from '../config/config.ts';
import type { JudgedInputs } from '../store/findings.ts';
import { withVanishedClasses, withVanishedFeatures, type Pair } from './vanished.ts';

/** One thing to be judged, and what it looked like in a window. */
export interface Judged<S extends Summary> {
  readonly version: string;
  readonly slice: string;
  /** A feature, `service/operation`, the score of a class, the decisions, or empty for the one score and the model as a whole. */
  readonly subject: string;
  readonly summary: S;
}

/** All summaries of one model in one window. */
export interface Summaries {
  readonly features: readonly Judged<Histogram>[];
  readonly scores: readonly Judged<Histogram>[];
  readonly decisions?: readonly Judged<Histogram>[];
  readonly operations: readonly Judged<Durations>[];
  readonly budgets: readonly Judged<BudgetSeries>[];
  readonly outcomes: readonly Judged<Outcomes>[];
  /** What else accuracy is judged on; which of it there is depends on the kind of the model. */
  readonly forecast?: readonly Judged<Outcomes>[];
  readonly residuals?: readonly Judged<Residuals>[];
  readonly residual_forecast?: readonly Judged<Residuals>[];
  readonly confusions?: readonly Judged<Confusions>[];
  readonly confusion_forecast?: readonly Judged<Confusions>[];
  readonly labels?: readonly Judged<LabelFlow>[];
  /** Read only where a detector that runs wants them. */
  readonly series?: readonly Judged<Series>[];
  readonly rows?: readonly Judged<Sample>[];
  readonly embeddings?: readonly Judged<Sample>[];
}

/** Where a judgement takes place. */
export interface Place {
  readonly model: string;
  readonly window: Window;
  readonly reference: JudgedAgainst | null;
  /** That of latencies, where they are held against another one. */
  readonly latencyReference?: JudgedAgainst | null | undefined;
  readonly judgedAt: number;
  readonly final: boolean;
  /** All of its predictions were made, though labels are still to come. */
  readonly isOver?: boolean;
  /** It closed so long ago that nobody is told of it. */
  readonly late?: boolean;
  /** How rarely anything in this window may fail when nothing is wrong: see `chanceOfWindow`. */
  readonly chance: number;
}

/** One detector at one subject, before the reference's own variation and all other judgements are looked at. */
export interface Trial {
  readonly detector: Detector;
  readonly judged: Judged<Summary>;
  readonly against: Summary | null;
  readonly settings: Readonly<Record<string, number>>;
  readonly weighed: Weighed;
  /** The place of what was judged, as text: unlike for unlike places. */
  readonly at: string;
}

/**
 * Puts every detector that is switched on, and wants these summaries, to every subject in every slice that has values of its kind.
 * A feature of the reference that the window lacks is judged as wholly missing, the score of a class as 0.
 * @param only names of the detectors to run, whether they are switched on or not; all that are, without it
 */
export function judge(
  place: Place,
  settings: ModelSettings,
  window: Summaries,
  reference: Summaries | null,
  only?: readonly string[],
): Trial[] {
  /** Several detectors look at the same summaries. */
  const known = new Map<readonly Judged<Summary>[], readonly Pair[]>();
  const pairsFor = (detector: Detector): readonly Pair[] => {
    const present = summariesFor(detector, window);
    const found = known.get(present);
    if (found !== undefined) return found;
    const pairs = pairsOf(detector, present, reference === null ? [] : summariesFor(detector, reference));
    known.set(present, pairs);
    return pairs;
  };
  const trials: Trial[] = [];
  for (const detector of detectors) {
    if (only !== undefined && !only.includes(detector.name)) continue;
    const chosen = only === undefined ? usualSettings(settings).get(detector)! : settingsOf(detector, settings, true);
    if (chosen === false) continue;
    const atFirst = settingsAt(detector, chosen, place.chance);
    for (const { judged, against: expected, at } of pairsFor(detector)) {
      const against = detector.comparesWithReference ? expected : null;
      if (!concerns(detector, judged.summary) && !concerns(detector, against)) continue;
      const weighed = detector.weigh(against, judged.summary, atFirst);
      trials.push({ detector, judged, against, settings: chosen, weighed, at });
    }
  }
  return trials;
}

function pairsOf(
  detector: Detector,
  present: readonly Judged<Summary>[],
  expected: readonly Judged<Summary>[],
): readonly Pair[] {
  const pairs = present.map((judged): Pair => {
    const at = placeOf(judged);
    return { judged, against: againstOf(judged, expected, at), at };
  });
  if (detector.subject === 'feature') return withVanishedFeatures(pairs, byPlace(expected));
  return detector.subject === 'score' ? withVanishedClasses(pairs, byPlace(expected)) : pairs;
}

/** What something is held against, of all that a reference has; null where it has nothing like it. */
export function againstOf(
  judged: Judged<Summary>,
  expected: readonly Judged<Summary>[],
  at: string = placeOf(judged),
): Summary | null {
  const expectedAt = byPlace(expected);
  const same = expectedAt.get(at) ?? expectedAt.get(placeOf({ ...judged, version: ALL }));
  return same?.summary ?? anyVersion(judged, expected);
}

/** The settings that every detector runs with when none is named, of settings of a model that never change. */
const usualSettings = onceOf(
  (settings: ModelSettings) => new Map(detectors.map((detector) => [detector, settingsOf(detector, settings)])),
);

/** A reference is looked up at every tick. */
const byPlace = onceOf((judged: readonly Judged<Summary>[]) => new Map(judged.map((one) => [placeOf(one), one])));

/** Judges again what a stored finding was judged on: equal, or the finding cannot be trusted. */
export function recompute({ finding, settings, reference, window, ruling }: JudgedInputs): Finding {
  const detector = findDetector(finding.detector);
  if (detector === undefined) throw new Error(`the detector ${finding.detector} is no longer part of Serin`);
  const judgement =
    ruling === undefined
      ? detector.judge(reference, window, settings)
      : judgeUnder(detector, reference, window, settings, ruling);
  return { ...finding, ...judgement };
}

/**
 * The settings that a detector runs with for a model, or false where it does not: switched off, or one that runs on
 * request only and nobody asked.
 * @param named the caller names this detector
 */
export function settingsOf(
  detector: Detector,
  settings: ModelSettings,
  named = false,
): Readonly<Record<string, number>> | false {
  const set = settings.detectors[detector.name];
  if (!named && (set === false || (set === undefined && detector.onRequest))) return false;
  const given = typeof set === 'object' ? set : {};
  const fromModel = 'objective' in detector.settings ? { objective: settings.objective } : {};
  return completeSettings(detector, { ...fromModel, ...given }).settings;
}

/** What of the summaries a detector is put to. */
export function summariesFor(detector: Detector, summaries: Partial<Summaries>): readonly Judged<Summary>[] {
  const byNeed: Readonly<Record<Need, readonly Judged<Summary>[]>> = {
    histogram: histogramsFor(detector, summaries),
    durations: summaries.operations ?? [],
    budget: summaries.budgets ?? [],
    outcomes: summaries.outcomes ?? [],
    forecast: summaries.forecast ?? [],
    residuals: summaries.residuals ?? [],
    residual_forecast: summaries.residual_forecast ?? [],
    confusions: summaries.confusions ?? [],
    confusion_forecast: summaries.confusion_forecast ?? [],
    labels: summaries.labels ?? [],
    series: summaries.series ?? [],
    sample: (detector.subject === 'embedding' ? summaries.embeddings : summaries.rows) ?? [],
  };
  return byNeed[detector.needs];
}

function histogramsFor({ subject }: Detector, summaries: Partial<Summaries>): readonly Judged<Histogram>[] {
  if (subject === 'decision') return summaries.decisions ?? [];
  return (subject === 'score' ? summaries.scores : summaries.features) ?? [];
}

/** Whether a summary holds values of the kind that a detector is about; one without any is asked of all. */
function concerns({ needs, values }: Detector, summary: Summary | null): boolean {
  if (needs !== 'histogram' || values === 'any') return true;
  const histogram = summary as Histogram | null;
  return histogram !== null && (values === 'numbers' ? histogram.bins : histogram.categories).length > 0;
}

/** Accuracy of a version that the reference does not know is held against the version that the reference knows best. */
function anyVersion(judged: Judged<Summary>, expected: readonly Judged<Summary>[]): Summary | null {
  if (!('labelled' in judged.summary)) return null;
  const others = expected
    .filter((other) => other.slice === judged.slice && other.subject === judged.subject)
    .flatMap(({ summary }) => ('labelled' in summary ? [summary] : []))
    .sort((one, other) => other.labelled - one.labelled);
  return others[0] ?? null;
}

/** Unlike for unlike places, whatever the texts hold. */
function placeOf({ version, slice, subject }: Omit<Judged<Summary>, 'summary'>): string {
  return `${version.length} ${slice.length} ${version}${slice}${subject}`;
}

export function findingId(
  place: Place,
  detector: string,
  judged: { readonly version: string; readonly slice: string; readonly subject: string },
): string {
  const parts = [place.model, judged.version, judged.slice, detector, judged.subject, place.window.from];
  return hash('sha256', JSON.stringify(parts)).slice(0, 24);
}

/** Whether a slice is one of those asked for, by its name or its tag; the slice of all always is. */
export function isAsked(slice: string, slices: readonly string[] | undefined): boolean {
  if (slices === undefined || slice === ALL) return true;
  return slices.some((name) => slice === name || slice.startsWith(`${name}=`));
}

/** Drops the slices that were not asked for; `undefined` asks for all. */
export function onlySlices<S extends Partial<Summaries>>(summaries: S, slices: readonly string[] | undefined): S {
  if (slices === undefined) return summaries;
  const left = Object.entries(summaries).map(([of, judged]: [string, readonly Judged<Summary>[]]) => [
    of,
    of === 'operations' || of === 'budgets' ? judged : judged.filter(({ slice }) => isAsked(slice, slices)),
  ]);
  return Object.fromEntries(left) as S;
}
