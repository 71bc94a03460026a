import type { Logger } from 'pino';
import type { Finding, JudgedAgainst, Window } from '../../detectors/terms.ts';
import type { Clock } from '../clock.ts';
import { detectors } from '../../detectors/find-detector.ts';
import { chanceOfWindow } from '../../detectors/limits/alarm-budget.ts';
import type { Config, ModelSettings } from '../config/config.ts';
import type { References } from '../models/references.ts';
import type { Engine } from '../store/engine.ts';
import type { Findings } from '../store/findings.ts';
import { readModels } from '../store/traffic.ts';
import { openAccuracyWindows } from './accuracy-windows.ts';
import { openCondensing } from './condense.ts';
import { openDueWindows, type DueWindow } from './due-windows.ts';
import { evaluate } from './evaluate.ts';
import { openExpectations } from './expectations.ts';
import { shareBudget, type AllowedPages } from './fleet-budget.ts';
import { openKnownStates } from './known-states.ts';
import { openLateWindows } from './late-windows.ts';
import { judge, type Place, type Summaries, type Trial } from './judge.ts';
import { forecastWindow, readForecast, readLabels, readMatured } from './read-accuracy.ts';
import type { OwnVariations } from './own-variations.ts';
import { withPromises } from './promises.ts';
import { readSamplesOf } from './read-samples.ts';
import { readAccuracySeries, readSeriesSince, withSeries } from './read-series.ts';
import { readBudgetsOf, readTraffic } from './read-summaries.ts';
import { openOpenSums } from './open-sums.ts';
import { MODELS_TOGETHER, readTogether, type ReadTogether } from './read-together.ts';
import { findingOf, rule, type Ruled } from './rule.ts';
import type { Step } from './windows.ts';

export interface WatchOptions {
  readonly engine: Engine;
  readonly findings: Findings;
  readonly settings: Config['watch'];
  readonly settingsOf: (model: string) => ModelSettings;
  readonly references: References;
  readonly clock: Clock;
  readonly log: Logger;
  /**
   * Hears of the findings of a model in a tick, of what is new and of all that failed; of a subject there may be several, one
   * a window. Where any failed, or it `follows` the model, it hears of what passes as it did before, too.
   */
  readonly observe: (findings: readonly Finding[]) => Promise<void>;
  readonly follows: (model: string) => boolean;
}

const ACCURACY = detectors.filter(({ kind }) => kind === 'accuracy').map(({ name }) => name);

const NO_TRAFFIC = { features: [], scores: [], operations: [], budgets: [] } as const;

export interface EvaluationRequest {
  readonly model: string;
  /** Only what this version answered. */
  readonly version?: string;
  /** A stretch of stored predictions, or a reference that was taken. */
  readonly reference: JudgedAgainst;
  readonly window: Window;
  readonly step: Step;
  readonly slices?: readonly string[];
  readonly detectors?: readonly string[];
  /** Accuracy as it was known when each prediction was this old; without it by the latest labels. */
  readonly labelAgeMs?: number;
}

/** Judges windows as they grow and as they close, and again when late data touches them. */
export interface Watch {
  tick(): Promise<void>;
  /** Notes that a load changed these stretches of these models, and how many labels it brought. */
  touch(models: ReadonlyMap<string, Window>, labels?: number): void;
  /** Closed windows that late data touched and that wait to be judged again. */
  waiting(): number;
  /** Expected false pages a week that a model may cause, beside all others. */
  allowedPages: AllowedPages;
  /** Judges any stretch now; nothing is stored. */
  evaluate(
    request: EvaluationRequest,
  ): Promise<{ readonly window: Window; readonly count: number; readonly findings: readonly Finding[] }[]>;
}

export async function openWatch(options: WatchOptions): Promise<Watch> {
  const { engine, settings, settingsOf, clock, log } = options;
  const models = new Set(await readModels(engine));
  const expectations = openExpectations(options);
  const windows = openDueWindows(settings, settingsOf);
  const openSums = openOpenSums(engine);
  const condensing = openCondensing(engine, settings.settle);
  const judgedUntil = await options.findings.judgedUntil();
  const accuracy = openAccuracyWindows({
    engine,
    settingsOf,
    back: settings.back,
    seenUntil: (await options.findings.lastJudgedAt(ACCURACY)) ?? 0,
  });
  const lateWindows = openLateWindows({
    engine,
    settingsOf,
    back: settings.back,
    seenUntil: await options.findings.lastJudgedAt(),
  });
  /** Of the last judgement: a later one has a later time, even where the clock was set back meanwhile. */
  let judgedAt = (await options.findings.lastJudgedAt()) ?? 0;
  const shareOut = (): AllowedPages =>
    shareBudget(models, (model) => settingsOf(model).false_alarm_budget, settings.false_alarm_budget);
  let allowedPages = shareOut();
  const states = openKnownStates();

  function touch(touched: ReadonlyMap<string, Window>, labels = 0): void {
    for (const [model, stretch] of touched) {
      models.add(model);
      windows.touch(model, stretch, clock.now());
      lateWindows.touch(model, stretch, clock.now());
      condensing.touch(model, stretch, clock.now());
      openSums.touch(model, stretch);
    }
    if (labels > 0) accuracy.labelsCame();
  }

  async function settle(place: Place, trials: readonly Trial[], variations: OwnVariations | null): Promise<Ruled[]> {
    await variations?.learn(trials);
    return rule(place, trials, (trial) => variations?.of(trial) ?? null);
  }

  async function judgeTraffic(
    model: string,
    due: readonly DueWindow[],
    now: number,
    read: ReadTogether,
  ): Promise<Ruled[]> {
    if (due.length === 0) return [];
    const known = settingsOf(model);
    const budgets = await readBudgetsOf(engine, model, known, now);
    const judged: Ruled[] = [];
    for (const { window, final, late = false } of due) {
      const expectation = await expectations.ofWindow(model, window, now);
      const traffic = await readTraffic(engine, model, known, window, read(model, window));
      const newest = window === due.at(-1)?.window;
      const chance = chanceOfWindow(allowedPages(model), known.window, final);
      const { reference = null, latencyReference } = expectation ?? {};
      const place = { model, window, reference, latencyReference, judgedAt, final, late, chance };
      // A step that is not over yet has no value.
      const since = final ? (reference ?? undefined) : undefined;
      const series = final ? await readSeriesSince(engine, model, known, since, window) : [];
      const been = await readAccuracySeries(engine, model, known, since, window.to);
      const samples = final ? await readSamplesOf(engine, model, known, window) : {};
      const summaries = {
        ...traffic,
        budgets: newest ? budgets : [],
        outcomes: [],
        series: [...series, ...been.since],
        ...samples,
      };
      const usual = final ? await expectation?.readSamples?.(window) : undefined;
      const against = expectation && withSeries({ ...expectation.summaries, ...usual }, been.reference);
      const trials = judge(place, known, summaries, against ?? null);
      judged.push(...(await settle(place, trials, expectation?.variations ?? null)));
    }
    return judged;
  }

  /** Accuracy has windows of its own: those whose predictions are old enough for their labels to be trusted. */
  async function judgeAccuracy(model: string, due: readonly DueWindow[], now: number): Promise<Ruled[]> {
    if (due.length === 0) return [];
    const known = settingsOf(model);
    const expectation = await expectations.of(model, now);
    const reference = await expectation?.readAccuracy(now);
    const against = reference === undefined ? null : { ...NO_TRAFFIC, ...reference };
    const variations = expectation?.accuracyVariations(now) ?? null;
    const judgeOn = async ({ window, final, late = false }: DueWindow, read: Partial<Summaries>): Promise<Ruled[]> => {
      const isOver = window.to - window.from === known.accuracy_window;
      const chance = chanceOfWindow(allowedPages(model), known.accuracy_window, final, 'accuracy');
      const place = { model, window, reference: expectation?.reference ?? null, judgedAt, final, late, isOver, chance };
      const trials = judge(place, known, { ...NO_TRAFFIC, outcomes: [], ...read }, against);
      return settle(place, trials, variations);
    };
    const judged: Ruled[] = [];
    for (const each of due) {
      const { window } = each;
      const matured = await readMatured(engine, model, known, window, now);
      judged.push(...(await judgeOn(each, await withPromises(options.findings, model, window, matured))));
    }
    if (reference === undefined) return judged;
    const ahead = forecastWindow(now, known.accuracy_window);
    const forecast = await readForecast(engine, model, known, ahead, now, reference.labels);
    const labels = await readLabels(engine, model, known, ahead, now);
    judged.push(...(await judgeOn({ window: ahead, final: false }, { ...forecast, labels })));
    return judged;
  }

  /** Stores what is news, and tells of it. */
  async function publish(model: string, judged: readonly Ruled[]): Promise<void> {
    // Of what closed long ago nobody is told: it is kept, and moves no alert.
    const isTold = ({ place }: Ruled): boolean => place.late !== true;
    const whole = options.follows(model) || judged.some((one) => isTold(one) && one.weighed.state === 'fail');
    const told = judged
      .map((ruled) => ({ ruled, isNews: states.isNews(ruled) }))
      .filter(({ ruled, isNews }) => isNews || (whole && isTold(ruled)))
      .map((one) => ({ ...one, ...findingOf(one.ruled) }));
    await options.findings.put(told.filter(({ isNews }) => isNews));
    states.note(told.filter(({ isNews }) => isNews).map(({ ruled }) => ruled));
    const heard = told.filter(({ ruled, finding }) => isTold(ruled) && finding.inhibitedBy === undefined);
    await options.observe(heard.map(({ finding }) => finding));
  }

  async function judgeModels(some: readonly string[], now: number): Promise<void> {
    const due = new Map(some.map((model) => [model, [...lateWindows.take(model), ...windows.take(model, now)]]));
    const read = readTogether(engine, due, openSums, now);
    for (const [model, windowsOfModel] of due) await judgeModel(model, windowsOfModel, now, read);
  }

  async function judgeModel(model: string, due: readonly DueWindow[], now: number, read: ReadTogether): Promise<void> {
    const mature = accuracy.take(model, now);
    try {
      const judged = [...(await judgeTraffic(model, due, now, read)), ...(await judgeAccuracy(model, mature, now))];
      if (judged.length > 0) await publish(model, judged);
    } catch (error) {
      windows.giveBack(model, due);
      lateWindows.giveBack(model, due);
      accuracy.giveBack(model, mature);
      log.error({ err: error, model }, 'a model could not be judged; trying again at the next tick');
    }
  }

  for (const model of models) touch(new Map([[model, { from: judgedUntil.get(model) ?? 0, to: clock.now() }]]));

  return {
    touch,
    async tick() {
      const now = clock.now();
      await lateWindows
        .look(now, accuracy.touch)
        .catch((error: unknown) => log.error({ err: error }, 'late records could not be looked at; trying again'));
      await accuracy
        .look(now)
        .catch((error: unknown) => log.error({ err: error }, 'labels could not be looked at; trying again'));
      judgedAt = Math.max(now, judgedAt + 1);
      allowedPages = shareOut();
      const all = [...models];
      for (let first = 0; first < all.length; first += MODELS_TOGETHER)
        await judgeModels(all.slice(first, first + MODELS_TOGETHER), now);
      await condensing
        .tick(now)
        .catch((error: unknown) => log.error({ err: error }, 'hours could not be condensed; trying again'));
    },
    waiting: () => lateWindows.waiting() + accuracy.waiting(),
    allowedPages: (model) => allowedPages(model),
    evaluate: (request) => evaluate({ ...options, allowedPages: shareOut() }, request),
  };
}
