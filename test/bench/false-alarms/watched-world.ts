import { median } from 'simple-statistics';
import { modelSettings } from '../../../daemon/config/config.ts';
import type { JudgedFinding } from '../../../daemon/store/findings.ts';
import { judge, type Judged, type Place, type Summaries, type Trial } from '../../../daemon/watch/judge.ts';
import { variationOf } from '../../../daemon/watch/own-variations.ts';
import { findingOf, rule } from '../../../daemon/watch/rule.ts';
import { chanceOfWindow } from '../../../detectors/limits/alarm-budget.ts';
import type { OwnVariation } from '../../../detectors/limits/own-variation.ts';
import { ALL, type Histogram } from '../../../detectors/terms.ts';
import { normal, randomFrom } from '../../detectors/samples.ts';
import {
  addHistograms,
  drawHistogram,
  makeFeatures,
  recordsAt,
  type Feature,
  type Injection,
  type WorldSettings,
} from './world.ts';

const HOUR = 3_600_000;
/** A Monday, 00:00: where hours are counted from. */
const START = Date.UTC(2026, 0, 5);
/** Share of the traffic in the one slice besides `all`, and how many features are cut by it. */
const SLICE = { name: 'region=NZ', share: 0.25, features: 20 };

export interface Wrong {
  readonly feature: number;
  readonly slice: string;
  readonly injection: Injection;
}

/** A made-up model and its watch: the reference is learned, then any hour can be judged as the daemon does. */
export interface WatchedWorld {
  readonly features: readonly Feature[];
  /** The first hour after the reference. */
  readonly firstHour: number;
  /** Judges one window; the same hour is drawn anew for each `take`. */
  judgeHour(hour: number, pagesAWeek: number, wrong?: Wrong, take?: number): JudgedFinding[];
  /** The same hour looked at while it grows, as often as `looks` says; each look sees all that came before. */
  judgeOpenHour(hour: number, pagesAWeek: number, looks: number): Generator<JudgedFinding[]>;
}

interface Subject {
  readonly slice: string;
  readonly feature: Feature;
  readonly at: number;
}

/** @param referenceHours length of the reference, in windows of an hour */
export function openWatchedWorld(settings: WorldSettings, referenceHours: number): WatchedWorld {
  const features = makeFeatures(settings);
  const places: Subject[] = [
    ...features.map((feature, at) => ({ slice: ALL, feature, at })),
    ...features.slice(0, SLICE.features).map((feature, at) => ({ slice: SLICE.name, feature, at })),
  ];
  const recordsOf = ({ slice }: Subject, hour: number): number =>
    recordsAt(hour, settings) * (slice === ALL ? 1 : SLICE.share);
  const draw = (place: Subject, hour: number, random: () => number, injection?: Injection): Histogram =>
    drawHistogram(place.feature, hour, Math.round(recordsOf(place, hour)), random, injection);
  const random = randomFrom(settings.seed + 1);
  const chunks = new Map(
    places.map((place) => [
      keyOf(place.slice, place.feature.name),
      Array.from({ length: referenceHours }, (_, hour) => draw(place, hour, random)),
    ]),
  );
  const toJudged = ({ slice, feature }: Subject, summary: Histogram): Judged<Histogram> => ({
    version: ALL,
    slice,
    subject: feature.name,
    summary,
  });
  const summariesOf = (judged: readonly Judged<Histogram>[]): Summaries => ({
    features: judged,
    scores: [],
    operations: [],
    budgets: [],
    outcomes: [],
  });
  const expected = summariesOf(
    places.map((place) => toJudged(place, addHistograms(chunks.get(keyOf(place.slice, place.feature.name))!))),
  );
  const known = new Map<string, OwnVariation | null>();
  const variationFor = (trial: Trial): OwnVariation | null => {
    const place = keyOf(trial.judged.slice, trial.judged.subject);
    const key = `${trial.detector.name} ${place}`;
    const found = known.get(key);
    if (found !== undefined) return found;
    const own = variationOf(trial, new Map(chunks.get(place)!.entries()), START, HOUR, referenceHours);
    known.set(key, own);
    return own;
  };
  const model = modelSettings.parse({});
  const judgeWindow = (hour: number, histograms: readonly Histogram[], pagesAWeek: number, final: boolean) => {
    const from = START + hour * HOUR;
    const place: Place = {
      model: 'made up',
      window: { from, to: from + HOUR },
      reference: { from: START, to: START + referenceHours * HOUR },
      judgedAt: from + HOUR,
      final,
      chance: chanceOfWindow(pagesAWeek, HOUR, final),
    };
    const window = summariesOf(places.map((subject, at) => toJudged(subject, histograms[at]!)));
    return rule(place, judge(place, model, window, expected), variationFor).map(findingOf);
  };
  return {
    features,
    firstHour: referenceHours,
    judgeHour(hour, pagesAWeek, wrong, take = 0) {
      const next = randomFrom(settings.seed * 7919 + hour * 104_729 + take * 1_299_709);
      const histograms = places.map((place) => {
        const isWrong = wrong !== undefined && place.at === wrong.feature && place.slice === wrong.slice;
        return draw(place, hour, next, isWrong ? wrong.injection : undefined);
      });
      return judgeWindow(hour, histograms, pagesAWeek, true);
    },
    *judgeOpenHour(hour, pagesAWeek, looks) {
      const next = randomFrom(settings.seed * 7919 + hour * 104_729);
      const own = places.map(() => normal(next));
      let grown: readonly Histogram[] = places.map(() => addHistograms([]));
      for (let look = 1; look <= looks; look++) {
        grown = places.map((place, at) => {
          const [before, after] = [look - 1, look].map((part) => Math.round((recordsOf(place, hour) * part) / looks));
          const came = drawHistogram(place.feature, hour, after! - before!, next, {}, own[at]);
          return addHistograms([grown[at]!, came]);
        });
        yield judgeWindow(hour, grown, pagesAWeek, false);
      }
    },
  };
}

/** Whether anyone would be told of a window. */
export function pages(judged: readonly JudgedFinding[]): boolean {
  return judged.some(({ finding }) => finding.state === 'fail' && finding.inhibitedBy === undefined);
}

export function middle(values: readonly number[]): number {
  return values.length === 0 ? NaN : median([...values]);
}

function keyOf(slice: string, feature: string): string {
  return JSON.stringify([slice, feature]);
}
