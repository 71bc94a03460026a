import { modelSettings, type ModelSettings } from '../../../daemon/config/config.ts';
import type { JudgedFinding } from '../../../daemon/store/findings.ts';
import { judge, type Place, type Summaries, type Trial } from '../../../daemon/watch/judge.ts';
import { variationOf } from '../../../daemon/watch/own-variations.ts';
import { findingOf, rule } from '../../../daemon/watch/rule.ts';
import { chanceOfWindow } from '../../../detectors/limits/alarm-budget.ts';
import type { OwnVariation } from '../../../detectors/limits/own-variation.ts';
import type { Summary } from '../../../detectors/terms.ts';
import { randomFrom } from '../../detectors/samples.ts';
import type { BenchReport } from '../bench.ts';
import { tryDummy } from './injections.ts';
import { middle, pages } from './watched-world.ts';

/** A Monday, 00:00. */
export const START = Date.UTC(2026, 0, 5);
export const HOUR = 3_600_000;
/** Expected false pages a week: the default of the setting. */
export const BUDGET = 0.1;

/** What is made to go wrong, and the detectors that are there for it. */
export interface Wrong<Injection> {
  readonly name: string;
  readonly injection: Injection;
}

/** Made-up traffic of one kind, drawn anew for each seed. */
export interface Scene<Injection> {
  readonly windowMs: number;
  /** Windows of the reference, and of a month with nothing wrong. */
  readonly reference: number;
  readonly month: number;
  readonly detectors: readonly string[];
  readonly wrongs: readonly Wrong<Injection>[];
  /** Windows after its beginning in which something wrong should be found. */
  readonly patience: number;
  readonly settings?: Partial<ModelSettings>;
  /** @param injection what goes wrong from window `since` on */
  open(seed: number): {
    against(window: number): Summaries;
    draw(
      window: number,
      random: () => number,
      wrong?: { readonly injection: Injection; readonly since: number },
    ): Summaries;
    /** The windows of the reference, one by one, of what a trial is about. */
    chunksOf?(trial: Trial): readonly Summary[] | undefined;
    /** What each of them is held against, where that is not what the trial is. */
    likesOf?(trial: Trial): readonly Summary[] | undefined;
  };
}

/** What one detector did. */
export interface Tried {
  readonly detector: string;
  /** Windows of all months with nothing wrong, and those of them with a false page. */
  readonly windows: number;
  readonly falsePages: number;
  /** By what went wrong; the delay is a median in windows, NaN where nothing was found. */
  readonly found: readonly {
    readonly name: string;
    readonly found: number;
    readonly trials: number;
    readonly delay: number;
  }[];
}

/** Judges months with nothing wrong, then each thing that goes wrong, as the daemon does: limits, budget, false-discovery control. */
export function tryDetectors<Injection>(
  scene: Scene<Injection>,
  {
    months,
    trials,
    seed = 1,
    progress,
  }: { readonly months: number; readonly trials: number; readonly seed?: number; progress?(line: string): void },
): { readonly tried: readonly Tried[]; readonly windows: number; readonly falsePages: number } {
  const { detectors, wrongs, patience, reference, month } = scene;
  const worlds = new Map<number, ReturnType<typeof openJudged<Injection>>>();
  const worldOf = (which: number): ReturnType<typeof openJudged<Injection>> => {
    const world = worlds.get(which) ?? openJudged(scene, which);
    worlds.set(which, world);
    return world;
  };
  const alarms = new Map(detectors.map((detector) => [detector, 0]));
  let falsePages = 0;
  const failing = (judged: readonly JudgedFinding[]): string[] =>
    detectors.filter((detector) => pages(judged.filter(({ finding }) => finding.detector === detector)));
  for (let at = 0; at < months; at++) {
    progress?.(`a month with nothing wrong, ${at + 1} of ${months}`);
    const world = worldOf(seed + at);
    for (let window = 0; window < month; window++) {
      const failed = failing(world(reference + window, window));
      if (failed.length > 0) falsePages++;
      for (const detector of failed) alarms.set(detector, (alarms.get(detector) ?? 0) + 1);
    }
  }
  const found = new Map(detectors.map((detector) => [detector, wrongs.map((): number[] => [])]));
  for (const [at, { name, injection }] of wrongs.entries()) {
    progress?.(name);
    for (let trial = 0; trial < trials; trial++) {
      const world = worldOf(seed + (trial % Math.max(1, months)));
      const since = reference + 3 * trial;
      const open = new Set(detectors);
      for (let windows = 1; windows <= patience && open.size > 0; windows++)
        for (const detector of failing(world(since + windows - 1, 1000 * (trial + 1) + windows, { injection, since })))
          if (open.delete(detector)) found.get(detector)?.[at]?.push(windows);
    }
  }
  const tried = detectors.map((detector): Tried => ({
    detector,
    windows: months * month,
    falsePages: alarms.get(detector) ?? 0,
    found: wrongs.map(({ name }, at) => {
      const delays = found.get(detector)?.[at] ?? [];
      return { name, found: delays.length, trials, delay: middle(delays) };
    }),
  }));
  return { tried, windows: months * month, falsePages };
}

function openJudged<Injection>(scene: Scene<Injection>, seed: number) {
  const { windowMs, reference: length, detectors } = scene;
  const settings = { ...modelSettings.parse({}), ...scene.settings };
  const { against, draw, chunksOf, likesOf } = scene.open(seed);
  const known = new Map<string, OwnVariation | null>();
  const variationFor = (trial: Trial): OwnVariation | null => {
    const key = `${trial.detector.name} ${trial.judged.subject}`;
    const chunks = known.has(key) ? undefined : chunksOf?.(trial);
    if (chunks !== undefined)
      known.set(
        key,
        variationOf(
          trial,
          new Map(chunks.entries()),
          START,
          windowMs,
          chunks.length,
          new Map((likesOf?.(trial) ?? []).entries()),
        ),
      );
    return known.get(key) ?? null;
  };
  return (window: number, take: number, wrong?: { readonly injection: Injection; readonly since: number }) => {
    const from = START + window * windowMs;
    const place: Place = {
      model: 'made up',
      window: { from, to: from + windowMs },
      reference: { from: START, to: START + length * windowMs },
      judgedAt: from + windowMs,
      final: true,
      chance: chanceOfWindow(BUDGET, windowMs, true),
    };
    const drawn = draw(window, randomFrom(seed * 7919 + window * 104_729 + take * 1_299_709), wrong);
    return rule(place, judge(place, settings, drawn, against(window), detectors), variationFor).map(findingOf);
  };
}

/** A table with a row a detector, and one of a dummy that alarms as often as the budget allows. */
export function tableOf(
  tried: readonly Tried[],
  { windowMs, patience, month }: Pick<Scene<unknown>, 'windowMs' | 'patience' | 'month'>,
): string[] {
  const names = tried[0]?.found.map(({ name }) => name) ?? [];
  const every = (7 * 24 * HOUR) / windowMs / BUDGET;
  const { found, delay } = tryDummy(BUDGET, patience, windowMs / HOUR);
  const windows = tried[0]?.windows ?? month;
  return [
    `| detector, default settings | windows with a false page, of ${windows} | ${names.join(' | ')} |`,
    `| --- | ---: |${names.map(() => ' ---: |').join('')}`,
    ...tried.map(
      (row) =>
        `| ${row.detector} | ${row.falsePages} | ${row.found.map((one) => `${one.found} of ${one.trials}${one.found > 0 ? `, ${one.delay}` : ''}`).join(' | ')} |`,
    ),
    `| dummy: every ${Math.round(every)} windows | ${(windows / every).toFixed(1)} | ${names.map(() => `${(100 * found).toFixed(0)} %, ${delay}`).join(' | ')} |`,
  ];
}

/** The most windows with a false page that the budget and chance allow: three times the root of what is expected, and one. */
export function mostAllowed(windows: number, windowMs: number): number {
  const expected = (windows * windowMs * BUDGET) / (7 * 24 * HOUR);
  return expected + 3 * Math.sqrt(expected) + 1;
}

/** One scene of a report, with its months. */
export interface Shown<Injection> {
  readonly what: string;
  readonly scene: Scene<Injection>;
  readonly months: number;
}

/** The tables of several scenes, with a bar for the false pages of each. */
export function measureScenes<Injection>(
  shown: readonly Shown<Injection>[],
  trials: number,
  progress: (line: string) => void,
): BenchReport {
  const results = shown.map(({ what, scene, months }) => ({
    what,
    scene,
    ...tryDetectors(scene, { months, trials, progress }),
  }));
  return {
    text: results
      .flatMap(({ what, scene, tried }, at) => [
        ...(at === 0 ? [explain()] : []),
        '',
        what,
        '',
        ...tableOf(tried, scene),
      ])
      .join('\n'),
    figures: { results: results.map(({ what, tried, windows, falsePages }) => ({ what, tried, windows, falsePages })) },
    bars: results.map(({ what, scene, windows, falsePages }) => ({
      name: `${what}: windows with a false page, of ${windows}`,
      value: falsePages,
      bound: mostAllowed(windows, scene.windowMs),
      sense: 'at most',
    })),
  };
}

function explain(): string {
  return `Simulated summaries, seeded, through limits, ${BUDGET} false pages a week and false-discovery control: windows with a false page in months with nothing wrong; then what is found of each trouble, and the delay in windows (median).`;
}
