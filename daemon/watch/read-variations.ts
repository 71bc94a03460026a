import { setImmediate } from 'node:timers/promises';
import { LEAST_CHUNKS } from '../../detectors/limits/own-variation.ts';
import type { Need, Summary, Window } from '../../detectors/terms.ts';
import { againstOf, summariesFor, type Summaries, type Trial } from './judge.ts';
import { needsVariation, variationOf, type OwnVariations } from './own-variations.ts';

export interface ReadVariationsOptions {
  readonly reference: Window;
  /** Length of the windows judged. */
  readonly chunkMs: number;
  /** Of what is judged; trials of anything else are left alone. */
  readonly needs: readonly Need[];
  /** Chunks that are read, at most. */
  readonly most: number;
  /** Reads what these trials need of one chunk. */
  readonly read: (chunk: Window, trials: readonly Trial[]) => Promise<Partial<Summaries>>;
  /** Reads what a chunk is held against, where windows are held against something else each. */
  readonly readLike?: (chunk: Window, trials: readonly Trial[]) => Promise<Partial<Summaries>>;
}

/**
 * How far a reference goes by itself in what only its raw rows tell: each chunk is a reading of them, so that no more than
 * `most` are read, evenly spaced, when a trial first fails at its settings.
 */
export function openReadVariations(options: ReadVariationsOptions): OwnVariations {
  const { reference, chunkMs, needs, most, read, readLike } = options;
  const known = new Map<string, ReturnType<typeof variationOf>>();
  const count = Math.floor((reference.to - reference.from) / chunkMs);
  const from = reference.to - count * chunkMs;
  const chosen = evenly(count, most);
  const keyOf = ({ detector, at }: Trial): string => `${detector.name} ${at}`;
  return {
    async learn(trials) {
      if (count < LEAST_CHUNKS) return;
      const wanted = trials.filter((trial) => needs.includes(trial.detector.needs) && needsVariation(trial));
      const fresh = wanted.filter((trial) => !known.has(keyOf(trial)));
      if (fresh.length === 0) return;
      const [chunks, likes] = [emptyFor(fresh), emptyFor(fresh)];
      for (const chunk of chosen) {
        const stretch = { from: from + chunk * chunkMs, to: from + (chunk + 1) * chunkMs };
        note(chunks, chunk, await read(stretch, fresh));
        if (readLike !== undefined) note(likes, chunk, await readLike(stretch, fresh));
      }
      for (const trial of fresh) {
        known.set(keyOf(trial), variationOf(trial, chunks.get(trial), from, chunkMs, count, likes.get(trial)));
        await setImmediate();
      }
    },
    of: (trial) => known.get(keyOf(trial)) ?? null,
  };
}

type ByTrial = ReadonlyMap<Trial, Map<number, Summary>>;

function emptyFor(trials: readonly Trial[]): ByTrial {
  return new Map(trials.map((trial) => [trial, new Map<number, Summary>()]));
}

/** What was read of a chunk, for each trial that it is about. */
function note(byTrial: ByTrial, chunk: number, summaries: Partial<Summaries>): void {
  for (const [trial, chunks] of byTrial) {
    const found = againstOf(trial.judged, summariesFor(trial.detector, summaries));
    if (found !== null) chunks.set(chunk, found);
  }
}

/** What several know of their own trials, each leaving those of the others alone. */
export function allVariations(parts: readonly OwnVariations[]): OwnVariations {
  return {
    async learn(trials) {
      for (const part of parts) await part.learn(trials);
    },
    of: (trial) => parts.map((part) => part.of(trial)).find((found) => found !== null) ?? null,
  };
}

/** So many whole numbers below `count`, or all of them. */
function evenly(count: number, most: number): number[] {
  const some = Math.min(count, most);
  return Array.from({ length: some }, (_, at) => Math.floor(((at + 0.5) * count) / some));
}
