import type { Window } from '../../detectors/terms.ts';
import type { ModelSettings } from '../config/config.ts';
import type { Engine } from '../store/engine.ts';
import { readHistograms } from '../store/histograms.ts';
import { mergeTraffic, type Traffic } from './merge-traffic.ts';
import { openOwnVariations, type OwnVariations } from './own-variations.ts';
import { readTraffic } from './read-summaries.ts';

const WEEK = 7 * 86_400_000;
/** How many earlier weeks the same hour is taken of. */
const WEEKS = 4;

/** A reference that moves along with the window that is judged. */
export interface MovingReference {
  /** From the first stretch to the end of the last. */
  readonly window: Window;
  readonly traffic: Traffic;
}

/** The stretches that a window is held against when its model's reference moves along; empty where it is fixed. */
export function stretchesBefore(window: Window, kind: ModelSettings['reference_kind']): Window[] {
  const length = window.to - window.from;
  if (kind === 'previous') return [{ from: window.from - length, to: window.from }];
  if (kind === 'fixed') return [];
  // A window longer than a week has its like only where the one before it ended.
  const step = Math.ceil(length / WEEK) * WEEK;
  return Array.from({ length: WEEKS }, (_, ago) => ({
    from: window.from - (WEEKS - ago) * step,
    to: window.to - (WEEKS - ago) * step,
  }));
}

/** The same of a chunk, all counted from one start: those before the start are left out, as is what no whole chunk is like. */
function chunksBefore(chunk: number, chunkMs: number, kind: ModelSettings['reference_kind']): number[] {
  return stretchesBefore({ from: chunk * chunkMs, to: (chunk + 1) * chunkMs }, kind)
    .map(({ from }) => from / chunkMs)
    .filter((like) => like >= 0 && Number.isInteger(like));
}

/** How far windows of the four weeks before a window went from what they would have been held against themselves. */
export function variationsOfMoving(
  engine: Engine,
  model: string,
  settings: ModelSettings,
  window: Window,
  kind: ModelSettings['reference_kind'],
): OwnVariations {
  const chunkMs = window.to - window.from;
  return openOwnVariations({
    engine,
    model,
    services: settings.services,
    threshold: settings.threshold,
    reference: { from: window.from - WEEKS * WEEK, to: window.from },
    chunkMs,
    likesOf: (chunk) => chunksBefore(chunk, chunkMs, kind),
  });
}

/**
 * @param kind another one than that of the model reads latencies alone
 * @returns undefined where nothing came in any of the stretches
 */
export async function readMovingReference(
  engine: Engine,
  model: string,
  settings: ModelSettings,
  window: Window,
  kind: ModelSettings['reference_kind'] = settings.reference_kind,
): Promise<MovingReference | undefined> {
  const ofLatency = kind !== settings.reference_kind;
  const seen: { readonly stretch: Window; readonly traffic: Traffic }[] = [];
  for (const stretch of stretchesBefore(window, kind)) {
    const histograms = readHistograms(engine, model, stretch, {
      oneThread: true,
      ...(ofLatency && { kind: 'latency' }),
    });
    const traffic = await readTraffic(engine, model, settings, stretch, histograms);
    if (traffic.scores.length > 0 || traffic.operations.length > 0) seen.push({ stretch, traffic });
  }
  const [first, last] = [seen[0], seen.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  return {
    window: { from: first.stretch.from, to: last.stretch.to },
    traffic: mergeTraffic(seen.map(({ traffic }) => traffic)),
  };
}
