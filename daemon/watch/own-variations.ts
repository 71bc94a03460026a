import { setImmediate } from 'node:timers/promises';
import { median } from 'simple-statistics';
import { isRuled } from '../../detectors/limits/judge-under.ts';
import { LEAST_CHUNKS, type OwnVariation } from '../../detectors/limits/own-variation.ts';
import type { Summary, Window } from '../../detectors/terms.ts';
import { latencySubjects } from '../latency-subjects.ts';
import { readDurationChunks, readHistogramChunks } from '../store/chunks.ts';
import { decisionSubjects } from '../decision-subjects.ts';
import { classOfScore } from '../score-subject.ts';
import type { Engine } from '../store/engine.ts';
import type { RollupKind } from '../store/histograms.ts';
import { decidedAt } from './decisions-of.ts';
import type { Trial } from './judge.ts';
import { addSummaries } from './merge-traffic.ts';
import { durationsOf, subjectOf } from './read-summaries.ts';

/** Newest chunks of a reference that are looked at: four weeks of hours. */
const MOST_CHUNKS = 672;
/** Names read with one SELECT, so that what is in memory at once stays bounded. */
const NAMES_AT_ONCE = 40;

/** What a reference does by itself, learned when a trial first fails at its settings, and kept as long as the reference. */
export interface OwnVariations {
  /** Learns what these trials need and is not known; the rest is answered from memory. */
  learn(trials: readonly Trial[]): Promise<void>;
  of(trial: Trial): OwnVariation | null;
}

export interface OwnVariationOptions {
  readonly engine: Engine;
  readonly model: string;
  readonly services: readonly string[];
  readonly reference: Window;
  /** Length of the windows judged. */
  readonly chunkMs: number;
  /** Only what this version answered. */
  readonly version?: string | undefined;
  /** What decides where no decision is recorded. */
  readonly threshold: number;
  /** Numbers of the chunks that a chunk is held against, where its reference moves along; else chunks are held against what windows are. */
  readonly likesOf?: (chunk: number) => readonly number[];
}

export function openOwnVariations(options: OwnVariationOptions): OwnVariations {
  const { reference, chunkMs, likesOf } = options;
  const known = new Map<string, OwnVariation | null>();
  const chunks = Math.min(MOST_CHUNKS, Math.floor((reference.to - reference.from) / chunkMs));
  const stretch = { from: reference.to - chunks * chunkMs, to: reference.to };

  async function learnFrom(trials: readonly Trial[], summaries: ReadonlyMap<string, ReadonlyMap<number, Summary>>) {
    for (const trial of trials) {
      const seen = summaries.get(placeOf(trial));
      const likes = likesOf && seen && mergeLikes(seen, likesOf);
      const own = variationOf(
        trial,
        likes === undefined ? seen : having(likes, seen),
        stretch.from,
        chunkMs,
        chunks,
        likes,
      );
      known.set(keyOf(trial), likes === undefined ? own : sinceFirst(own));
      // Hundreds of chunks are judged for each: others get their turn in between.
      await setImmediate();
    }
  }

  return {
    async learn(trials) {
      if (chunks < LEAST_CHUNKS) return;
      const wanted = trials.filter((trial) => isCounted(trial) && needsVariation(trial));
      const fresh = wanted.filter((trial) => !known.has(keyOf(trial)));
      const operations = fresh.filter(
        ({ detector, judged }) => detector.needs === 'durations' && judged.subject !== latencySubjects.prediction,
      );
      if (operations.length > 0) await learnFrom(operations, await readOperations(options, stretch));
      const others = fresh.filter((trial) => !operations.includes(trial));
      const names = [...new Set(others.map(nameOf))];
      for (let at = 0; at < names.length; at += NAMES_AT_ONCE) {
        const some = new Set(names.slice(at, at + NAMES_AT_ONCE));
        const now = others.filter((trial) => some.has(nameOf(trial)));
        await learnFrom(now, await readHistogramsOf(options, stretch, now));
      }
    },
    of: (trial) => known.get(keyOf(trial)) ?? null,
  };
}

/** Whether a trial failed at its settings, so that it is to be known how far the reference goes by itself. */
export function needsVariation({ weighed, detector, against }: Trial): boolean {
  return weighed.state === 'fail' && isRuled(detector) && against !== null;
}

/** Whether the rollups say what is judged. */
function isCounted({ detector }: Trial): boolean {
  return detector.needs === 'histogram' || detector.needs === 'durations';
}

/**
 * The statistic of each of `count` chunks of a reference; null where fewer than 8 can be judged.
 * @param likes what chunks are held against, where that is not what the trial is
 */
export function variationOf(
  { detector, against, settings }: Trial,
  chunks: ReadonlyMap<number, Summary> | undefined,
  from: number,
  chunkMs: number,
  count: number,
  likes?: ReadonlyMap<number, Summary>,
): OwnVariation | null {
  if (chunks === undefined) return null;
  const judged = Array.from({ length: count }, (_, at) => {
    const summary = chunks.get(at);
    return summary === undefined ? undefined : detector.judge(likes?.get(at) ?? against, summary, settings);
  });
  const counts = judged.flatMap((one) => (one === undefined || one.statistic === null ? [] : [one.count]));
  if (counts.length < LEAST_CHUNKS) return null;
  return { from, chunkMs, statistics: judged.map((one) => one?.statistic ?? null), usualCount: median(counts) };
}

/** What each chunk is held against, added up; nothing of a chunk that has none of its likes. */
function mergeLikes(
  chunks: ReadonlyMap<number, Summary>,
  likesOf: (chunk: number) => readonly number[],
): ReadonlyMap<number, Summary> {
  return new Map(
    [...chunks.keys()].flatMap((chunk) => {
      const likes = likesOf(chunk).flatMap((like) => chunks.get(like) ?? []);
      return likes.length === 0 ? [] : [[chunk, likes.reduce(addSummaries)] as const];
    }),
  );
}

function having(likes: ReadonlyMap<number, Summary>, chunks: ReadonlyMap<number, Summary> | undefined) {
  return chunks && new Map([...chunks].filter(([chunk]) => likes.has(chunk)));
}

/** Without the time before the first chunk that could be judged: limits depend on how long the reference was seen. */
function sinceFirst(own: OwnVariation | null): OwnVariation | null {
  if (own === null) return null;
  const first = own.statistics.findIndex((statistic) => statistic !== null);
  return { ...own, from: own.from + first * own.chunkMs, statistics: own.statistics.slice(first) };
}

type ByPlace = Map<string, Map<number, Summary>>;

async function readHistogramsOf(
  { engine, model, chunkMs, version, threshold }: OwnVariationOptions,
  stretch: Window,
  trials: readonly Trial[],
): Promise<ByPlace> {
  const kinds = [...new Set(trials.map(kindOf))];
  const names = [...new Set(trials.map(nameOf))];
  const slices = [...new Set(trials.map(({ judged }) => judged.slice))];
  const found: ByPlace = new Map();
  for (const row of await readHistogramChunks(engine, model, stretch, chunkMs, { kinds, names, slices, version })) {
    const summary = row.kind === 'latency' ? durationsOf(row.histogram) : row.histogram;
    add(found, placeKey(row.kind, row.version, row.slice, subjectOf(row)), row.chunk, summary);
    if (row.kind === 'score' && row.name === '') {
      const { byThreshold } = decisionSubjects;
      add(
        found,
        placeKey('score', row.version, row.slice, byThreshold),
        row.chunk,
        decidedAt(row.histogram, threshold),
      );
    }
  }
  return found;
}

async function readOperations({ engine, services, chunkMs }: OwnVariationOptions, stretch: Window): Promise<ByPlace> {
  const found: ByPlace = new Map();
  for (const row of await readDurationChunks(engine, services, stretch, chunkMs))
    add(
      found,
      placeKey('operation', 'all', 'all', latencySubjects.operation(row.service, row.operation)),
      row.chunk,
      row.durations,
    );
  return found;
}

function add(found: ByPlace, key: string, chunk: number, summary: Summary): void {
  const chunks = found.get(key) ?? new Map<number, Summary>();
  found.set(key, chunks.set(chunk, summary));
}

function kindOf({ detector, judged }: Trial): RollupKind {
  if (detector.needs === 'durations') return 'latency';
  if (detector.subject === 'decision') return judged.subject === decisionSubjects.recorded ? 'decision' : 'score';
  return detector.subject === 'score' ? 'score' : 'feature';
}

function placeOf(trial: Trial): string {
  const { version, slice, subject } = trial.judged;
  if (trial.detector.needs === 'durations' && subject !== latencySubjects.prediction)
    return placeKey('operation', version, slice, subject);
  return placeKey(kindOf(trial), version, slice, kindOf(trial) === 'latency' ? '' : subject);
}

function placeKey(kind: string, version: string, slice: string, subject: string): string {
  return JSON.stringify([kind, version, slice, subject]);
}

/** As the rollups have it. */
function nameOf(trial: Trial): string {
  const kind = kindOf(trial);
  if (kind === 'feature') return trial.judged.subject;
  if (trial.detector.subject === 'decision') return '';
  return kind === 'score' ? classOfScore(trial.judged.subject) : '';
}

function keyOf(trial: Trial): string {
  return JSON.stringify([trial.detector.name, placeOf(trial)]);
}
