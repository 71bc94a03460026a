import type { Window } from '../../detectors/terms.ts';
import type { ModelSettings } from '../config/config.ts';
import type { rowsOf } from '../models/references.ts';
import { openOwnVariations, type OwnVariations } from './own-variations.ts';
import type { Trial } from './judge.ts';
import { readMatured } from './read-accuracy.ts';
import { readSamplesLike, readSamplesOf } from './read-samples.ts';
import { allVariations, openReadVariations } from './read-variations.ts';

/** Readings of raw rows, at most, to learn how far a reference goes by itself. */
const MOST_READINGS = 28;
const DAY = 86_400_000;

type Rows = ReturnType<typeof rowsOf>;

/** What is opened anew once a day, and for a time before that: nothing is learned from what came after. */
export function onceADay(open: (now: number) => OwnVariations): (now: number) => OwnVariations {
  let known: { readonly at: number; readonly variations: OwnVariations } | undefined;
  return (now) => {
    if (known === undefined || now < known.at || now - known.at >= DAY) known = { at: now, variations: open(now) };
    return known.variations;
  };
}

/**
 * How far a reference goes by itself from window to window, in everything but accuracy.
 * @param version only what it answered
 */
export function variationsOf(
  rows: Rows,
  settings: ModelSettings,
  reference: Window,
  chunkMs = settings.window,
  version?: string,
): OwnVariations {
  const namesOf = (trials: readonly Trial[]): string[] => [...new Set(trials.map(({ detector }) => detector.name))];
  const ofRollups = openOwnVariations({
    ...rows,
    services: settings.services,
    threshold: settings.threshold,
    reference,
    chunkMs,
    version,
  });
  const ofSamples = openReadVariations({
    reference,
    chunkMs,
    needs: ['sample'],
    most: MOST_READINGS,
    read: (chunk, trials) => readSamplesOf(rows.engine, rows.model, settings, chunk, namesOf(trials)),
    readLike: (chunk, trials) => readSamplesLike(rows.engine, rows.model, settings, reference, chunk, namesOf(trials)),
  });
  return allVariations([ofRollups, ofSamples]);
}

/** The same of matured labels. */
export function variationsOfAccuracy(
  { engine, model }: Rows,
  settings: ModelSettings,
  reference: Window,
  now: number,
  chunkMs = settings.accuracy_window,
): OwnVariations {
  return openReadVariations({
    reference,
    chunkMs,
    needs: ['outcomes', 'residuals', 'confusions'],
    most: MOST_READINGS,
    read: (chunk) => readMatured(engine, model, settings, chunk, now),
  });
}
