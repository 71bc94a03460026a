import { detectors } from '../../detectors/find-detector.ts';
import { UNSEEN_WEEK } from '../../detectors/limits/own-variation.ts';
import { ALL, type Sample, type Window } from '../../detectors/terms.ts';
import type { ModelSettings } from '../config/config.ts';
import type { Engine } from '../store/engine.ts';
import { readEmbeddingSamples, readRowSample } from '../store/samples.ts';
import { settingsOf, type Judged, type Summaries } from './judge.ts';

const DAY = 86_400_000;
const WEEK = 7 * DAY;

/** What detectors of whole rows, and of embeddings, are put to. */
export type Samples = Required<Pick<Summaries, 'rows' | 'embeddings'>>;

/**
 * Samples of the raw rows of a window, or none where no detector that runs wants them: they are read out of the raw table.
 * @param only the detectors that were named, if any were
 */
export async function readSamplesOf(
  engine: Engine,
  model: string,
  settings: ModelSettings,
  window: Window,
  only?: readonly string[],
): Promise<Samples> {
  return readStretches(engine, model, settings, [window], only);
}

/**
 * The same of what a window is held against: of the stretches of a reference that are like it. A reference of less than a week
 * has seen no weekend, or no workday: what is tolerated is then doubled, as for one feature.
 */
export async function readSamplesLike(
  engine: Engine,
  model: string,
  settings: ModelSettings,
  reference: Window,
  window: Window,
  only?: readonly string[],
): Promise<Samples> {
  const { rows, embeddings } = await readStretches(engine, model, settings, stretchesLike(reference, window), only);
  const allowance = reference.to - reference.from < WEEK ? UNSEEN_WEEK : 1;
  const allowed = (judged: Judged<Sample>): Judged<Sample> => ({
    ...judged,
    summary: { ...judged.summary, ...(allowance > 1 && { allowance }) },
  });
  return { rows: rows.map(allowed), embeddings: embeddings.map(allowed) };
}

/**
 * The stretches of a reference at the same time of the week as a window, where it is a week or longer, else at the same time of
 * the day; all of it where it is shorter, such as a file whose rows have no time. What a classifier tells apart otherwise is
 * night from day: of 120 made-up windows of six hours with days and weeks 98 failed. A window of the reference itself is held
 * against others alone.
 */
export function stretchesLike(reference: Window, window: Window): readonly Window[] {
  const [length, seen] = [window.to - window.from, reference.to - reference.from];
  const seasons = [WEEK, DAY].filter((season) => length < season && season <= seen);
  return (
    seasons.map((season) => atSameTime(reference, window, season)).find(({ length: some }) => some > 0) ?? [reference]
  );
}

function atSameTime(reference: Window, window: Window, season: number): Window[] {
  const length = window.to - window.from;
  const first = window.from - Math.ceil((window.from - reference.from) / season) * season;
  const found: Window[] = [];
  for (let from = first; from < reference.to; from += season) {
    const stretch = { from: Math.max(from, reference.from), to: Math.min(from + length, reference.to) };
    if (stretch.from < stretch.to && from !== window.from) found.push(stretch);
  }
  return found;
}

async function readStretches(
  engine: Engine,
  model: string,
  settings: ModelSettings,
  stretches: readonly Window[],
  only?: readonly string[],
): Promise<Samples> {
  const wanted = (subject: 'rows' | 'embedding'): boolean =>
    detectors.some(
      (detector) =>
        detector.subject === subject && (only?.includes(detector.name) ?? settingsOf(detector, settings) !== false),
    );
  const rows = wanted('rows') ? [await readRowSample(engine, model, stretches)] : [];
  const embeddings = wanted('embedding') ? await readEmbeddingSamples(engine, model, stretches) : [];
  return {
    rows: rows.map((summary) => ({ version: ALL, slice: ALL, subject: '', summary })),
    embeddings: embeddings.map(({ name, sample }) => ({ version: ALL, slice: ALL, subject: name, summary: sample })),
  };
}
